"""The document as a mail: text that is complete alone, HTML with the charts inside, the PDF attached."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from qc.render import images
from qc.render.mail import File, Letter
from reports.layouts.document import Document, Figure, Table

WIDTH = 600


def letter(document: Document, *, to: str, key: str, link: str, pdf: bytes) -> Letter:
    """The mail to one person. `link` opens the report's page, `key` names this delivery."""
    context = {"document": document, "link": link, "width": WIDTH}
    pictures = {figure.key: images.png(figure.spec, width=WIDTH) for figure in document.figures}
    return Letter(
        to=to,
        subject=document.subject,
        text=text(document, link),
        html=render_to_string("email/report.html", context),
        key=key,
        images=pictures,
        files=[File(f"{document.file_name}.pdf", "application/pdf", pdf)],
    )


def text(document: Document, link: str) -> str:
    """Everything that the HTML says, in plain text."""
    parts = [document.title, document.subtitle, "", *document.lead, ""]
    parts += [f"{number.label}: {number.text} ({number.note})" for number in document.numbers]
    for section in document.sections:
        parts += ["", section.title.upper(), *(f"- {sentence}" for sentence in section.sentences)]
        for block in section.blocks:
            parts += _figure(block) if isinstance(block, Figure) else _table(block)
    parts += ["", *document.notes, "", document.made, _("On the page: %(link)s") % {"link": link}]
    return "\n".join(parts) + "\n"


def _figure(figure: Figure) -> list[str]:
    table = figure.spec["usermeta"]["table"]
    names = table["columns"][1:]
    lines = []
    for first, *cells in table["rows"]:
        facts = [f"{name} {cell:,}" for name, cell in zip(names, cells, strict=True) if cell is not None]
        lines.append(f"- {first}: {'; '.join(facts)}")
    return [f"{figure.label}. {figure.caption}", *lines]


def _table(table: Table) -> list[str]:
    if table.data_only or table.key == "pareto":
        return [table.rest] if table.rest else []  # the chart above told it
    if not table.rows:
        return [f"{table.caption}: {table.empty}"]
    lines = []
    for _row, cells in table.lines:
        facts = [value if column.is_text else f"{column.title} {value}" for column, value in cells[1:] if value]
        lines.append(f"- {cells[0][1]}: {'; '.join(facts)}")
    return [f"{table.label}. {table.caption}", *lines, *([table.rest] if table.rest else [])]
