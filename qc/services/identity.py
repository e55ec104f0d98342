"""A finding is the same row from run to run, and a person's word on it is never overwritten.

What the engine says now is the row with the same type, scope and kind; else its heir: a row of the type whose scope is
the same, an alias, or lies within it or around it. A decision is handed on only to the same problem: the same verdict,
and for a burst the same days. Where the engine comes to say something against a person's word, the row says so
(`objection`), and people are told once; a dismissed or overridden finding stays quiet unless it is surely worse now.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from qc.analysis import verdicts
from qc.models import AnalysisRun, DefectType, Finding, Nonconformance, Plant, ProductionLine, Supplier, User
from qc.services import events, notices, people, recurrences

NUMBERS = (
    "incidents", "expected", "rate_ratio", "p_value", "q_value", "aliases", "rivals", "ruled_out", "needs",
    "explanation",
)  # fmt: skip
BASIS = ("verdict", "kind", "where", "incidents", "expected", "rate_ratio", "ratio_low", "ratio_high")
RANK = {"background": 0, "insufficient": 0, "one_off": 1, "systemic": 2}
APART = dt.timedelta(days=3)  # bursts that are further apart are two events
Change = tuple[Finding, dict[str, list[Any]]]


def keep(run: AnalysisRun, types: Collection[DefectType], said: Collection[verdicts.Finding]) -> None:
    """Store what a run says of some types, with the trail and the notices of what changed. Call it in a transaction."""
    _write(run, [change for each in types for change in _keep_type(run, each, said)])


def basis_of(finding: Finding) -> dict[str, Any]:
    """What the engine says at the moment of a decision: later runs are compared with it."""
    return {name: getattr(finding, name) for name in BASIS}


def scope_key(where: Mapping[str, Any]) -> str:
    """The canonical text of a scope, by which a finding is known again."""
    return "; ".join(f"{name}={where[name]}" for name in sorted(where))


def _keep_type(run: AnalysisRun, defect_type: DefectType, said: Collection[verdicts.Finding]) -> list[Change]:
    rows = Finding.objects.current().filter(plant=run.plant, defect_type=defect_type).order_by("pk")
    left = list(rows.select_for_update())
    found = _distinct([each for each in said if each.defect_type == defect_type.code])
    known = {key: row for key, each in found.items() if (row := _exactly(left, key, each))}
    left = [row for row in left if row not in known.values()]
    closed = recurrences.closed_cases(run.plant, defect_type)
    stored: list[tuple[Finding, verdicts.Finding]] = []
    for key, each in found.items():
        row = known.get(key) or _heir(left, each)
        if row in left:
            left.remove(row)
        case = recurrences.came_back(run.plant, defect_type, row, each, closed)
        if row is not None and case is not None:
            left.append(row)
        stored.append((_again(run.plant, defect_type, case) if case or row is None else row, each))
    taken = {(scope_key(each.where), each.kind or "") for _row, each in stored}
    retired = [_retire(row, run, taken) for row in left]  # first, so that a scope is free for who takes its place
    return retired + [_store(row, run, each) for row, each in stored]


def _again(plant: Plant, defect_type: DefectType, case: Nonconformance | None) -> Finding:
    """A new row, with a clock of its own also where a closed cause came back."""
    return Finding(plant=plant, defect_type=defect_type, closed_case=case, recurrence_of=case.finding if case else None)


def _distinct(said: Collection[verdicts.Finding]) -> dict[tuple[str, str], verdicts.Finding]:
    """One finding per scope and kind, the surest: two bursts at one place are one row."""
    surest = sorted(said, key=lambda each: (scope_key(each.where), each.kind, each.p_value))
    distinct: dict[tuple[str, str], verdicts.Finding] = {}
    for each in surest:
        distinct.setdefault((scope_key(each.where), each.kind), each)
    return distinct


def _exactly(left: list[Finding], key: tuple[str, str], found: verdicts.Finding) -> Finding | None:
    return next((row for row in left if (row.where_key, row.kind) == key and _same_days(row, found)), None)


def _same_days(row: Finding, found: verdicts.Finding) -> bool:
    """Whether a burst is the burst that the row tells of; whatever lasts is known by its place."""
    since, until = _date(found.since), _date(found.until)
    if found.kind != "burst" or not (since and until and row.since and row.until):
        return True
    return since <= row.until + APART and row.since <= until + APART


def _heir(left: list[Finding], found: verdicts.Finding) -> Finding | None:
    """The row that this finding goes on from: the same scope, an alias of it, or one within the other."""
    fit = [row for row in left if _may_inherit(row, found)]
    mine, key = set(found.where.items()), scope_key(found.where)
    same = [row for row in fit if row.where_key == key]
    if same or not mine:
        return same[0] if same else None
    known = [row for row in fit if dict(row.where) in found.aliases or dict(found.where) in row.aliases]
    near = known or [row for row in fit if row.where and recurrences.is_nested(row.where, found.where)]
    return max(near, key=lambda row: len(set(row.where.items()) & mine), default=None)


def _may_inherit(row: Finding, found: verdicts.Finding) -> bool:
    """A decision is on one problem and is never handed to another."""
    if row.decision == Finding.Decision.NONE:
        return True
    return row.verdict == found.verdict and (row.kind == "burst") == (found.kind == "burst") and _same_days(row, found)


def _store(row: Finding, run: AnalysisRun, found: verdicts.Finding) -> Change:
    before = {} if row.pk is None else _stand(row)
    row.run, row.verdict, row.kind, row.origin = run, found.verdict, found.kind or "", found.origin
    row.where, row.where_key = dict(found.where), scope_key(found.where)
    row.since, row.until = _date(found.since), _date(found.until)
    row.since_interval = list(found.since_interval or [])
    for name in NUMBERS:
        setattr(row, name, _plain(getattr(found, name)))
    row.ratio_low, row.ratio_high = found.rate_ratio_ci or (None, None)
    row.line = ProductionLine.objects.filter(plant=run.plant, code=found.where.get("line", "")).first()
    row.supplier = Supplier.objects.filter(_supplier_of(run.plant, found.where)).first()
    return _saved(row, run, before)


def _stand(row: Finding) -> dict[str, Any]:
    stand: dict[str, Any] = {
        "verdict": row.verdict,
        "kind": row.kind,
        "where": row.where,
        "since": str(row.since),
        "objection": bool(row.objection),
    }
    return stand if row.replaced_at is None else {**stand, "replaced": True}


def _saved(row: Finding, run: AnalysisRun, before: dict[str, Any]) -> Change:
    """A person who has the page open learns by the version that the engine says something else now."""
    row.objection = objection(row)
    row.objected_at = (row.objected_at or run.finished_at) if row.objection else None
    changed = events.changes(before, _stand(row))
    if not before and not row.objection:
        changed.pop("objection", None)
    if changed:
        row.changed_at = run.finished_at
        row.version += 1 if row.pk else 0
    row.save()
    return row, changed


def objection(row: Finding) -> str:
    """What the engine says now against a person's word; empty where it has nothing to say."""
    if row.decision == Finding.Decision.NONE or row.replaced_at is not None:
        return ""
    says = row.get_verdict_display()
    if row.decision == Finding.Decision.CONFIRMED:
        return "" if row.verdict == row.human_verdict else _("The analysis now says: %(verdict)s.") % {"verdict": says}
    basis = row.basis
    if not basis:
        return ""
    if RANK[row.verdict] > RANK[basis["verdict"]]:
        was = Finding.Verdict(basis["verdict"]).label
        return _("When this was decided the analysis said %(was)s; now it says: %(verdict)s.") % {
            "was": was, "verdict": says,
        }  # fmt: skip
    if row.verdict != Finding.Verdict.SYSTEMIC:
        return ""
    then, now = basis["rate_ratio"], row.ratio_low
    if then is not None and now is not None and now > then:
        return _("It is worse now: %(then).1f times as many then, surely more than %(now).1f times now.") % {
            "then": then, "now": now,
        }  # fmt: skip
    if set(row.where.items()) < set(basis["where"].items()):
        return _("It has spread since this was decided.")
    return ""


def _write(run: AnalysisRun, changes: Collection[Change]) -> None:
    """Notices first, then the trail: the chain is locked from its first event to commit."""
    author = people.system()
    for row, changed in changes:
        _tell(row, changed)
    for row, changed in changes:
        if changed:
            events.write(by=author, verb=_verb(row, changed), subject=row, data=changed | _came_from(row, changed))


def _verb(row: Finding, changed: dict[str, list[Any]]) -> str:
    if "objection" in changed:
        return "finding.object" if row.objection else "finding.agree"
    return "finding.recur" if _came_from(row, changed) else "finding.judge"


def _came_from(row: Finding, changed: dict[str, list[Any]]) -> dict[str, Any]:
    """The closed case that a new row repeats."""
    is_new = changed.get("verdict", [""])[0] is None
    if not is_new or row.closed_case is None:
        return {}
    return {"closed_case": row.closed_case.number, "recurrence_of": row.recurrence_of_id}


def _supplier_of(plant: Plant, where: dict[str, str]) -> Q:
    if "supplier" in where:
        return Q(code=where["supplier"])
    if "supplier_lot" in where:
        return Q(parts__lots__code=where["supplier_lot"], parts__lots__plant=plant)
    return Q(pk=None)


def _retire(row: Finding, run: AnalysisRun, taken: Collection[tuple[str, str]]) -> Change:
    """A finding that the run no longer makes: replaced, or, where a person decided, kept with the engine's new word.

    A decided one makes room as well when another problem now has its scope and kind: there is one current row of each.
    """
    before = _stand(row)
    if row.decision == Finding.Decision.NONE or (row.where_key, row.kind) in taken:
        row.replaced_at = run.finished_at
    elif row.verdict != Finding.Verdict.BACKGROUND:
        row.verdict, row.run = Finding.Verdict.BACKGROUND, run
        row.explanation = _("The records no longer show it: now within the usual variation.")
        if row.defect_type.merged_into:
            row.explanation = _("Its records count as %(code)s now.") % {"code": row.defect_type.merged_into.code}
    return _saved(row, run, before)


def _tell(row: Finding, changed: dict[str, list[Any]]) -> None:
    """New systemic findings, what came back, and objections reach the quality people of the plant, once."""
    if row.replaced_at is not None:
        return
    quality = Q(role=User.Role.MANAGER) | Q(role=User.Role.ENGINEER, plants=row.plant)
    concerned = Q(pk__in=[pk for pk in (row.decided_by_id, row.closed_case and row.closed_case.owner_id) if pk])
    here = Q(role__in=User.EVERY_PLANT) | Q(plants=row.plant)
    to = User.objects.filter(quality | concerned, here, is_active=True, supplier=None).distinct()
    path, day = f"/findings/{row.pk}/", f"{row.changed_at:%Y-%m-%d}"
    if "objection" in changed and row.objection:
        text = f"{row.defect_type.name}: {row.objection}"
        notices.tell(to=to, key=f"finding.object:{row.pk}:{day}", text=text[:300], path=path, subject=row)
    elif _came_from(row, changed) and row.closed_case:
        text = _("Came back after %(case)s was closed: %(what)s") % {
            "case": row.closed_case.number, "what": row.explanation,
        }  # fmt: skip
        recurrences.tell(row.closed_case, to=to, since=row.since, text=text[:300], path=path, subject=row)
    elif "verdict" in changed and row.verdict == Finding.Verdict.SYSTEMIC and not row.is_quiet:
        key = f"finding.systemic:{row.pk}:{day}"
        notices.tell(to=to, key=key, text=row.explanation[:300], path=path, subject=row)


def _date(value: object) -> dt.date | None:
    return dt.date.fromisoformat(str(value)[:10]) if value else None


def _plain(value: Any) -> Any:
    """Tuples as lists and mappings as dicts, so that what is stored equals what is read back."""
    if value is None or isinstance(value, str | int | float):
        return value
    return json.loads(events.canonical(value))
