"""The photos of a request for its report on paper: scaled and drawn anew, so that only the picture gets in."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from qc.models import User
from qc.services.images import MAX_PIXELS
from suppliers.layouts.eightd import sent_files, where_of
from suppliers.models import CorrectiveActionRequest

MOST = 12
EDGE = 800  # pixels of the longer side: about 250 dots per inch on paper
QUALITY = 80
KINDS = ("image/png", "image/jpeg")


@dataclass(frozen=True)
class Photo:
    """A picture with the name of its file and what it belongs to."""

    name: str
    where: str
    svg: str


def of_request(viewer: User, row: CorrectiveActionRequest) -> list[Photo]:
    """The first photos that both sides have; one that cannot be read is left to the list of files."""
    found: list[Photo] = []
    for each in sent_files(viewer, row).filter(content_type__in=KINDS):
        if len(found) == MOST:
            break
        try:
            with each.file.open("rb") as stored:
                found.append(Photo(each.name, where_of(each), wrapped(scaled(stored.read()))))
        except (OSError, ValueError):
            continue
    return found


def scaled(content: bytes) -> bytes:
    """A small JPEG of a PNG or JPEG. ValueError when it is none, is damaged or unpacks to more than we accept."""
    try:
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError("too many pixels")
            image.draft("RGB", (EDGE, EDGE))  # a JPEG is unpacked at half, quarter or eighth size
            picture = ImageOps.exif_transpose(image)
            picture.thumbnail((EDGE, EDGE))
            drawn = io.BytesIO()
            _on_paper(picture).save(drawn, "JPEG", quality=QUALITY)
            return drawn.getvalue()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, SyntaxError) as error:
        raise ValueError("no picture") from error


def wrapped(jpeg: bytes) -> str:
    """The JPEG in an SVG: text, as everything that goes to paper."""
    with Image.open(io.BytesIO(jpeg)) as image:
        size = f'width="{image.width}" height="{image.height}"'
    data = base64.b64encode(jpeg).decode()
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href="data:image/jpeg;base64,{data}"/></svg>'


def _on_paper(picture: Image.Image) -> Image.Image:
    """What is transparent becomes white, as the paper is; no profile and no text is kept."""
    clear = picture.convert("RGBA") if picture.has_transparency_data else None
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(clear or picture.convert("RGB"), mask=clear)
    return paper
