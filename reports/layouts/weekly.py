"""The weekly summary as a document."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qc import charts
from reports.duties import Duties
from reports.layouts.document import Column, Document, Figure, Number, Row, Section, Table, long_day, numbered
from reports.summaries import FindingLine, ParetoLine, Rate, WeeklySummary

TOP = 10


def document(summary: WeeklySummary) -> Document:
    """Everything that a reader of the week gets, in the order in which it is read."""
    zone = ZoneInfo(summary.time_zone)
    made = summary.made_at.astimezone(zone)
    where = f"{summary.plant}, {period_name(summary.period_from, summary.period_until)}"
    sections = [_new(summary), _much(summary), _types(summary), _due(summary), _standing(summary), _missing(summary)]
    return Document(
        title=_("Weekly quality summary: %(where)s") % {"where": where},
        subject=f"{news(summary)}: {where}",
        subtitle=f"{summary.period_from:%A} {long_day(summary.period_from)} {_('to')} "
        f"{summary.period_until:%A} {long_day(summary.period_until)}",
        lead=_lead(summary),
        numbers=_numbers(summary),
        sections=numbered(sections),
        notes=_notes(summary, f"{long_day(made.date())}, {made:%H:%M}"),
        made=_("Made %(when)s (%(zone)s)")
        % {"when": f"{long_day(made.date())}, {made:%H:%M}", "zone": summary.time_zone},
        file_name=f"weekly-{summary.plant_code}-{summary.period_until.isoformat()}".lower().replace(" ", "-"),
    )


def _notes(summary: WeeklySummary, made: str) -> tuple[str, ...]:
    notes = (
        _(
            "Records that are void or duplicates are not counted. Days are production dates: a night shift belongs to "
            "the day on which it starts. Rates take line days with a production count only; units are counted at each "
            "line. Intervals are exact, 95 percent."
        ),
        _("Open and late is as of %(made)s.") % {"made": made},
    )
    if not summary.audit_sequence:
        return notes
    anchor = _("Audit trail up to event %(number)s: %(hash)s")
    return (*notes, anchor % {"number": f"{summary.audit_sequence:,}", "hash": summary.audit_hash})


def period_name(first: dt.date, last: dt.date) -> str:
    """Week 47 for a calendar week, else the days."""
    if first.weekday() == 0 and (last - first).days == 6:
        return _("week %(week)s") % {"week": first.isocalendar().week}
    return _("%(first)s to %(last)s") % {"first": f"{first.day} {first:%b}", "last": f"{last.day} {last:%b %Y}"}


def news(summary: WeeklySummary) -> str:
    """The subject's first half: what a reader has to know even without opening it."""
    found = len(summary.new_findings)
    parts = [
        ngettext("%(n)s new systemic finding", "%(n)s new systemic findings", found) % {"n": found}
        if found
        else _("No new systemic findings")
    ]
    late = [
        ngettext("%(n)s answer overdue", "%(n)s answers overdue", summary.answers.overdue),
        ngettext("%(n)s action overdue", "%(n)s actions overdue", summary.actions.overdue),
        ngettext("%(n)s case overdue", "%(n)s cases overdue", summary.cases.overdue),
    ]
    counts = [summary.answers.overdue, summary.actions.overdue, summary.cases.overdue]
    parts += [text % {"n": n} for text, n in zip(late, counts, strict=True) if n]
    return ", ".join(parts) if any(counts) else _("%(news)s, nothing overdue") % {"news": parts[0]}


def rate_text(rate: Rate) -> str:
    """3 of 1,240 = 2,419 ppm (500 to 7,050): the bounds are rounded to tens, which is all they are worth."""
    low, high = _rounded(rate.low), _rounded(rate.high)
    return f"{rate.defects:,} of {rate.units:,} = {rate.ppm:,.0f} ppm ({low:,} to {high:,})"


def _rate_note(rate: Rate) -> str:
    return rate_text(rate).replace(f"= {rate.ppm:,.0f} ppm ", "")


def _rounded(ppm: float) -> int:
    return round(ppm / 10) * 10 if ppm >= 100 else round(ppm)


def _lead(summary: WeeklySummary) -> tuple[str, ...]:
    if not summary.records and not summary.rate:
        first = _("Nothing was recorded in these days: no defects and no production counts.")
    elif summary.rate is None:
        first = ngettext(
            "%(n)s defect was recorded, %(before)s the week before. Without production counts there is no rate.",
            "%(n)s defects were recorded, %(before)s the week before. Without production counts there is no rate.",
            summary.records,
        ) % {"n": f"{summary.records:,}", "before": f"{summary.records_before:,}"}
    else:
        first = _("Defects per unit made: %(rate)s.") % {"rate": rate_text(summary.rate)}
        if summary.rate_before:
            first += " " + _("The week before: %(rate)s.") % {"rate": rate_text(summary.rate_before)}
    return (f"{news(summary)}.", first)


def _numbers(summary: WeeklySummary) -> tuple[Number, ...]:
    rate, before = summary.rate, summary.rate_before
    late = _("%(n)s overdue")
    return (
        Number("new", _("New systemic findings"), len(summary.new_findings), "count",
               _("%(n)s systemic in all") % {"n": summary.standing}),
        Number("records", _("Defects recorded"), summary.records, "count",
               _("%(n)s the week before") % {"n": f"{summary.records_before:,}"}, summary.records_before),
        Number("ppm", _("Defects per million"), rate.ppm if rate else None, "ppm",
               _rate_note(rate) if rate else _("no production counts"), before.ppm if before else None),
        Number("cases", _("Open cases"), summary.cases.open, "count", late % {"n": summary.cases.overdue}),
        Number("actions", _("Open actions"), summary.actions.open, "count", late % {"n": summary.actions.overdue}),
        Number("answers", _("Open supplier requests"), summary.answers.open, "count",
               late % {"n": summary.answers.overdue}),
    )  # fmt: skip


def _findings(key: str, caption: str, rows: tuple[FindingLine, ...], empty: str, rest: str = "") -> Table:
    columns = (
        Column(_("Defect")),
        Column(_("What the records say")),
        Column(_("Since"), "date"),
        Column(_("Decision"), "word"),
    )
    lines = tuple(
        Row((f"{row.code} {row.name}", row.sentence, row.since, row.decision), "qc:finding-detail", row.pk)
        for row in rows
    )
    return Table(key, caption, columns, lines, empty, rest, source=_("Findings of the analysis"))


def _new(summary: WeeklySummary) -> Section:
    table = _findings(
        "new",
        _("New systemic findings"),
        summary.new_findings,
        _("The analysis found nothing new that is systemic."),
    )
    return Section(_("What is new"), (table,))


def _standing(summary: WeeklySummary) -> Section:
    older = summary.standing - len(summary.new_findings)
    hidden = older - len(summary.standing_findings)
    rest = _("%(n)s older ones are not shown.") % {"n": hidden} if hidden else ""
    table = _findings(
        "standing", _("Systemic findings from before"), summary.standing_findings, _("There are none."), rest
    )
    return Section(_("What still stands"), (table,))


def _much(summary: WeeklySummary) -> Section:
    weeks = summary.weeks
    has_units = all(week.units for week in weeks[-2:])
    label = (
        _("Defects per million units, week by week, all lines") if has_units else _("Defects recorded, week by week")
    )
    spec = charts.weekly_rate(
        [week.start for week in weeks],
        [week.defects if has_units else week.records for week in weeks],
        [week.units for week in weeks] if has_units else None,
        label=label,
    )
    source = _("Defect records and production counts") if has_units else _("Defect records")
    columns = (Column(_("Week from"), "date"), Column(_("Defects"), "count"), Column(_("In the rate"), "count"),
               Column(_("Units"), "count"), Column("ppm", "ppm"))  # fmt: skip
    rows = tuple(
        Row((week.start, week.records, week.defects, week.units or None,
             week.defects / week.units * 1e6 if week.units else None))
        for week in weeks
    )  # fmt: skip
    table = Table("weeks", _("Weeks"), columns, rows, _("No weeks."), source=source, data_only=True)
    return Section(_("How much"), (Figure("rate", spec["description"], spec, source), table))


def _types(summary: WeeklySummary) -> Section:
    shown = [row for row in summary.pareto if row.count][:TOP]
    bars = [(f"{row.code} {row.name}", row.count, row.before) for row in shown]
    caption = _("Most frequent defects with the week before beside them")
    spec = charts.pareto(bars, this=_("This week"), before=_("Week before"), caption=caption)
    columns = (Column(_("Code"), "word"), Column(_("Defect")), Column(_("This week"), "count"),
               Column(_("Week before"), "count"), Column(_("Share"), "percent"),
               Column(_("Sum of shares"), "percent"))  # fmt: skip
    source = _("Defect records")
    table = Table("pareto", _("Defects by type"), columns, _pareto_rows(summary.pareto[:TOP]),
                  _("No defects were recorded."), _rest(summary.pareto), source)  # fmt: skip
    every = Table("types", _("All types"), columns, _pareto_rows(summary.pareto), "", data_only=True)
    figures = (Figure("pareto", caption, spec, source),) if shown else ()
    return Section(_("What happened most"), (*figures, table, every))


def _pareto_rows(lines: tuple[ParetoLine, ...]) -> tuple[Row, ...]:
    return tuple(Row((row.code, row.name, row.count, row.before, row.share, row.cumulative)) for row in lines)


def _rest(lines: tuple[ParetoLine, ...]) -> str:
    rest = lines[TOP:]
    if not rest:
        return ""
    text = ngettext("%(k)s other type: %(n)s records.", "%(k)s other types: %(n)s records.", len(rest))
    return text % {"k": len(rest), "n": f"{sum(row.count for row in rest):,}"}


def _due(summary: WeeklySummary) -> Section:
    return Section(
        _("What is late or due within a week"),
        (
            _duties(
                "answers", _("Supplier answers"), summary.answers, "suppliers:request-detail", _("Step"), _("Supplier")
            ),
            _duties("actions", _("Actions"), summary.actions, "qc:case-detail", _("Action"), _("Owner")),
            _duties("cases", _("Cases"), summary.cases, "qc:case-detail", _("Case"), _("Owner")),
        ),
    )


def _duties(key: str, caption: str, duties: Duties, view: str, what: str, who: str) -> Table:
    columns = (
        Column(_("Number"), "word"),
        Column(what),
        Column(who),
        Column(_("Due"), "date"),
        Column(_("Days late"), "count"),
    )
    rows = tuple(
        Row(
            (row.number, row.what, row.who, row.due_on, row.days_late if row.is_late else None),
            view,
            row.pk,
            row.is_late,
        )
        for row in duties.rows
    )
    counted = _("%(caption)s: %(open)s open, %(late)s overdue")
    counted = counted % {"caption": caption, "open": duties.open, "late": duties.overdue}
    rest = _("%(n)s more are due.") % {"n": duties.more} if duties.more else ""
    return Table(key, counted, columns, rows, _("Nothing is late or due within a week."), rest)


def _missing(summary: WeeklySummary) -> Section:
    return Section(_("What data is missing"), sentences=summary.missing or (_("Nothing that we know of."),))
