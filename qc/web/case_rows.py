"""The rows of a case for its pages, each kind in one query, and none for a kind that the case has not."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce

from qc.models import (
    CaseLink,
    Cause,
    Containment,
    CorrectiveAction,
    Defect,
    Disposition,
    EffectivenessCheck,
    LotHold,
    Nonconformance,
    SupplierLot,
    User,
)

ON_THE_PAGE = ("containments", "causes", "actions", "effectiveness_checks", "holds")
ON_MATERIAL = ("dispositions",)
COUNTS = {"holds": "n_on_hold"}
HOLD_NAMES = ("supplier_lot__part", "product", "placed_by", "released_by")


def _kinds(user: User) -> dict[str, QuerySet[Any]]:
    """How each kind is read: what its lines on the page name comes with it."""
    return {
        "containments": Containment.objects.visible_to(user).select_related("done_by"),
        "dispositions": Disposition.objects.visible_to(user).select_related("decided_by", "withdrawn_by"),
        "causes": Cause.objects.visible_to(user).select_related("recorded_by", "verified_by", "code"),
        "actions": CorrectiveAction.objects.visible_to(user).select_related(
            "owner", "supplier", "done_by", "verified_by"
        ),
        "effectiveness_checks": EffectivenessCheck.objects.visible_to(user).select_related("action", "defect_type"),
        "holds": LotHold.objects.visible_to(user).select_related(*HOLD_NAMES),
    }


def _counted(user: User) -> dict[str, QuerySet[Any]]:
    """The rows of each kind that point at a case by `nonconformance`."""
    return {name: rows.order_by().select_related(None) for name, rows in _kinds(user).items()}


def counts(user: User) -> dict[str, Any]:
    """How many rows of each kind a case has, to be read with the case itself."""
    found: dict[str, Any] = {f"n_{name}": _number(rows, "nonconformance") for name, rows in _counted(user).items()}
    links = CaseLink.objects.visible_to(user)
    found["n_links"] = _number(links.order_by(), "case") + _number(links.order_by(), "other")
    found["n_defects"] = _number(Defect.objects.visible_to(user).order_by(), "nonconformances")
    found["n_lots"] = _number(SupplierLot.objects.visible_to(user).order_by(), "nonconformances")
    found["n_on_hold"] = _number(LotHold.objects.visible_to(user).standing().order_by(), "nonconformance")
    return found


def _number(rows: QuerySet[Any], path: str) -> Coalesce:
    of_case = rows.filter(**{path: OuterRef("pk")}).annotate(of_case=F(path))
    return Coalesce(Subquery(of_case.values("of_case").annotate(n=Count("pk")).values("n")), 0)


def on_the_page(case: Nonconformance) -> tuple[str, ...]:
    """What the case's first page shows: of the material only what waits there now, the rest is on the material's."""
    return (*ON_THE_PAGE, "dispositions") if case.status == Nonconformance.Status.IN_REVIEW else ON_THE_PAGE


def lots_of(user: User, case: Nonconformance) -> list[SupplierLot]:
    """The supplier lots that the case names or has held, in one query, and none where it has neither."""
    if not (case.n_lots or case.n_holds):  # type: ignore[attr-defined]
        return []
    mine = Q(nonconformances=case) | Q(holds__nonconformance=case)
    keys = SupplierLot.objects.visible_to(user).filter(mine).order_by().values("pk")
    return list(SupplierLot.objects.visible_to(user).filter(pk__in=keys).select_related("part"))


def holds_of(user: User, case: Nonconformance, lots: Collection[SupplierLot]) -> list[LotHold]:
    """The case's own holds and those of any case on these lots, in one query."""
    if not (lots or case.n_holds):  # type: ignore[attr-defined]
        return []
    wanted = Q(nonconformance=case) | Q(supplier_lot__in=[lot.pk for lot in lots])
    return list(_kinds(user)["holds"].filter(wanted).select_related("nonconformance", *HOLD_NAMES))


def load(user: User, case: Nonconformance, *names: str) -> None:
    """Read these kinds of rows into the case. What its counts say is not there costs no query.

    Of the holds only those that stand matter here: they keep the case from being closed.
    """
    kinds = _kinds(user)
    wanted: list[Prefetch[Any]] = []
    for name in names:
        rows = kinds.get(name)
        if rows is not None:
            wanted.append(Prefetch(name, rows if getattr(case, COUNTS.get(name, f"n_{name}"), 1) else rows.none()))
    prefetch_related_objects([case], *wanted)
