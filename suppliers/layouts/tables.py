"""The 8D report as a workbook that people keep: one sheet for the head, one row per stage, answer, version and file."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qc.render.tables import Sheet, xlsx_bytes
from suppliers.layouts.eightd import EightD


def xlsx(report: EightD) -> bytes:
    """The workbook."""
    return xlsx_bytes(
        [_head(report), _stages(report), _answers(report), _versions(report), _more(report), _files(report)]
    )


def _head(report: EightD) -> Sheet:
    rows = [(fact.label, fact.text) for fact in report.head]
    rows += [(_("What is wrong"), report.problem), (_("What is expected"), report.expected)]
    return Sheet("8D", [report.title, report.made], rows)


def _stages(report: EightD) -> Sheet:
    columns = [_("Stage"), _("State"), _("Due"), _("Answered"), _("In time")]
    return Sheet(_("Stages"), columns, [(s.title, s.state, s.due, s.answered, s.in_time) for s in report.steps])


def _answers(report: EightD) -> Sheet:
    rows = [
        (step.title, block.title, fact.label, fact.text)
        for step in report.steps
        for block in step.blocks
        for fact in block.facts
    ]
    return Sheet(_("Answers"), [_("Stage"), _("Section"), _("Question"), _("Answer")], rows)


def _versions(report: EightD) -> Sheet:
    columns = [_("Stage"), _("Version"), _("Sent"), _("Decision"), _("Reason")]
    rows = [(step.title, v.number, v.sent, v.decision, v.reason) for step in report.steps for v in step.versions]
    return Sheet(_("Versions"), columns, rows)


def _more(report: EightD) -> Sheet:
    rows = [(block.title, fact.label, fact.text) for block in report.agreements for fact in block.facts]
    return Sheet(_("Agreements"), [_("Kind"), _("What"), _("State")], rows)


def _files(report: EightD) -> Sheet:
    columns = [_("File"), _("Belongs to"), _("Sent"), _("Size"), "SHA-256"]
    rows = [(file.name, file.where, file.sent, file.size, file.sha256) for file in report.files]
    return Sheet(_("Files"), columns, rows, ("", "", "", "#,##0", ""))
