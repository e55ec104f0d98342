"""Where it is: a map of counts by two things, such as line and defect type."""

from __future__ import annotations

from collections.abc import Sequence

from qc.charts.parts import MILLION, Spec, chart, hint

MOST = 14  # rows or columns; what is less frequent is added up as one
REST = "Others"


def heat_map(
    cells: Sequence[tuple[str, str, int]],
    *,
    rows: str,
    columns: str,
    caption: str,
    units: dict[str, float] | None = None,
) -> Spec:
    """Counts of (row, column, count) as a map, most frequent rows and columns first; each cell carries its number.

    `rows` and `columns` say what they are ("Line", "Defect type"). With the `units` of each row the colour is the rate
    per million, so that the busiest line is not the reddest by itself; the number stays the count.
    """
    across, down = _first([(c, n) for _, c, n in cells]), _first([(r, n) for r, _, n in cells])
    sums: dict[tuple[str, str], int] = {}
    for row, column, count in cells:
        key = (row if row in down else REST, column if column in across else REST)
        sums[key] = sums.get(key, 0) + count
    names, heads = _used(down, [r for r, _ in sums]), _used(across, [c for _, c in sums])
    values = [_cell(row, column, sums.get((row, column), 0), units) for row in names for column in heads]
    axis = {"labelAngle": -40, "orient": "top"}
    place = {
        "x": {"field": "column", "type": "nominal", "sort": heads, "title": None, "axis": axis},
        "y": {"field": "row", "type": "nominal", "sort": names, "title": None},
    }
    table = [[row, *(sums.get((row, column), 0) for column in heads)] for row in names]
    height = max(80, 34 * len(names) + 60)
    layers = _layers(rows, columns, is_rate=units is not None)
    drawing = chart(layers, height=height, caption=caption, table=([rows, *heads], table))
    return drawing | {"data": {"values": values}, "encoding": place}


def _cell(row: str, column: str, count: int, units: dict[str, float] | None) -> Spec:
    made = (units or {}).get(row)
    heat = count / made * MILLION if made else (None if units else float(count))
    return {"row": row, "column": column, "count": count, "heat": heat}


def _layers(rows: str, columns: str, *, is_rate: bool) -> list[Spec]:
    title = "Per million units" if is_rate else "Defects"
    tips = [hint("row", rows), hint("column", columns), hint("count", "Defects", ",.0f")]
    tips += [hint("heat", title, ",.0f")] if is_rate else []
    scale = {"type": "sqrt", "range": "heat", "interpolate": "lab", "domainMin": 0}
    colour = {"field": "heat", "type": "quantitative", "scale": scale, "legend": {"title": title}}
    number = {"text": {"field": "count", "type": "quantitative", "format": ",.0f"}, "tooltip": tips}
    return [
        {"mark": {"type": "rect", "style": "cell-edge"}, "encoding": {"color": colour, "tooltip": tips}},
        {
            "transform": [{"filter": "datum.count > 0"}],
            "mark": {"type": "text", "style": "number"},
            "encoding": number,
        },
    ]


def _first(counts: list[tuple[str, int]]) -> list[str]:
    sums: dict[str, int] = {}
    for name, count in counts:
        sums[name] = sums.get(name, 0) + count
    ordered = sorted(sums, key=lambda name: (-sums[name], name))
    return ordered if len(ordered) <= MOST else ordered[: MOST - 1]


def _used(ordered: list[str], seen: list[str]) -> list[str]:
    return [*ordered, *([REST] if REST in seen and REST not in ordered else [])]
