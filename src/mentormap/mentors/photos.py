"""A mentor's photo: checked, cut to a square, and encoded again without the file's metadata."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from typing import Final

import structlog
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError
from PIL.WebPImagePlugin import WebPImageFile

from mentormap.mentors.models import Mentor

MOST_BYTES: Final = 5 * 1024 * 1024
SIDE_PIXELS: Final = 512
TIMEOUT_SECONDS: Final = 10.0
"""How long a photo waits for others to be decoded; after that it is refused, so that no web thread hangs."""
_MOST_DECODED: Final = 16_000_000
_MOST_PIXELS: Final = {"JPEG": 51_000_000, "PNG": _MOST_DECODED, "WEBP": _MOST_DECODED}
"""The limits follow the memory that decoding needs: a JPEG can be decoded at a fraction of its size, the others only in full.

Cameras of 50 megapixels write a few more than that: 8160 by 6144.
"""
_FACES_STAND: Final = (0.5, 0.4)
_BAND_ROWS: Final = 64
_SCAN: Final = b"\xff\xda"
_MOST_SCANS: Final = 200
"""A progressive JPEG paints the whole picture with each scan. Cameras write about ten; a hostile file holds 100,000."""
_reader: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="photo")
"""Decodes one photo at a time: 16 million pixels take 190 MB while they are decoded.

All use the same thread, because the C library keeps some of that memory for each thread that has used it.
"""


_log = structlog.get_logger(__name__)


class PhotoRefused(ValueError):
    """The file is no photo that we take; the sentence says which would be."""


def store_photo(mentor: Mentor, data: bytes) -> None:
    """Puts the photo in place of the old one. Raises PhotoRefused."""
    webp = square_webp(data)
    try:
        mentor.photo.save(f"{mentor.pk}-{secrets.token_hex(8)}.webp", ContentFile(webp), save=False)
    except OSError as error:
        _log.error("photo_not_stored", error=str(error))
        raise PhotoRefused(
            gettext(
                "We cannot store photos right now. Try again later; you can save everything else without one."
            )
        ) from error
    _exchange(mentor)


def remove_photo(mentor: Mentor) -> None:
    """The generated portrait is shown again."""
    mentor.photo = ""
    _exchange(mentor)


def square_webp(data: bytes) -> bytes:
    """Returns the picture as a WebP of 512 by 512 pixels, upright, without metadata. Raises PhotoRefused.

    Uses the first frame of an animated picture.
    """
    if len(data) > MOST_BYTES:
        raise PhotoRefused(gettext("This photo is larger than 5 MB. Choose a smaller one."))
    work = _reader.submit(_read, data)
    try:
        return work.result(TIMEOUT_SECONDS)
    except TimeoutError:
        work.cancel()
        raise PhotoRefused(
            gettext("Many photos are being uploaded right now. Try again in a minute.")
        ) from None


def _read(data: bytes) -> bytes:
    try:
        with closing(_open(data)) as picture:
            _check(picture, data)
            small, turn = _reduced(picture), picture.getexif().get(ExifTags.Base.Orientation)
        return _written(_square(small, turn))
    except UnidentifiedImageError:
        raise PhotoRefused(
            gettext("This is no photo that we can read. Choose a JPEG, PNG or WebP file.")
        ) from None
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, PhotoRefused):
            raise
        raise PhotoRefused(
            gettext("This photo seems to be damaged. Save it again, or choose another one.")
        ) from error


class _FirstFrame(WebPImageFile):
    """Frees the decoder's canvases before Pillow copies the frame, which halves the peak memory."""

    def load_prepare(self) -> None:
        del self._decoder
        super().load_prepare()


def _open(data: bytes) -> Image.Image:
    """Reads only the header. Raises UnidentifiedImageError, SyntaxError or OSError."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _FirstFrame(BytesIO(data))
    return Image.open(BytesIO(data), formats=["JPEG", "PNG"])


def _check(picture: Image.Image, data: bytes) -> None:
    """Checks the picture before decoding: the header gives its size, and `draft` the size that will be decoded."""
    is_too_large = picture.width * picture.height > _MOST_PIXELS[str(picture.format)]
    picture.draft("RGB", (2 * SIDE_PIXELS, 2 * SIDE_PIXELS))
    if is_too_large or picture.width * picture.height > _MOST_DECODED:
        most = gettext("A JPEG may have up to 50 megapixels, a PNG or WebP up to 16 (4000 by 4000).")
        raise PhotoRefused(gettext("This picture has too many pixels. %(most)s") % {"most": most})
    if picture.format == "JPEG" and data.count(_SCAN) > _MOST_SCANS:
        raise PhotoRefused(
            gettext(
                "This photo is stored in too many scans. Save it again with another program, or choose another one."
            )
        )


def _reduced(picture: Image.Image) -> Image.Image:
    """Returns the middle of the picture, little larger than needed and at most twice as long as wide, on white if transparent.

    Works in bands, because each copy of the whole would take as much memory again.
    """
    side = min(picture.size)
    left, top = (max(0, (length - 2 * side) // 2) for length in picture.size)
    right, bottom = picture.width - left, picture.height - top
    factor = max(1, side // SIDE_PIXELS)
    small = Image.new("RGB", (-(-(right - left) // factor), -(-(bottom - top) // factor)))
    for row in range(top, bottom, _BAND_ROWS * factor):
        band = picture.crop((left, row, right, min(bottom, row + _BAND_ROWS * factor))).convert("RGBA")
        ground = Image.new("RGBA", band.size, "white")
        flat = Image.alpha_composite(ground, band).convert("RGB").reduce(factor)
        small.paste(flat, (0, (row - top) // factor))
    return small


def _square(picture: Image.Image, orientation: int | None) -> Image.Image:
    """Rotates the picture as its EXIF says, and crops it."""
    picture.getexif()[ExifTags.Base.Orientation] = orientation or 1
    ImageOps.exif_transpose(picture, in_place=True)
    return ImageOps.fit(picture, (SIDE_PIXELS, SIDE_PIXELS), centering=_FACES_STAND)


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
