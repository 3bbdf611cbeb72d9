"""mod_event_socket's protocol for asyncio: commands, and waiting for events."""
from __future__ import annotations

import asyncio
import json
from typing import Any, Callable

Event = dict[str, Any]
HOST = "127.0.0.1"
PATIENCE = 15.0  # seconds; only failures take this long


class EventSocket:
    """One connection. Replies come in the order of the commands. `events` keeps the events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._news = asyncio.Event()
        self._turn = asyncio.Lock()
        self.events: list[Event] = []
        self.closed = False
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, port: int, password: str) -> EventSocket:
        reader, writer = await asyncio.open_connection(HOST, port)
        await reader.readuntil(b"\n\n")  # auth/request
        connection = cls(reader, writer)
        answer = await connection.command(f"auth {password}")
        if not answer.startswith("+OK"):
            raise ConnectionError(answer)
        return connection

    async def command(self, line: str) -> str:
        async with self._turn:
            self._writer.write(f"{line}\n\n".encode())
            return await self._answers.get()

    async def wait(self, wanted: Callable[[Event], bool], what: str, after: int = 0,
                   patience: float = PATIENCE) -> Event:
        """The first event that is wanted, from number `after` on. Waits for it if necessary."""
        async def look() -> Event:
            at = after
            while True:
                while at < len(self.events):
                    if wanted(self.events[at]):
                        return self.events[at]
                    at += 1
                self._news.clear()
                await self._news.wait()
        try:
            return await asyncio.wait_for(look(), patience)
        except asyncio.TimeoutError:
            raise AssertionError(f"no event in {patience:g} s: {what}") from None

    async def close(self) -> None:
        self._task.cancel()
        self._writer.close()

    async def _read(self) -> None:
        try:
            while True:
                headers, body = await self._message()
                kind = headers.get("Content-Type")
                if kind == "text/event-json":
                    self.events.append(json.loads(body))
                    self._news.set()
                elif kind == "api/response":
                    self._answers.put_nowait(body.strip())
                elif kind == "command/reply":
                    self._answers.put_nowait(headers.get("Reply-Text", ""))
        except (asyncio.IncompleteReadError, ConnectionError):
            self.closed = True
            self._answers.put_nowait("-ERR the event socket was closed")

    async def _message(self) -> tuple[dict[str, str], str]:
        block = (await self._reader.readuntil(b"\n\n")).decode().strip("\n")
        headers = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        body = await self._reader.readexactly(int(headers.get("Content-Length", 0)))
        return headers, body.decode("utf-8", "replace")


class Commands:
    """Opens as many connections as commands run at the same time, because a command may take long."""

    def __init__(self, port: int, password: str) -> None:
        self._port, self._password = port, password
        self._idle: list[EventSocket] = []

    async def api(self, line: str) -> str:
        connection = self._idle.pop() if self._idle else await EventSocket.connect(self._port, self._password)
        answer = await connection.command(f"api {line}")
        if not connection.closed:
            self._idle.append(connection)
        return answer

    async def close(self) -> None:
        for connection in self._idle:
            await connection.close()
