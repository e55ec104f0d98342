from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile
from django.http import Http404

from qc.models import Attachment
from qc.render import files


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> FieldFile:
    settings.MEDIA_ROOT = tmp_path
    attachment = Attachment(name="Lötstelle.csv")
    attachment.file.save("x", ContentFile(b"a,b"), save=False)
    return attachment.file


def test_a_file_is_downloaded_and_never_run_by_the_browser(file: FieldFile) -> None:
    answer = files.response(file, name="Lötstelle.csv", content_type="text/csv")
    assert b"".join(answer) == b"a,b"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "L%C3%B6tstelle.csv" in answer["Content-Disposition"]
    assert answer["Content-Type"] == "text/csv"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_file_that_is_gone_is_not_found(file: FieldFile) -> None:
    Path(file.path).unlink()
    with pytest.raises(Http404):
        files.response(file, name="a.csv", content_type="text/csv")
