"""A mentor's photo: read with distrust, cut to a square, and written anew without whatever else the file told."""

import secrets
from io import BytesIO
from typing import Final

from django.core.files.base import ContentFile
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from mentormap.mentors.models import Mentor

MOST_BYTES: Final = 5 * 1024 * 1024
SIDE_PIXELS: Final = 512
_MOST_PIXELS: Final = {"JPEG": 50_000_000, "PNG": 20_000_000, "WEBP": 20_000_000}
"""By what decoding costs: a JPEG can be read at a fraction of its size, the others only whole."""
_FACES_STAND: Final = (0.5, 0.4)


class PhotoRefused(ValueError):
    """The file is no photo that we take; the sentence says which would be."""


def store_photo(mentor: Mentor, data: bytes) -> None:
    """Puts the photo in place of the old one. Raises PhotoRefused."""
    webp = square_webp(data)
    mentor.photo.save(f"{mentor.pk}-{secrets.token_hex(8)}.webp", ContentFile(webp), save=False)
    _exchange(mentor)


def remove_photo(mentor: Mentor) -> None:
    """The generated portrait is shown again."""
    mentor.photo = ""
    _exchange(mentor)


def square_webp(data: bytes) -> bytes:
    """The picture as a WebP of 512 by 512 pixels, upright, without metadata. Raises PhotoRefused."""
    if len(data) > MOST_BYTES:
        raise PhotoRefused("This photo is larger than 5 MB. Choose a smaller one.")
    try:
        with Image.open(BytesIO(data), formats=list(_MOST_PIXELS)) as picture:
            return _written(_square(_checked(picture)))
    except UnidentifiedImageError:
        raise PhotoRefused("This is no photo that we can read. Choose a JPEG, PNG or WebP file.") from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, PhotoRefused):
            raise
        raise PhotoRefused("This photo seems to be damaged. Save it again, or choose another one.") from error


def _checked(picture: Image.Image) -> Image.Image:
    """Nothing has been decoded yet: the header alone tells the size."""
    if picture.width * picture.height > _MOST_PIXELS[str(picture.format)]:
        raise PhotoRefused("This picture has too many pixels. Choose one of at most 4000 by 4000.")
    return picture


def _square(picture: Image.Image) -> Image.Image:
    """Turned as its EXIF says, on white where it is transparent."""
    picture.draft("RGB", (2 * SIDE_PIXELS, 2 * SIDE_PIXELS))
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    cut = ImageOps.fit(upright, (SIDE_PIXELS, SIDE_PIXELS), centering=_FACES_STAND)
    ground = Image.new("RGBA", cut.size, "white")
    return Image.alpha_composite(ground, cut).convert("RGB")


def _written(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "WEBP", quality=84, method=4)
    return file.getvalue()


@transaction.atomic
def _exchange(mentor: Mentor) -> None:
    """The file that is replaced is forgotten after the commit, as a rollback must find it."""
    old, storage = Mentor.objects.locked(mentor.pk).photo.name, mentor.photo.storage
    mentor.save(update_fields=["photo"])
    if old:
        transaction.on_commit(lambda: storage.delete(old))
