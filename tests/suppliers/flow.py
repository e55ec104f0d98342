"""A request and its answers, driven through the verbs."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from qc.models import Nonconformance, User
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services import requests

ANSWERS: dict[str, dict[str, Any]] = {
    "containment": {
        "measure": "All stock blocked, every part measured before shipping.",
        "places": ["own_stock", "transit"],
        "quantity_checked": "4,200",
        "quantity_bad": "37",
        "method": "Gauge on all pins.",
        "clean_mark": "Green dot on the box.",
    },
    "root_cause": {
        "occurrence_cause": "The guide of station 4 is worn by 0.2 mm and bends the pins.",
        "occurrence_evidence": "New guide: 0 of 500 bad; old guide: 11 of 500.",
        "escape_cause": "The final check measures four corner pins only.",
        "escape_evidence": "Control plan 118, page 2.",
        "systemic_cause": "The maintenance plan has no wear limit for guides.",
        "systemic_evidence": "Maintenance plan of tool 4.",
    },
    "plan": {
        "action_occurrence": "Hardened guide with a wear sensor.",
        "action_escape": "Camera on all pins.",
        "strength": "poka_yoke",
        "trial": "2,000 parts, none bad.",
        "responsible": "J. Marsh",
        "implement_on": "2026-12-15",
    },
    "implementation": {
        "done": "Guide and sensor in all tools.",
        "implemented_on": "2026-11-20",
        "first_lot": "THC-2644A",
        "validation": "6,400 parts measured, none bad.",
    },
    "prevention": {"documents": ["pfmea", "control_plan"], "look_across": "Tools 4 to 9 checked."},
    "closure": {"results": "41,000 parts, none bad."},
}


def draft(by: User, case: Nonconformance, supplier: Any, **more: Any) -> CorrectiveActionRequest:
    """A draft with the facts that it needs."""
    values = {"title": "Pins are not coplanar", "problem": "Pins stand off by 0.2 mm.", "lots": "L-1\nL-2"} | more
    return requests.draft(by, case=case, supplier=supplier, **values)


def issued(by: User, case: Nonconformance, supplier: Any, **more: Any) -> CorrectiveActionRequest:
    """A request that the supplier has."""
    return requests.issue(by, request=draft(by, case, supplier, **more))


def stage(request: CorrectiveActionRequest, code: str) -> Stage:
    """The stage as it is now."""
    return Stage.objects.select_related("request").get(request=request, code=code)


def answer(by: User, request: CorrectiveActionRequest, code: str, files: Any = (), **more: Any) -> Stage:
    """Send a good answer to a stage."""
    return requests.submit(by, stage=stage(request, code), answers=ANSWERS[code] | more, files=files)


def settle(supplier: User, by: User, request: CorrectiveActionRequest, *codes: str) -> None:
    """Answer and accept stages."""
    for code in codes:
        answer(supplier, request, code)
        requests.accept(by, stage=stage(request, code))


def photo(name: str = "photo.png", colour: str = "red") -> SimpleUploadedFile:
    """A small picture."""
    data = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue(), "image/png")
