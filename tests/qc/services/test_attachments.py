from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from qc.errors import NotAllowed, Refused
from qc.models import Attachment, Defect, Event, Plant, User
from qc.services import attachments, events
from tests import factories as make


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def defect(plant: Plant) -> Defect:
    return make.DefectFactory(line__plant=plant)


def note(text: str = "hello", name: str = "note.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def stored(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_a_file_is_kept_under_a_random_name_and_remembers_its_own(inspector: User, defect: Defect, media: Path) -> None:
    attachment = attachments.add(inspector, subject=defect, upload=note(name="../Lötstelle.txt"))
    assert (attachment.name, attachment.content_type, attachment.size) == ("Lötstelle.txt", "text/plain", 5)
    assert attachment.plant == defect.plant
    [path] = stored(media)
    assert path.name == attachment.uuid.hex
    assert path.read_bytes() == b"hello"
    assert default_storage.exists(attachment.file.name)


def test_it_is_in_the_audit_trail_of_its_record(inspector: User, defect: Defect) -> None:
    attachment = attachments.add(inspector, subject=defect, upload=note())
    event = Event.objects.about(defect).get()
    assert event.verb == "attachment.add"
    assert event.data["sha256"] == attachment.sha256
    assert list(events.broken_links()) == []


def test_the_same_content_twice_is_kept_once(inspector: User, defect: Defect, media: Path) -> None:
    first = attachments.add(inspector, subject=defect, upload=note())
    assert attachments.add(inspector, subject=defect, upload=note(name="again.txt")) == first
    assert len(stored(media)) == 1


def test_an_outer_transaction_that_fails_leaves_no_file(inspector: User, defect: Defect, media: Path) -> None:
    class Broken(Exception):
        pass

    try:
        with transaction.atomic():
            attachments.add(inspector, subject=defect, upload=note())
            assert len(stored(media)) == 1
            raise Broken
    except Broken:
        pass
    assert stored(media) == []
    assert not Attachment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_committed_file_stays(media: Path) -> None:
    inspector = make.UserFactory(role="manager")
    defect = make.DefectFactory()
    attachment = attachments.add(inspector, subject=defect, upload=note())
    assert attachment.file.read() == b"hello"
    del attachment
    assert len(stored(media)) == 1


def test_a_full_disk_leaves_neither_half_a_file_nor_a_row(
    inspector: User, defect: Defect, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, content: Any, max_length: Any = None) -> str:
        path = media / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"he")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    with pytest.raises(OSError, match="No space"):
        with transaction.atomic():
            attachments.add(inspector, subject=defect, upload=note())
    assert stored(media) == []
    assert not Attachment.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize("limit", ["MOST_FILES", "MOST_BYTES"])
def test_a_record_holds_only_so_much(
    inspector: User, defect: Defect, media: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    attachments.add(inspector, subject=defect, upload=note("first"))
    monkeypatch.setattr(attachments, limit, {"MOST_FILES": 1, "MOST_BYTES": 9}[limit])
    with pytest.raises(Refused) as refusal:
        attachments.add(inspector, subject=defect, upload=note("other"))
    assert list(refusal.value.fields) == ["upload"]
    assert len(stored(media)) == 1


@pytest.mark.parametrize("name", ["auditor", "plant_manager", "purchasing", "acme"])
def test_roles_that_only_read_attach_nothing(
    name: str, defect: Defect, media: Path, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowed):
        attachments.add(request.getfixturevalue(name), subject=defect, upload=note())
    assert stored(media) == []


def test_nobody_attaches_to_a_record_of_another_plant(inspector: User, media: Path) -> None:
    with pytest.raises(NotAllowed):
        attachments.add(inspector, subject=make.DefectFactory(), upload=note())
    assert stored(media) == []
