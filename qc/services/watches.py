"""After an effective fix: does the trouble come back? Then opening the case again is proposed; a person decides."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from qc import clock
from qc.models import EffectivenessCheck, Nonconformance
from qc.services import events, people, recurrences
from qc.services.periods import followed
from qc.stats import effectiveness as fix

DAILY = dt.timedelta(days=1)
WATCHED = dt.timedelta(days=365)  # after the check said "effective"
HORIZON = 90  # days in which a fix that holds raises a false alarm with a chance of 5 % at most


def watch(check: EffectivenessCheck, case: Nonconformance) -> dt.datetime | None:
    """Look at the days since the check was decided; returns when to look again, None when the watch is over.

    The rate since is compared with the rates before and after the fix (`qc.stats.effectiveness.came_back`). When it is
    back, `came_back_on` says since when, the people of the case are told, and it is written to the audit trail. It
    needs no finding, so it is quicker than the analysis, which judges the same records on its own.
    """
    before, after = check.numbers.get("before"), check.numbers.get("after")
    if not (before and after and check.implemented_on) or check.came_back_on or case.recurrences.exists():
        return None
    first = dt.date.fromisoformat(after["until"]) + DAILY
    today = clock.today(case.plant.time_zone)
    if today > first + WATCHED or before["exposure"] <= 0 or case.status == case.Status.CANCELLED:
        return None
    side = followed(check, case.plant, first=first, until=today, unit=check.numbers["unit"])
    if side.exposure > 0:
        days = dt.date.fromisoformat(before["until"]) - dt.date.fromisoformat(before["from"])
        said = fix.came_back(
            fix.plan(before["incidents"], before["exposure"]),
            after["incidents"],
            after["exposure"],
            side.counts,
            side.exposures,
            horizon=HORIZON * before["exposure"] / (days.days + 1),
        )
        seen = {"incidents": said.incidents, "expected": said.expected, "exposure": side.exposure}
        check.numbers["since"] = seen | {"from": first.isoformat(), "until": side.last.isoformat()}
        check.computed_at = clock.now()
        if said.is_back and said.since is not None:
            check.came_back_on = side.days[said.since]
            check.numbers["since"]["back"] = sum(side.counts[said.since :])
            _propose(check, case)
        check.save(update_fields=["numbers", "computed_at", "came_back_on"])
    return None if check.came_back_on else clock.now() + DAILY


def _propose(check: EffectivenessCheck, case: Nonconformance) -> None:
    day = check.came_back_on.isoformat() if check.came_back_on else ""
    if case.is_open:
        text = _("%(case)s: it is coming back: %(back)d incidents since %(day)s, after the fix was called effective.")
    else:
        text = _("%(case)s: it came back: %(back)d incidents since %(day)s. Open it again?")
    text %= {"case": case.number, "back": check.numbers["since"]["back"], "day": day}
    to = [person for person in (case.owner, case.closed_by) if person]
    recurrences.tell(case, to=to, since=check.came_back_on, text=text, path=f"/cases/{case.pk}/", subject=case)
    data = {"check": check.pk, "came_back_on": day, "since": check.numbers["since"]}
    by = people.system()
    events.write(by=by, verb="case.propose_reopening", subject=case, data=data, plant_id=case.plant_id)
