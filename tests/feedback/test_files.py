"""What is taken of files, and in which form. No database."""

import io
import tracemalloc

import pytest
from PIL import Image

from cass_portal.feedback.attachments.checking import LARGEST, check, put_all
from cass_portal.feedback.attachments.kinds import KINDS, TEXT
from cass_portal.feedback.attachments.names import clean_name, disposition
from cass_portal.feedback.attachments.refusals import FileRefused
from tests import hostile
from tests.feedback import files
from tests.hanging import no_hanging


def kept_of(octets, name="x", **options):
    """(what was checked, its bytes)."""
    checked = check(io.BytesIO(octets), name, **options)
    with checked.file:
        checked.file.seek(0)
        return checked, checked.file.read()


@pytest.mark.parametrize("what", files.REFUSED)
def test_it_refuses(what):
    with pytest.raises(FileRefused), no_hanging():
        check(io.BytesIO(files.REFUSED[what]), "harmless.png")


@pytest.mark.parametrize("name", files.TAKEN)
def test_it_takes(name):
    octets, media_type, stored = files.TAKEN[name]

    checked, kept = kept_of(octets, name)

    assert (checked.kind.media_type, checked.size) == (media_type, len(kept))
    assert checked.name == (f"{name}.txt" if name.endswith(".xml") else name)
    if stored is not None:
        assert kept == stored
    elif checked.kind.name != "PNG":
        assert kept == octets


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_keeps_its_pixels_and_nothing_that_came_with_them(kind):
    sent = files.telling_picture(kind)
    assert files.CANARY.encode() in sent
    assert b"META-INF" in sent

    _, kept = kept_of(sent)

    assert files.CANARY.encode() not in kept
    assert b"META-INF" not in kept
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.format == kind
        assert picture.size == ((30, 20) if kind == "GIF" else (20, 30))  # turned as its camera said
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "version", "background",
                                     "loop", "duration"}  # fmt: skip
        red, green, blue = picture.convert("RGB").getpixel((5, 5))
        assert abs(red - 200) + abs(green - 10) + abs(blue - 10) < 12


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_a_moving_picture_goes_on_moving(kind):
    _, kept = kept_of(files.moving(kind))

    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.n_frames == 4


def test_a_file_ends_at_ten_megabytes():
    assert kept_of(b"x" * LARGEST)[0].size == LARGEST
    with pytest.raises(FileRefused, match="10 MB"):
        check(io.BytesIO(b"x" * (LARGEST + 1)), "x.log")


def test_without_a_trace_only_what_tells_nothing_is_taken_and_no_name_is_kept():
    for octets in (files.png(), b"a log\n"):
        assert kept_of(octets, "name-of-ada.log", without_trace=True)[0].name is None
    for octets in (b"%PDF-1.7", files.zipped({"a.log": "x"}), files.TAKEN["run.log.gz"][0]):
        with pytest.raises(FileRefused, match="trace"):
            check(io.BytesIO(octets), "x", without_trace=True)


def test_a_bomb_takes_no_memory():
    tracemalloc.start()
    try:
        for what in (
            "a picture of 50,000 by 50,000",
            "a gzip bomb",
            "one file many times",
            "a bomb of files",
        ):
            with pytest.raises(FileRefused):
                check(io.BytesIO(files.REFUSED[what]), "x")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_names_are_harmless_whatever_they_hold():
    for text in hostile.NAUGHTY:
        for kind in KINDS:
            name = clean_name(text, kind)
            assert 0 < len(name) <= 105
            assert name.isprintable()
            assert not set(name) & set('<>:"|?*%`$;&\\/')
            assert not name.startswith((".", " "))
            assert name.rpartition(".")[2].lower() in kind.endings
            assert disposition(name).isascii()
            assert not set(disposition(name)) & set("\r\n")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("run.log", "run.log"),
        ("RUN.LOG", "RUN.LOG"),
        ("C:\\Users\\ada\\run.log", "run.log"),
        ("../../etc/passwd", "passwd.txt"),
        ("page.html", "page.html.txt"),
        ("run.bat", "run.bat.txt"),
        ("photo\u202egnp.exe", "photognp.exe.txt"),
        ("con.txt", "_con.txt"),
        (".profile", "profile.txt"),
        ("...", "file.txt"),
        ("x" * 300 + ".log", "x" * 100 + ".txt"),
    ],
)
def test_a_name_keeps_what_is_good_of_it(sent, kept):
    assert clean_name(sent, TEXT) == kept


def test_what_was_put_before_one_that_fails_is_taken_back():
    class Failing:
        def __init__(self):
            self.there = set()

        def put(self, key, _file):
            if self.there:
                raise OSError("the disk is full")
            self.there.add(key)

        def delete(self, key):
            self.there.discard(key)

    store = Failing()
    checked = [check(io.BytesIO(b"one"), "x"), check(io.BytesIO(b"two"), "x")]

    with pytest.raises(OSError, match="full"):
        put_all(store, checked, scans=False)

    assert store.there == set()
    assert all(each.file.closed for each in checked)
