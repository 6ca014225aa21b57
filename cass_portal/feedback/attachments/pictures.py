"""Pictures are drawn anew: what is stored holds their pixels and nothing else, whatever came with or after them."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import IO, Any

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from cass_portal.feedback.attachments.kinds import GIF, JPEG, PNG, WEBP, Kind
from cass_portal.feedback.attachments.refusals import FileRefused
from cass_portal.languages import marked

PIXELS = 25_000_000
SIDE = 20_000
MOVING_PIXELS = 30_000_000
"""Of all pictures of a moving one together."""
FRAMES = 300
ONE_AT_A_TIME = Lock()
"""A large picture takes 100 MB while it is drawn."""
BROKEN = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, MemoryError,
    OverflowError, AttributeError, RuntimeError, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
"""What pillow raises on what is no picture, or on one with hostile numbers in it."""
MODES = {
    PNG: ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"),
    JPEG: ("L", "RGB"),
    GIF: ("L", "P", "RGB", "RGBA"),
    WEBP: ("RGB", "RGBA"),
}
TOO_LARGE = marked("This picture has too many pixels.")
TOO_LONG = marked("This moving picture is too long or too large.")
UNREADABLE = marked("This picture cannot be read.")
SAVED_AS: dict[Kind, dict[str, Any]] = {
    PNG: {"optimize": False},
    JPEG: {"quality": 90, "comment": b""},
    GIF: {"comment": b""},
    WEBP: {"quality": 90, "method": 2, "xmp": b""},
}

logging.getLogger("PIL").setLevel(logging.WARNING)  # below that it tells of what pictures say of their makers
# pillow's own check of the header, far below its usual bound; its warning counts as its error.
Image.MAX_IMAGE_PIXELS = PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def drawn_anew(file: IO[bytes], kind: Kind, into: IO[bytes]) -> None:
    """Write the pixels of `file` into `into`. The header is read before a pixel is. Raises FileRefused."""
    file.seek(0)
    with ONE_AT_A_TIME, _refusing(), Image.open(file, formats=[kind.name]) as picture:
        _check_size(*picture.size)
        if kind in (GIF, WEBP) and _frames(picture) > 1:
            _save_moving(picture, kind, into)
        else:
            _save(picture, kind, into)


def _check_size(width: int, height: int) -> None:
    if width * height > PIXELS or max(width, height) > SIDE:
        raise FileRefused(TOO_LARGE)


def _frames(picture: Image.Image) -> int:
    """How many pictures follow each other, counted no further than may be. Raises FileRefused."""
    most = max(1, min(FRAMES, MOVING_PIXELS // (picture.size[0] * picture.size[1])))
    number = sum(1 for _ in islice(_positions(picture), most + 1))
    if number > most:
        raise FileRefused(TOO_LONG)
    picture.seek(0)
    return number


def _positions(picture: Image.Image) -> Iterator[int]:
    position = 0
    while True:
        try:
            picture.seek(position)
        except EOFError:
            return
        yield position
        position += 1


def _save(picture: Image.Image, kind: Kind, into: IO[bytes]) -> None:
    upright = picture
    ImageOps.exif_transpose(upright, in_place=True)
    upright.load()
    transparency = upright.info.get("transparency") if upright.mode == "P" else None
    if upright.mode not in MODES[kind]:
        upright = upright.convert("RGBA" if "A" in upright.mode and kind is not JPEG else "RGB")
    upright.info.clear()
    if transparency is not None:
        upright.info["transparency"] = transparency
    upright.save(into, kind.name, **SAVED_AS[kind])


def _save_moving(picture: Image.Image, kind: Kind, into: IO[bytes]) -> None:
    durations, pictures = [], []
    for each in ImageSequence.Iterator(picture):
        durations.append(min(max(int(each.info.get("duration", 100) or 100), 20), 60_000))
        frame = each.convert("RGBA").quantize(255) if kind is GIF else each.convert("RGBA")
        frame.info.clear()
        pictures.append(frame)
    first, *others = pictures
    first.save(
        into,
        kind.name,
        save_all=True,
        append_images=others,
        duration=durations,
        loop=0,
        **SAVED_AS[kind],
    )


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except FileRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise FileRefused(TOO_LARGE) from None
    except BROKEN:
        raise FileRefused(UNREADABLE) from None
