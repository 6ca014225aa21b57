"""Files as people and attackers send them, made small and quickly."""

import gzip
import io
import struct
import zipfile
import zlib

from PIL import Image
from PIL.PngImagePlugin import PngInfo

CANARY = "canary-5510"


def png(width=4, height=4, *, pixels=True):
    """A picture; without `pixels` only its header says how large it is."""
    rows = (b"\0" + b"\xc8\x0a\x0a" * width) * height if pixels else b"\0"
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def telling_picture(kind):
    """A picture of that format with the canary in every place for it, and an archive behind its end."""
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = exif[0x0110] = CANARY
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 0x1D: CANARY})
    mark, picture, file = CANARY.encode(), Image.new("RGB", (30, 20), (200, 10, 10)), io.BytesIO()
    options = {
        "PNG": {"pnginfo": _png_texts(), "exif": exif, "icc_profile": mark},
        "JPEG": {"exif": exif, "comment": mark, "icc_profile": mark * 20},
        "WEBP": {"exif": exif, "xmp": mark, "icc_profile": mark},
        "GIF": {"comment": mark},
    }
    picture.save(file, kind, **options[kind])
    return file.getvalue() + zipped({"META-INF/MANIFEST.MF": mark})


def _png_texts():
    texts = PngInfo()
    texts.add_text("Author", CANARY)
    texts.add_itxt("XML:com.adobe.xmp", f"<x>{CANARY}</x>")
    return texts


def moving(kind, frames=4):
    pictures = [Image.new("RGB", (20, 20), (each * 60 % 256, each % 256, 0)) for each in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, kind, save_all=True, append_images=pictures[1:], duration=50)
    return file.getvalue()


def zipped(files, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def overlapping(times=400):
    """One large entry that stands in the list of files many times."""
    plain = zipped({"a.log": b"\n" * 1_000_000})
    start = plain.rindex(b"PK\x01\x02")
    end = plain.rindex(b"PK\x05\x06")
    entry, tail = plain[start:end], plain[end:]
    sizes = struct.pack("<HHL", times, times, len(entry) * times)
    return plain[:start] + entry * times + tail[:8] + sizes + tail[16:]


def gzipped_nothing(megabytes):
    """Many zeros, packed without ever holding them."""
    packer, packed = zlib.compressobj(9, zlib.DEFLATED, 31), b""
    for _ in range(megabytes):
        packed += packer.compress(b"\n" * 1_000_000)
    return packed + packer.flush()


REFUSED = {
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a page after a comment": b"<!-- x --> \n<HTML><body onload=alert(1)>",
    "a page in UTF-16": "<html><script>alert(1)</script>".encode("utf-16"),
    "a picture with scripts": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "one with a prefix": b'\xef\xbb\xbf <x:svg xmlns:x="http://www.w3.org/2000/svg"><x:script>1</x:script></x:svg>',
    "a page of XML": b'<?xml version="1.0"?><r xmlns:h="http://www.w3.org/1999/xhtml"><h:script>1</h:script></r>',
    "a picture behind many comments": b"<?xml?>"
    + b"<!---->" * 1_000
    + b'<x:y xmlns:x="http://www.w3.org/2000/svg"/>',
    "a program": b"MZ\x90\0\x03\0\0\0",
    "a program of Unix": b"\x7fELF\x02\x01\x01\0\0",
    "nothing": b"",
    "zeros": b"\0" * 100,
    "controls": b"\x01\x02\x03\x04 text",
    "half a picture": png()[:40],
    "a picture's first bytes": b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    "a picture of 50,000 by 50,000": png(50_000, 50_000, pixels=False),
    "a picture of 6,000 by 5,000": png(6_000, 5_000, pixels=False),
    "a thin picture": png(30_000, 1, pixels=False),
    "too many moving pictures": moving("GIF", 301),
    "an office document": zipped({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}),
    "a program of Java": zipped({"META-INF/MANIFEST.MF": "x"}),
    "an archive in an archive": zipped({"inner.zip": zipped({"a.log": "x"})}),
    "a page in an archive": zipped({"a.log": "<html><script>alert(1)</script>"}),
    "a program in an archive": zipped({"a.log": b"MZ\0\0"}),
    "many files": zipped({f"{each}.log": "x" for each in range(501)}),
    "a bomb of files": zipped({f"{each}.log": b"\n" * 3_000_000 for each in range(5)}),
    "one file many times": overlapping(),
    "a locked archive": zipped({"a.log": "x"}).replace(b"\x14\0\0\0\x08\0", b"\x14\0\x01\0\x08\0"),
    "a cut archive": zipped({"a.log": "x" * 1_000})[:-30],
    "an archive with a false list": zipped({"a.log": "x"})[:-12] + b"\xff" * 8 + b"\0\0\0\0",
    "a gzip bomb": gzipped_nothing(16),
    "a cut gzip": gzip.compress(b"x" * 100)[:-9],
    "a gzip in a gzip": gzip.compress(gzip.compress(b"x" * 100)),
    "a gzip of a program": gzip.compress(b"MZ\0\0" * 100),
}
TAKEN = {
    "build.log": (b"\x1b[31merror\x1b[0m: no\b\x07 compiler\r\n", "text/plain", b"error: no compiler\r\n"),
    "old.txt": ("Größe".encode("latin-1"), "text/plain", "Größe".encode()),
    "wide.txt": ("Größe".encode("utf-16"), "text/plain", "Größe".encode()),
    "results.xml": (b'<?xml version="1.0"?><testsuite/>', "text/plain", b'<?xml version="1.0"?><testsuite/>'),
    "paper.pdf": (b"%PDF-1.7\n/OpenAction << /S /JavaScript >>", "application/pdf", None),
    "logs.zip": (zipped({"a/b.log": "x" * 100, "c.png": png(), "d/": ""}), "application/zip", None),
    "run.log.gz": (gzip.compress(b"line\n" * 100), "application/gzip", None),
    "screen.png": (png(), "image/png", None),
}
