"""A client for FreeSWITCH's mod_event_socket: API commands and events."""
from __future__ import annotations

import json
import socket
from collections import deque
from typing import Any, Iterator

Event = dict[str, Any]


class SwitchError(Exception):
    """FreeSWITCH refused a command; the text is its reason."""


class EventSocket:
    """One connection: commands one after the other, and the events that came meanwhile."""

    def __init__(self, host: str, port: int, password: str) -> None:
        self._socket = socket.create_connection((host, port))
        self._incoming = self._socket.makefile("rb")
        self._events: deque[Event] = deque()
        self._read_message()  # auth/request
        self.command(f"auth {password}")

    def command(self, line: str) -> str:
        return self._answer(line, "command/reply")

    def api(self, line: str) -> str:
        """Runs an API command, as fs_cli would, and returns what it prints."""
        return self._answer(f"api {line}", "api/response")

    def subscribe(self, *names: str) -> None:
        """Names of events, and after "CUSTOM" names of its subclasses."""
        self.command(f"event json {' '.join(names)}")

    def events(self) -> Iterator[Event]:
        """Every event subscribed to, as it comes, until the connection ends."""
        while True:
            while self._events:
                yield self._events.popleft()
            try:
                self._read_message()
            except EOFError:
                return

    def close(self) -> None:
        self._incoming.close()
        self._socket.close()

    def __enter__(self) -> EventSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, line: str, expected_type: str) -> str:
        if "\n" in line:
            raise ValueError("a command is one line")
        self._socket.sendall(f"{line}\n\n".encode())
        while True:
            headers, body = self._read_message()
            if headers["Content-Type"] == expected_type:
                answer = body.strip() if body else headers.get("Reply-Text", "")
                if answer.startswith(("-ERR", "-USAGE")):
                    raise SwitchError(answer)
                return answer

    def _read_message(self) -> tuple[dict[str, str], str]:
        headers: dict[str, str] = {}
        while (line := self._read_line()) or not headers:
            if line:
                name, _, value = line.partition(": ")
                headers[name] = value
        body = self._incoming.read(int(headers.get("Content-Length", 0))).decode()
        if headers["Content-Type"] == "text/event-json":
            self._events.append(json.loads(body))
        return headers, body

    def _read_line(self) -> str:
        line = self._incoming.readline()
        if not line:
            raise EOFError("FreeSWITCH closed the connection")
        return line.decode().rstrip("\n")
