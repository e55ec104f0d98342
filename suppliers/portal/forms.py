"""The supplier's forms: the questions of one stage, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from suppliers import asked
from suppliers.asked import Question
from suppliers.portal.rowfields import RowsField

ROWS = {asked.LONG: 4}


class ManyFiles(forms.ClearableFileInput):
    """A file input that takes several."""

    allow_multiple_selected = True


def _field(question: Question) -> forms.Field:
    common: dict[str, Any] = {
        "label": question.label,
        "help_text": question.hint,
        "required": question.required,
    }
    if question.kind == asked.ROWS:
        return RowsField(question, **common)
    if question.kind == asked.LONG:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3, "maxlength": asked.LIMIT[asked.LONG]}), **common)
    if question.kind == asked.DATE:
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **common)
    if question.kind in (asked.QUANTITY, asked.PERCENT):
        return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **common)
    if question.kind == asked.CHOICE:
        return forms.ChoiceField(choices=question.choices, widget=forms.RadioSelect, **common)
    if question.kind == asked.MANY:
        return forms.MultipleChoiceField(choices=question.choices, widget=forms.CheckboxSelectMultiple, **common)
    return forms.CharField(widget=forms.TextInput(attrs={"maxlength": asked.LIMIT[asked.LINE]}), **common)


class AnswerForm(forms.Form):
    """The questions of one stage. It only carries what was typed: the verb judges it, so that drafts are kept."""

    use_required_attribute = False

    def __init__(self, code: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code = code
        for question in asked.questions(code):
            self.fields[question.name] = _field(question)
        self.fields["files"] = forms.FileField(
            label=_("Photos and files"),
            help_text=_("PNG, JPEG, PDF, XLSX, CSV or text, at most 10 MB each. Several at once are fine."),
            widget=ManyFiles,
            required=False,
        )

    def full_clean(self) -> None:
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}

    def raw(self) -> dict[str, Any]:
        """What was typed and chosen, by the names of the stage's questions only."""
        given: dict[str, Any] = {}
        for question in asked.questions(self.code):
            field = self.fields[question.name]
            given[question.name] = field.widget.value_from_datadict(self.data, self.files, question.name)
        return given

    def uploads(self) -> list[UploadedFile[bytes]]:
        """The files that came with it."""
        chosen = self.files.getlist("files") if hasattr(self.files, "getlist") else []
        return [upload for upload in chosen if upload]

    def sections(self) -> Iterator[tuple[asked.Section, list[tuple[forms.BoundField, Question]]]]:
        """The bound fields section by section, each with its question."""
        for section in asked.SECTIONS[self.code]:
            yield section, [(self[question.name], question) for question in section.questions]
