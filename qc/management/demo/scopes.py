"""Which records a scope selects, and how far two scopes select the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qc.analysis.data import Dataset, as_date
from qc.analysis.verdicts import Finding

Mask = NDArray[np.bool_]
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def of_type(data: Dataset, code: str) -> Mask:
    """The records of a defect type."""
    labels = data.defect_type.labels
    if code not in labels:
        return np.zeros(len(data), dtype=np.bool_)
    mine: Mask = data.defect_type.codes == labels.index(code)
    return mine


def selects(data: Dataset, where: Mapping[str, Any]) -> Mask:
    """The records in a scope; a list of values means any of them."""
    chosen = np.ones(len(data), dtype=np.bool_)
    for name, value in where.items():
        values = list(value) if isinstance(value, list | tuple) else [value]
        chosen &= _one_of(data, name, [str(one) for one in values])
    return chosen


def _one_of(data: Dataset, name: str, values: list[str]) -> Mask:
    if name == "hour_of_week":
        day, hour = (data.minute // 1440 + 3) % 7, data.minute % 1440 // 60
        wanted = {(WEEKDAYS.index(text.split()[0]), int(text.split()[1][:2])) for text in values}
        return np.array([pair in wanted for pair in zip(day.tolist(), hour.tolist(), strict=True)], dtype=np.bool_)
    column = data.dimensions.get(name)
    if column is None:
        return np.zeros(len(data), dtype=np.bool_)
    codes = [code for code, label in enumerate(column.labels) if label in values]
    return np.isin(column.codes, codes)


def known(data: Dataset, *names: str) -> Mask:
    """The records that say all of these dimensions."""
    said = np.ones(len(data), dtype=np.bool_)
    for name in names:
        if name in data.dimensions:
            said &= data.dimensions[name].codes >= 0
    return said


def alike(data: Dataset, code: str, said: Mapping[str, Any], planted: Mapping[str, Any]) -> float:
    """Jaccard index of the records of a type that two scopes select, among those that say what both ask."""
    among = of_type(data, code) & known(data, *said, *planted)
    one, other = selects(data, said) & among, selects(data, planted) & among
    both = int((one | other).sum())
    return int((one & other).sum()) / both if both else 0.0


def within(data: Dataset, finding: Finding) -> Mask:
    """The records of a finding: its type, scope and time."""
    chosen = of_type(data, finding.defect_type) & selects(data, finding.where)
    days = np.array([str(as_date(day)) for day in range(int(data.day.min()), int(data.day.max()) + 1)])
    on = days[data.day - int(data.day.min())]
    if finding.since:
        chosen &= on >= finding.since
    if finding.until:
        chosen &= on <= finding.until
    return chosen


def share(data: Dataset, finding: Finding, place: Mapping[str, Any]) -> float:
    """The part of a finding's records that lie at a place."""
    mine = within(data, finding)
    return int((mine & selects(data, place)).sum()) / int(mine.sum()) if mine.any() else 0.0
