"""What comes in as a file is kept up to a limit only: the rest of a film of 300 MB is read past, never stored."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler

from qc.services import files

IMPORTS = "/imports/"  # files of records may be large; reading them judges their size
SPARE = 2**20


class Cut(FileUploadHandler):
    """Stops handing a file on once it is larger than any that is accepted.

    What was kept is over the limit, so that the verb refuses it with its sentence beside the field, and everything
    else that was typed arrives.
    """

    chunk_size = 64 * 2**10

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Count anew."""
        super().new_file(*args, **kwargs)
        path = self.request.path if self.request else ""
        self.left = None if path.startswith(IMPORTS) else files.LIMIT + SPARE

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """The chunk for the handlers behind this one, or nothing."""
        return raw_data if self.left is None or start < self.left else None

    def file_complete(self, file_size: int) -> None:
        """The handlers behind this one make the file."""
        return
