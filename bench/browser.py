"""A browser of the least kind: one kept connection, cookies, the hidden fields of a form."""

import html
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import urlencode

INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.IGNORECASE | re.DOTALL)
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
FORM_TYPE = "application/x-www-form-urlencoded"


class Refused(Exception):
    """The portal answered with another status than the load counts on."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Browser:
    """Talks to `host` (name:port) over one connection; a cookie jar that can be emptied."""

    host: str
    cookies: dict[str, str] = field(default_factory=dict)
    connection: socket.socket | None = None
    received: bytes = b""

    def get(self, path: str, *, expect: int = 200, **headers: str) -> Answer:
        return self._ask("GET", path, headers, b"", expect)

    def post(self, path: str, fields: dict[str, str], *, expect: int = 303) -> Answer:
        headers = {"Content-Type": FORM_TYPE, "Origin": f"http://{self.host}"}
        return self._ask("POST", path, headers, urlencode(fields).encode(), expect)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection, self.received = None, b""

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes, expect: int) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", "Accept: text/html"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        if self.connection is None:
            name, _, port = self.host.rpartition(":")
            self.connection = socket.create_connection((name, int(port)), timeout=60)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        answer = self._read()
        if answer.status != expect:
            raise Refused(f"{method} {path}: {answer.status}, not {expect}")
        return answer

    def _read(self) -> Answer:
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
            if name.lower() == "set-cookie":
                cookie, _, rest = value.strip().partition("=")
                self.cookies[cookie] = rest.partition(";")[0]
        status = int(head[0].split()[1])
        length = 0 if status == 304 else int(headers.get("content-length", 0))
        return Answer(status, headers, self._exactly(length))

    def _until(self, end: bytes) -> bytes:
        while end not in self.received:
            self._more()
        found, _, self.received = self.received.partition(end)
        return found

    def _exactly(self, length: int) -> bytes:
        while len(self.received) < length:
            self._more()
        found, self.received = self.received[:length], self.received[length:]
        return found

    def _more(self) -> None:
        assert self.connection is not None
        data = self.connection.recv(1 << 16)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.received += data


def hidden_fields(page: str, *, beside: str) -> dict[str, str]:
    """Hidden fields of the form that also has a field named `beside`."""
    form = next((each for each in FORM.findall(page) if f'name="{beside}"' in each), "")
    inputs = [dict(ATTRIBUTE.findall(tag)) for tag in INPUT.findall(form)]
    hidden = [each for each in inputs if each.get("type") == "hidden" and "name" in each]
    return {each["name"]: html.unescape(each.get("value", "")) for each in hidden}
