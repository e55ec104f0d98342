"""What a record may say beside its code, place and time, and what of it makes sense together."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from qc.errors import Refused
from qc.models import Defect, Severity
from qc.services.wording import clean

TEXTS = (
    "tool", "cavity", "serial", "lot", "inspector", "external_id", "product_revision", "work_order", "operation",
    "purchase_order", "receipt", "requirement", "requirement_revision", "characteristic", "unit", "material_at",
    "hold_tag", "customer", "customer_ref",
)  # fmt: skip
CHOICES = {
    "severity": Severity.values,
    "detected_at": Defect.DetectedAt.values,
    "disposition": ["", *Defect.Disposition.values],
}
LONGEST = {name: getattr(Defect._meta.get_field(name), "max_length", None) or 0 for name in TEXTS}
NAMES = ("product", "note", "further_serials", "actual_value", *TEXTS, *CHOICES)


def quantity(value: object) -> Decimal:
    """A quantity of defects. Refused beside the field when it is none."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number < Decimal("1e9"):
        raise _misfit("quantity", f"A quantity is a number from 0 to 999,999,999; {value!s:.40} is not.")
    if number != number.quantize(Decimal("0.001")):
        raise _misfit("quantity", f"A quantity has at most three decimal places; {value!s:.40} has more.")
    return number


def _misfit(field: str, sentence: str) -> Refused:
    return Refused(sentence, fields={field: sentence})


def check(defect: Defect) -> None:
    """Refuse, beside the field, what a record cannot say; bring its serials and its value into their form."""
    _check_choices(defect)
    _check_serials(defect)
    _check_sense(defect)


def _check_choices(defect: Defect) -> None:
    for name, allowed in CHOICES.items():
        if getattr(defect, name) not in allowed:
            raise _misfit(name, f"{getattr(defect, name)!s:.40} is not known here.")
    for name, longest in LONGEST.items():
        if len(getattr(defect, name)) > longest:
            raise _misfit(name, f"At most {longest} characters.")


def _check_serials(defect: Defect) -> None:
    more = [one for one in map(clean, defect.further_serials.splitlines()) if one and one != defect.serial]
    defect.further_serials = "\n".join(dict.fromkeys(more))
    if more and not defect.serial:
        raise _misfit("serial", "Give the first serial number before further ones.")
    if more and len(defect.serials) > defect.quantity:
        raise _misfit("serial", f"{len(defect.serials)} serial numbers for a quantity of {defect.quantity:f}.")
    if any(len(one) > 80 for one in more) or len(defect.further_serials) > 10_000:
        raise _misfit("serial", "A serial number has at most 80 characters, and a record at most 10,000 of them.")


def _check_sense(defect: Defect) -> None:
    """What only makes sense together: a value and its unit, a revision and its document, a customer who found it."""
    defect.actual_value = _measured(defect.actual_value)
    if defect.unit and defect.actual_value is None:
        raise _misfit("actual_value", f"What was measured in {defect.unit}? Give the value too.")
    if defect.requirement_revision and not defect.requirement:
        raise _misfit("requirement", "Say which specification or drawing has this revision.")
    if (defect.customer or defect.customer_ref) and defect.detected_at not in Defect.OUTSIDE:
        raise _misfit("detected_at", "A customer is named only where the customer or the field found it.")


def _measured(value: object) -> Decimal | None:
    if value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= 10**12 or number != number.quantize(Decimal("0.000001")):
        raise _misfit("actual_value", f"A value is a number with at most six decimal places; {value!s:.40} is not.")
    return number
