from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from mentormap.mentors import photos
from mentormap.mentors.models import Mentor
from mentormap.mentors.photos import MOST_BYTES, PhotoRefused, remove_photo, square_webp, store_photo
from tests import make


def picture(
    size: tuple[int, int] = (800, 600), file_format: str = "JPEG", mode: str = "RGB", **saved: Any
) -> bytes:
    file = BytesIO()
    Image.new(mode, size, "red").save(file, file_format, **saved)
    return file.getvalue()


def read(webp: bytes) -> Image.Image:
    return Image.open(BytesIO(webp))


@pytest.mark.parametrize(
    ("file_format", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("WEBP", "RGB"),
    ],
)
def test_a_photo_becomes_a_square_webp(file_format: str, mode: str) -> None:
    written = read(square_webp(picture(file_format=file_format, mode=mode)))
    assert (written.format, written.size, written.mode) == ("WEBP", (512, 512), "RGB")


def test_a_small_photo_is_enlarged() -> None:
    assert read(square_webp(picture((40, 60)))).size == (512, 512)


def test_nothing_but_the_picture_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    written = read(square_webp(picture(exif=exif, comment=b"secret")))
    assert dict(written.getexif()) == {}
    assert set(written.info) <= {"loop", "background", "timestamp", "duration"}


def test_a_photo_is_turned_upright() -> None:
    image = Image.new("RGB", (600, 600), "red")
    image.paste("blue", (0, 0, 600, 300))
    exif = Image.Exif()
    exif[0x0112] = 3
    file = BytesIO()
    image.save(file, "JPEG", exif=exif)
    red, _, blue = read(square_webp(file.getvalue())).getpixel((256, 20))  # type: ignore[misc]
    assert red > 200 > blue


def test_what_is_transparent_stands_on_white() -> None:
    file = BytesIO()
    Image.new("RGBA", (600, 600), (255, 0, 0, 0)).save(file, "PNG")
    assert read(square_webp(file.getvalue())).getpixel((256, 256)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"not a picture", picture(file_format="GIF")],
)
def test_what_is_no_photo_is_refused_by_its_content(data: bytes) -> None:
    with pytest.raises(PhotoRefused, match="Choose a JPEG, PNG or WebP file"):
        square_webp(data)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_half_a_photo_is_refused(file_format: str) -> None:
    noise = Image.effect_noise((400, 400), 80).convert("RGB")
    file = BytesIO()
    noise.save(file, file_format)
    with pytest.raises(PhotoRefused, match="damaged"):
        square_webp(file.getvalue()[: len(file.getvalue()) // 2])


def test_too_large_a_file_is_refused() -> None:
    with pytest.raises(PhotoRefused, match="larger than 5 MB"):
        square_webp(picture() + bytes(MOST_BYTES))


def test_a_small_file_of_very_many_pixels_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = picture((6000, 4000), "PNG", "1")
    monkeypatch.setattr(photos, "_square", lambda _picture: pytest.fail("It was decoded."))
    with pytest.raises(PhotoRefused, match="too many pixels"):
        square_webp(bomb)


@pytest.mark.django_db
def test_a_new_photo_takes_the_place_of_the_old_one(django_capture_on_commit_callbacks: Any) -> None:
    maya = make.mentor()
    with django_capture_on_commit_callbacks(execute=True):
        store_photo(maya, picture())
    first = str(maya.photo.name)
    with django_capture_on_commit_callbacks(execute=True):
        store_photo(maya, picture(file_format="PNG"))
    second, storage = str(maya.photo.name), maya.photo.storage
    assert Mentor.objects.get().photo.name == maya.photo.name
    assert (storage.exists(first), storage.exists(second)) == (False, True)
    with django_capture_on_commit_callbacks(execute=True):
        remove_photo(maya)
    assert (Mentor.objects.get().photo.name, storage.exists(second)) == ("", False)


@pytest.mark.django_db
def test_a_refused_photo_leaves_the_old_one() -> None:
    maya = make.mentor()
    store_photo(maya, picture())
    with pytest.raises(PhotoRefused):
        store_photo(maya, b"no")
    assert Mentor.objects.get().photo.name == maya.photo.name
