"""Small pictures and files to upload."""

from __future__ import annotations

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def png(name: str = "photo.png", colour: str = "red") -> SimpleUploadedFile:
    """A picture of one colour: another colour is another content."""
    drawn = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(drawn, "PNG")
    return SimpleUploadedFile(name, drawn.getvalue(), "image/png")


def csv(name: str = "readings.csv", text: str = "time,value\n1,2\n") -> SimpleUploadedFile:
    """A small table."""
    return SimpleUploadedFile(name, text.encode(), "text/csv")
