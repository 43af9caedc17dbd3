import errno
import os
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import pytest
from PIL import Image

from mentormap.mentors import photos
from mentormap.mentors.models import Mentor
from mentormap.mentors.photos import MOST_BYTES, PhotoRefused, remove_photo, square_webp, store_photo
from tests import make
from tests.racing import all_at_once


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
    monkeypatch.setattr(photos, "_reduced", lambda _picture: pytest.fail("It was decoded."))
    with pytest.raises(PhotoRefused, match="too many pixels"):
        square_webp(bomb)


@pytest.mark.parametrize(
    ("file_format", "size"),
    [("PNG", (4001, 4000)), ("WEBP", (4001, 4000)), ("JPEG", (7150, 7150)), ("JPEG", (60000, 300))],
)
def test_what_would_fill_the_memory_is_refused_by_its_header(
    monkeypatch: pytest.MonkeyPatch, file_format: str, size: tuple[int, int]
) -> None:
    """A JPEG as long as that cannot be decoded at a fraction of its size."""
    large = picture(size, file_format)
    monkeypatch.setattr(photos, "_reduced", lambda _picture: pytest.fail("It was decoded."))
    with pytest.raises(PhotoRefused, match="too many pixels"):
        square_webp(large)


@pytest.mark.parametrize(("file_format", "side"), [("WEBP", 4000), ("PNG", 4000), ("JPEG", 7000)])
def test_as_many_pixels_as_allowed_are_read_in_a_bounded_memory(
    file_format: str, side: int, tmp_path: Path
) -> None:
    """In a process of its own, as the most that a process has taken is never forgotten."""
    file = tmp_path / "large"
    file.write_bytes(picture((side, side), file_format))
    program = (
        "import resource, sys, django; from pathlib import Path; django.setup()\n"
        "from mentormap.mentors.photos import square_webp\n"
        "used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "before = used(); square_webp(Path(sys.argv[1]).read_bytes()); print(used() - before)"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) < 220


def test_a_long_picture_is_cut_to_its_middle() -> None:
    image = Image.new("RGB", (4000, 1000), "red")
    image.paste("blue", (1900, 0, 2100, 1000))
    file = BytesIO()
    image.save(file, "PNG")
    left, middle = (read(square_webp(file.getvalue())).getpixel((x, 256)) for x in (8, 256))
    assert [pixel[2] > 200 for pixel in (left, middle)] == [False, True]  # type: ignore[index]


@pytest.mark.parametrize(
    ("file_format", "more"), [("WEBP", {}), ("PNG", {}), ("PNG", {"default_image": True})]
)
def test_of_a_moving_picture_the_first_frame_is_taken(file_format: str, more: dict[str, Any]) -> None:
    frames = [Image.new("RGB", (600, 600), colour) for colour in ("blue", "red", "red")]
    file = BytesIO()
    frames[0].save(file, file_format, save_all=True, append_images=frames[1:], **more)
    written = read(square_webp(file.getvalue()))
    assert (written.getpixel((256, 256))[2] > 200, getattr(written, "n_frames", 1)) == (True, 1)  # type: ignore[index]


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    """Each scan of a few bytes paints the whole picture, so that a small file takes hours."""
    first, last = picture(progressive=True), b"\xff\xd9"
    scan = first[first.rindex(b"\xff\xda") : -2]
    assert len(square_webp(first[:-2] + scan * 10 + last)) > 0
    with pytest.raises(PhotoRefused, match="too many scans"):
        square_webp(first[:-2] + scan * 300 + last)


def test_one_photo_is_read_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    under_way: list[object] = []

    def reduced(picture: Image.Image) -> Image.Image:
        under_way.append(picture)
        seen.append(len(under_way))
        time.sleep(0.02)
        under_way.pop()
        return Image.new("RGB", (600, 600))

    monkeypatch.setattr(photos, "_reduced", reduced)
    all_at_once([lambda: square_webp(picture())] * 5)
    assert seen == [1] * 5


def test_a_photo_does_not_wait_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "TIMEOUT_SECONDS", 0.01)
    monkeypatch.setattr(photos, "_reduced", lambda _picture: time.sleep(0.1))
    with pytest.raises(PhotoRefused, match="Try again"):
        square_webp(picture())


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


@pytest.mark.django_db
def test_a_photo_that_finds_no_room_is_refused_and_the_old_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    maya = make.mentor()
    store_photo(maya, picture())
    before = Mentor.objects.get(pk=maya.pk).photo.name

    def no_room(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(maya.photo.storage, "save", no_room)
    with pytest.raises(PhotoRefused, match="right now"):
        store_photo(maya, picture())
    assert Mentor.objects.get(pk=maya.pk).photo.name == before
