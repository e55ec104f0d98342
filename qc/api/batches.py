"""Many records in one call, each with its own result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qc.api.fields import Strict
from qc.errors import Conflict, Refused
from qc.services import defects

MOST = 1000


class BatchResult(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Position in the list that was sent, from 0.")
    status = serializers.ChoiceField(choices=["created", "known", "refused", "conflict"])
    id = serializers.IntegerField(allow_null=True)
    number = serializers.CharField(allow_null=True)
    errors = serializers.DictField(help_text="By field; empty unless refused.")  # type: ignore[assignment]


class BatchAnswer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    known = serializers.IntegerField(help_text="Sent before with the same values: the record that is there.")
    refused = serializers.IntegerField()
    results = BatchResult(many=True)


def taken(body: Any, name: str) -> list[Any]:
    """The list of a batch's body; ValidationError when it is none, or empty, or too long."""
    rows = body.get(name) if isinstance(body, Mapping) and set(body) == {name} else None
    if not isinstance(rows, list):
        raise serializers.ValidationError({name: [_("Send one object with a list called %s.") % name]})
    if not 1 <= len(rows) <= MOST:
        sentence = _("A batch has 1 to %(most)s records, this one %(number)s.")
        raise serializers.ValidationError({name: [sentence % {"most": MOST, "number": len(rows)}]})
    return rows


def checked(form: Strict, rows: Sequence[Any]) -> tuple[list[tuple[int, dict[str, Any]]], dict[int, Any]]:
    """The rows whose fields make sense, with their positions, and the errors of the others by position.

    One form reads all rows: making its fields anew for each would cost more than all the rest.
    """
    good: list[tuple[int, dict[str, Any]]] = []
    bad: dict[int, Any] = {}
    for index, row in enumerate(rows):
        form.initial_data = row
        try:
            values = form.run_validation(row)
        except serializers.ValidationError as error:
            bad[index] = error.detail if isinstance(error.detail, dict) else {"record": error.detail}
        else:
            good.append((index, dict(values)))
    return good, bad


def result(
    index: int, status: str, pk: int | None = None, number: str | None = None, errors: Any = None
) -> dict[str, Any]:
    """One line of the answer."""
    return {"index": index, "status": status, "id": pk, "number": number, "errors": errors or {}}


def told(index: int, outcome: defects.Outcome) -> dict[str, Any]:
    """What became of a record: created, known, refused, or a conflict with another one of the same key."""
    if outcome.defect is not None:
        kind = "known" if outcome.is_known else "created"
        return result(index, kind, outcome.defect.pk, outcome.defect.number)
    refusal = outcome.refusal or Refused("")
    errors = {name: [text] for name, text in refusal.fields.items()} or {"record": [refusal.message]}
    return result(index, "conflict" if isinstance(refusal, Conflict) else "refused", errors=errors)


def answer(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole answer in the order in which the records were sent."""
    results.sort(key=lambda each: each["index"])
    kinds = [each["status"] for each in results]
    return {
        "created": kinds.count("created"),
        "known": kinds.count("known"),
        "refused": kinds.count("refused") + kinds.count("conflict"),
        "results": results,
    }
