"""The log: one line or one JSON object for each record, without the secrets that addresses carry.

Nothing that came from outside can begin a line of its own: control characters are written as escapes.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime

LEVEL = logging.INFO
SECRET_PLACES = (
    "f/confirm", "f", "preview", "subscriptions/confirm", "subscriptions", "vote", "invitation",
    "sign-in/new-password",
)  # fmt: skip
"""What follows in an address of this kind opens it for anybody."""
SECRET_PATHS = re.compile(rf"(/(?:{'|'.join(SECRET_PLACES)})/)[^\s/?#\"'<>]+")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def install(log_format: str) -> None:
    """Write all records to stderr as `log_format`, “text” or “json”, says. May be called again."""
    handler = PortalHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [each for each in root.handlers if not isinstance(each, PortalHandler)]
    root.addHandler(handler)
    logging.getLogger("cass_portal").setLevel(LEVEL)


def masked(text: str) -> str:
    """`text` with the secret part of private addresses left out."""
    return SECRET_PATHS.sub(r"\1…", text)


def on_one_line(text: str) -> str:
    """`text` with its control characters as escapes."""
    return CONTROLS.sub(lambda match: match.group().encode("unicode_escape", "surrogatepass").decode(), text)


class PortalHandler(logging.StreamHandler):
    """Ours, so that a second application in the same process replaces it instead of writing everything twice."""


class TextLines(logging.Formatter):
    """For people: a line, and below it, indented, the lines of a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = (
            f"{_instant(record)} {record.levelname} {record.name}: {on_one_line(masked(record.getMessage()))}"
        )
        below = "".join(
            f"\n    {on_one_line(each)}" for each in masked(_error(self, record)).split("\n") if each
        )
        return line + below


class JsonLines(logging.Formatter):
    """For machines: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        found = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        error = masked(_error(self, record))
        return json.dumps(found | ({"error": error} if error else {}))


def _instant(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _error(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info else record.exc_text or ""
