"""What may be sent to the API about later dates, controlled shipping and cost claims."""

from __future__ import annotations

from rest_framework import serializers

from qc.api.fields import Day, Reference, Strict, WholeNumber
from suppliers.models import ControlledShipping, CorrectiveActionRequest

BIGGEST = 2**31 - 1
AMOUNT = "In the currency of the costs, such as 1250.00."


class Concession(Strict):
    reason = serializers.CharField(max_length=2000)
    responsibility = serializers.ChoiceField(["ours", "elsewhere"], default="ours", help_text="Where the cause is.")


class MoreTime(Strict):
    wanted_on = Day(help_text="The day until which the answer shall come.")
    reason = serializers.CharField(max_length=2000)


class Grant(Strict):
    granted_on = Day(required=False, allow_null=True, help_text="Another day than the one asked for.")
    answer = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class NewShipping(Strict):
    request = Reference(CorrectiveActionRequest, code="number")
    level = serializers.ChoiceField(ControlledShipping.Level.choices)
    reason = serializers.CharField(max_length=2000)
    criterion = serializers.ChoiceField(ControlledShipping.Criterion.choices, required=False)
    clean_needed = WholeNumber(min_value=1, max_value=BIGGEST)
    part_number = serializers.CharField(max_length=120, required=False, allow_blank=True)
    sorter = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Who sorts, for CS2.")
    started_on = Day(required=False, allow_null=True)


class NewResult(Strict):
    sorted_on = Day()
    lot = serializers.CharField(max_length=120)
    quantity_checked = WholeNumber(min_value=0, max_value=BIGGEST)
    quantity_bad = WholeNumber(min_value=0, max_value=BIGGEST)


class Costs(Strict):
    costs = serializers.ListField(
        child=WholeNumber(min_value=1, max_value=2**63 - 1), max_length=500, help_text="Keys of the case's costs."
    )
    amount = serializers.CharField(max_length=30, required=False, allow_blank=True, help_text=AMOUNT)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, help_text="The supplier reads it.")


class NewClaim(Costs):
    request = Reference(CorrectiveActionRequest, code="number")


class Version(Strict):
    version = WholeNumber(min_value=1, max_value=BIGGEST, help_text="The version that you read.")


class ChangedClaim(Costs, Version):
    """A draft of a claim, whole."""


class Objection(Version):
    reason = serializers.CharField(max_length=2000)
    offer = serializers.CharField(max_length=30, required=False, allow_blank=True, help_text=AMOUNT)


class ReasonedAmount(Version):
    amount = serializers.CharField(max_length=30, help_text=AMOUNT)
    reason = serializers.CharField(max_length=2000)


class Credit(Version):
    credit_note = serializers.CharField(max_length=60)
    credited_on = Day()


class Withdrawal(Version):
    reason = serializers.CharField(max_length=2000)
