"""The forms of an import: the file, what its columns are, values to be taken instead, and what may be created."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qc import permissions
from qc.ingest.kinds import KINDS
from qc.models import Import, Plant, User
from qc.services import imports
from qc.web.fields import Reason
from qc.web.lists import CodeChoice

ORDERS = [("", gettext_lazy("Choose")), ("true", gettext_lazy("Day first: 03/04 is 3 April")),
          ("false", gettext_lazy("Month first: 03/04 is 4 March"))]  # fmt: skip
MARKS = [("", gettext_lazy("Choose")), (",", gettext_lazy("Comma: 1,240 is a bit more than one")),
         (".", gettext_lazy("Point: 1,240 is more than a thousand"))]  # fmt: skip
NIGHTS = [("calendar", gettext_lazy("The calendar day of the clock")),
          ("shift", gettext_lazy("The day on which the shift started"))]  # fmt: skip


def kinds_for(user: User) -> list[tuple[str, str]]:
    """The kinds of files that the person may import."""
    return [(kind, label) for kind, label in Import.Kind.choices if permissions.may(user, imports.permission(kind))]


class ImportForm(forms.Form):
    """A file, and what its rows are."""

    kind = forms.ChoiceField(label=gettext_lazy("What are the rows?"))
    upload = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX, with headings. Drop it here or choose it. Nothing is saved yet."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )
    plant = CodeChoice(
        Plant, label=gettext_lazy("Plant"), required=False, empty_label=gettext_lazy("As the file says"),
        help_text=gettext_lazy("For rows that name none."),
    )  # fmt: skip
    uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every: dict[str, Any] = self.fields
        every["kind"].choices = kinds_for(user)
        every["plant"].scope(user)
        if every["plant"].queryset.count() < 2:
            del self.fields["plant"]


class ImportMapForm(forms.Form):
    """Which column of the file is which, and what the file leaves open."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, user: User, row: Import, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"revision": row.revision})
        super().__init__(*args, **kwargs)
        self.row = row
        asked = {each["name"] for each in row.questions}
        kind, mapped = KINDS[row.kind], {heading: name for name, heading in row.mapping.items()}
        choices = [("", _("Leave it out"))]
        choices += [(each.name, f"{each.label} *" if each.is_needed else each.label) for each in kind.columns]
        for at, column in enumerate(row.columns):
            self.fields[f"column_{at}"] = forms.ChoiceField(
                choices=choices, required=False, label=column["heading"], initial=mapped.get(column["heading"], "")
            )
        hows = {each.how for each in kind.columns if each.name in row.mapping}
        if row.answers.get("day_first_open"):
            self._ask("day_first", _("How are dates written?"), ORDERS, "day_first" in asked)
        if row.answers.get("decimal_mark_open"):
            self._ask("decimal_mark", _("What stands before decimals?"), MARKS, "decimal_mark" in asked)
        if "moment" in hows and "shift" in row.mapping:
            self._ask("night", _("After midnight on the night shift, the date is"), NIGHTS, False)
        self._ask_plant(user)

    def _ask(self, name: str, label: str, choices: Any, needed: bool) -> None:
        known = self.row.answers.get(name)
        initial = {True: "true", False: "false"}.get(known, known) if known is not None else None
        self.fields[name] = forms.ChoiceField(choices=choices, label=label, required=needed, initial=initial)

    def _ask_plant(self, user: User) -> None:
        field = CodeChoice(Plant, label=_("Plant of rows that name none"), required=False)
        field.scope(user)
        names = KINDS[self.row.kind].names
        if "plant" in names and field.queryset is not None and field.queryset.count() > 1:
            field.initial = self.row.answers.get("plant")
            self.fields["plant"] = field

    @property
    def table(self) -> list[tuple[Any, list[str]]]:
        """A field for each column of the file, with three of its values."""
        return [(self[f"column_{at}"], column["samples"]) for at, column in enumerate(self.row.columns)]

    @property
    def questions(self) -> list[Any]:
        """The fields that are no columns."""
        return [field for field in self.visible_fields() if not field.name.startswith("column_")]

    def clean(self) -> dict[str, Any]:
        """No two columns are the same thing."""
        data: dict[str, Any] = super().clean() or {}
        taken: dict[str, str] = {}
        for at, column in enumerate(self.row.columns):
            name = data.get(f"column_{at}")
            if name and name in taken:
                self.add_error(f"column_{at}", _("%(other)s is this already.") % {"other": taken[name]})
            elif name:
                taken[name] = column["heading"]
        data["mapping"] = taken
        return data

    def answers(self) -> dict[str, Any]:
        """What `imports.answer` takes."""
        data = self.cleaned_data
        given: dict[str, Any] = {name: data.get(name) or None for name in ("decimal_mark", "night")}
        order = data.get("day_first")
        given["day_first"] = {"true": True, "false": False}.get(order) if order else None
        given["plant"] = data["plant"].pk if data.get("plant") else None
        return given


class ImportUndoForm(forms.Form):
    """Why an import is taken back."""

    reason = Reason(label=gettext_lazy("Why is it taken back?"))
