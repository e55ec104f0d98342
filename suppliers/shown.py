"""What several pages show of a request as its supplier sees it: facts, shared files and defects, what was said."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from qc.models import User
from suppliers.models import CorrectiveActionRequest, Evidence, Message, SharedDefect


def files_of(viewer: User, row: CorrectiveActionRequest) -> list[Evidence]:
    """All files of a request that the viewer may read, the oldest first: asked for once, for everything on a page."""
    files = Evidence.objects.visible_to(viewer).filter(request=row)
    return list(files.select_related("stage", "uploaded_by"))


def facts_of(viewer: User, row: CorrectiveActionRequest, files: Collection[Evidence] | None = None) -> dict[str, Any]:
    """What was shared beside the words of the request; each defect with its `pictures`."""
    found = files_of(viewer, row) if files is None else files
    defects: list[Any] = []
    if getattr(row, "has_shared", True):
        defects = list(SharedDefect.objects.visible_to(viewer).filter(request=row))
    for defect in defects:
        defect.pictures = [each for each in found if each.defect_id == defect.pk]
    return {"shared": [each for each in found if each.stage_id is None and _stands_alone(each)], "defects": defects}


def _stands_alone(file: Evidence) -> bool:
    """Whether a file is neither attached to a message nor the photo of a defect."""
    return file.message_id is None and file.defect_id is None


def own_files(files: Collection[Evidence]) -> list[Evidence]:
    """The files of the answers and those that were shared."""
    return [each for each in files if _stands_alone(each)]


def thread_of(viewer: User, row: CorrectiveActionRequest, files: Collection[Evidence] | None = None) -> list[Any]:
    """The messages of a request, the oldest first, each with what is `attached`."""
    if not getattr(row, "has_messages", True):
        return []
    found = files_of(viewer, row) if files is None else files
    messages: list[Any] = list(Message.objects.visible_to(viewer).filter(request=row).select_related("by"))
    for message in messages:
        message.attached = [each for each in found if each.message_id == message.pk]
    return messages
