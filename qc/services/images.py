"""Photos are drawn anew: whatever hides behind, inside or beside the picture is lost."""

from __future__ import annotations

import io
import warnings

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
MAX_PIXELS = 40_000_000  # more than a phone's camera takes; 160 MB when unpacked
QUALITY = 90
PLAIN = frozenset({"1", "L", "LA", "RGB", "RGBA", "I;16"})

# Pillow warns above its limit and fails above twice of it; here both are a refusal.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def redrawn(content: bytes) -> tuple[str, bytes]:
    """The content type and the picture alone, upright and without metadata. ValueError with a sentence otherwise."""
    try:
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            kind = "PNG" if image.format == "PNG" else "JPEG"
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return _drawn(image, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(_("The image has more than 40 million pixels. Send a smaller one.")) from error
    except (OSError, SyntaxError, EOFError, ValueError, TypeError, IndexError, OverflowError) as error:
        raise ValueError(_("The image is damaged or was cut off. Take or save it again.")) from error


def _drawn(image: Image.Image, kind: str) -> tuple[str, bytes]:
    """The pixels in a common mode, without comments, profiles and texts."""
    if image.mode not in (PLAIN if kind == "PNG" else ("L", "RGB")):
        image = image.convert("RGBA" if kind == "PNG" and image.has_transparency_data else "RGB")
    image.info.clear()
    drawn = io.BytesIO()
    if kind == "PNG":
        image.save(drawn, "PNG")
        return "image/png", drawn.getvalue()
    image.save(drawn, "JPEG", quality=QUALITY)
    return "image/jpeg", drawn.getvalue()
