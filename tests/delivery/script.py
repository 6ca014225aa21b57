"""An SMTP server that does what a script tells it, and keeps what was said, in order.

Unlike the sink it takes commands ahead (RFC 2920), hangs, and goes away in the middle.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HANG, DROP = "hang", "drop"
"""In place of an answer: none is ever given; the connection is closed."""


@dataclass
class Script:
    """`answers[verb]` are used up one by one, then everything is taken; the verb of content is “.”.

    `closes_after`: mails on one connection, then 421. `log` holds commands as they are read, "(content)" for content,
    and whatever the test itself adds.
    """

    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SIZE 1000000")
    answers: dict[str, list[str]] = field(default_factory=dict)
    closes_after: int | None = None
    port: int = 0
    connections: int = 0
    log: list[str] = field(default_factory=list)
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def serve(self, connection: socket.socket) -> None:
        self.connections += 1
        with connection, suppress(OSError, StopIteration):
            Conversation(self, connection).go()


class Conversation:
    def __init__(self, script: Script, connection: socket.socket) -> None:
        self.script, self.connection = script, connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = connection.makefile("rb")
        self.recipient, self.has_sender = "", False
        self.taken = 0

    def go(self) -> None:
        self.say("CONNECT", "220 script ESMTP")
        while line := self.lines.readline():
            command = line.decode().strip()
            self.script.log.append(command)
            verb = command[:4].upper()
            if verb == "QUIT":
                return self.send("221 bye")
            if verb == "MAIL" and self.taken == self.script.closes_after:
                return self.send("421 4.7.0 enough for one connection")
            self.obey(verb, command)
        return None

    def obey(self, verb: str, command: str) -> None:
        if verb == "EHLO":
            offered = [f"250-{each}\r\n" for each in ("script", *self.script.extensions)]
            return self.send("".join(offered) + "250 HELP")
        if verb == "MAIL":
            self.recipient = ""
            self.has_sender = False
        if verb == "DATA":
            if self.say("DATA", "354 go on" if self.recipient else "503 no recipient").startswith("354"):
                self.take_content()
            return None
        answer = self.say(verb, "503 no sender" if verb == "RCPT" and not self.has_sender else "250 OK")
        self.has_sender |= verb == "MAIL" and answer.startswith("250")
        if verb == "RCPT" and answer.startswith("250"):
            self.recipient = command[9:-1]
        return None

    def take_content(self) -> None:
        lines = []
        while (line := self.lines.readline()) != b".\r\n":
            if not line:
                raise StopIteration
            lines.append(line.removeprefix(b"."))
        self.script.log.append("(content)" if lines else "(nothing)")
        content = b"".join(lines)
        self.say(".", "250 taken" if self.recipient else "554 no recipient", content=content)

    def say(self, verb: str, usual: str, *, content: bytes = b"") -> str:
        waiting = self.script.answers.get(verb)
        answer = waiting.pop(0) if waiting else usual
        if verb == "." and answer.startswith("250"):
            self.script.mails.append((self.recipient, content))
            self.taken += 1
        if answer == HANG:
            self.script.stop.wait(10)
        if answer in (HANG, DROP):
            raise StopIteration
        self.send(answer)
        return answer

    def send(self, answer: str) -> None:
        self.connection.sendall(f"{answer}\r\n".encode())


@contextmanager
def following(script: Script) -> Iterator[Script]:
    """`script` on a port of this machine, one thread a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        script.port = listener.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=script.serve, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield script
        finally:
            script.stop.set()
            listener.shutdown(socket.SHUT_RDWR)
