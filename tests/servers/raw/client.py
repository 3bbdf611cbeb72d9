"""A client as the server sees it, and what a scenario can do to it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ssl
from typing import Any, AsyncIterator, Callable, Dict, Iterator, Optional, TypeVar

from control import describe_tls, emit, encode

from . import frames, request
from .messages import Messages
from .wire import Wire

REQUEST_LIMIT = 1 << 16
READ_AHEAD = 1 << 16
TURN_SECONDS = 0.01  # between two polls
LEAVING_SECONDS = 5.0  # how long a client may take to end TCP after the server ended its direction

Parameter = TypeVar("Parameter", int, float, str)


class Drop(Exception):
    """Raised by a scenario to reset the connection."""


@dataclasses.dataclass
class Ending:
    """How the connection ended, for the "close" event."""

    received_code: Optional[int] = None
    received_reason: str = ""
    sent_code: Optional[int] = None
    sent_reason: str = ""
    server_first: bool = False
    tcp: str = "local"  # who ended TCP: the client ("eof" or "reset") or the server ("local")

    def closed_by(self) -> str:
        if self.received_code is None and self.sent_code is None:
            return "none"
        return "server" if self.server_first else "client"

    def describe(self) -> Dict[str, Any]:
        by = self.closed_by()
        code, reason = {"server": (self.sent_code, self.sent_reason),
                        "client": (self.received_code, self.received_reason)}.get(by, (1006, ""))
        return {"code": code, "reason": reason, "by": by, "tcp": self.tcp,
                "received_code": self.received_code, "sent_code": self.sent_code}


class Client:
    """All waits end when the client leaves, so no scenario outlives its connection."""

    def __init__(self, number: int, wire: Wire) -> None:
        self.number = number
        self.wire = wire
        self.request = request.NO_REQUEST
        self.parameters: Dict[str, str] = {}
        self.ending = Ending()
        self.messages = Messages(self.emit)
        self.arrival = asyncio.Event()  # set when a frame arrives
        self.may_read = asyncio.Event()
        self.may_read.set()
        self._gone = False
        self._received = bytearray()
        self._sending = asyncio.Lock()

    def emit(self, event: str, **fields: Any) -> None:
        emit(event, conn=self.number, **fields)

    def parameter(self, name: str, default: Parameter) -> Parameter:
        """A parameter of the scenario, with the type of its default."""
        value = self.parameters.get(name)
        return default if value is None else type(default)(value)

    # The opening handshake

    async def read_request(self) -> None:
        """Raises EOFError or ConnectionError if the client leaves before its request is complete."""
        while b"\r\n\r\n" not in self._received:
            data = await self.wire.receive()
            if not data or len(self._received) > REQUEST_LIMIT:
                raise EOFError
            self._received += data
        raw, end, rest = bytes(self._received).partition(b"\r\n\r\n")
        self._received = bytearray(rest)
        self.request = request.Request.parse(raw + end)

    def report_request(self, scenario_name: str) -> None:
        self.emit("open", scenario=scenario_name, path=self.request.target, raw=encode(self.request.raw),
                  headers=[list(field) for field in self.request.headers],
                  tls=describe_tls(self.wire.tls))

    def upgrade(self, **changes: Optional[str]) -> bytes:
        return request.upgrade(self.request, **changes)

    async def accept(self, **changes: Optional[str]) -> None:
        await self.send(self.upgrade(**changes))

    async def accept_deflate(self) -> bool:
        """Accepts with permessage-deflate. A client that does not offer it gets a 400, and False is returned."""
        if self.request.offers_deflate():
            await self.accept(Sec_WebSocket_Extensions="permessage-deflate")
            return True
        self.emit("error", message="the client does not offer permessage-deflate")
        await self.refuse("400 Bad Request")
        return False

    async def refuse(self, status: str, **headers: str) -> None:
        await self.send(request.refusal(status, **headers))
        await self.leave()

    # Sending

    async def send(self, data: bytes, pace: float = 0.0) -> None:
        """Sends data without another frame in between. A pace (in seconds) sends byte by byte."""
        async with self._sending:
            if not pace:
                await self.wire.send(data)
                return
            for position in range(len(data)):
                await self.wire.send(data[position:position + 1])
                await asyncio.sleep(pace)

    async def send_text(self, content: str) -> None:
        await self.send(frames.text(content))

    async def send_close(self, code: int, reason: bytes = b"") -> None:
        await self.send_close_frame(frames.close(code, reason), code, reason.decode("utf-8", "replace"))

    async def send_close_frame(self, frame: bytes, code: int, reason: str = "") -> None:
        """Sends a malformed close frame. `code` is the code to report."""
        if self.ending.sent_code is None:
            self.ending.server_first = self.ending.received_code is None
            self.ending.sent_code, self.ending.sent_reason = code, reason
        await self.send(frame)

    # Receiving

    @contextlib.asynccontextmanager
    async def conversation(self, *, answer_pings: bool = True, answer_close: bool = True,
                           bytes_per_second: int = 0) -> AsyncIterator[None]:
        """Reads, reports and answers while the body runs, and then until the client leaves."""
        reading = asyncio.create_task(self._read(answer_pings, answer_close, bytes_per_second))
        try:
            with contextlib.suppress(ConnectionError):
                yield
            await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def converse(self, **how: Any) -> None:
        async with self.conversation(**how):
            pass

    async def until(self, condition: Callable[[], bool]) -> None:
        """Within a conversation: waits for a condition that a frame causes."""
        while not condition() and not self._gone:
            self.arrival.clear()
            await self.arrival.wait()

    async def _read(self, answer_pings: bool, answer_close: bool, bytes_per_second: int) -> None:
        with self._until_gone():
            while True:
                frame = await frames.read_frame(lambda count: self._read_exactly(count, bytes_per_second))
                self._take(frame)
                if frame.opcode == frames.PING and answer_pings:
                    await self.send(frames.frame(frames.PONG, frame.payload))
                if frame.opcode == frames.CLOSE and answer_close:
                    await self._answer_close(frame.payload)
                    return

    def _take(self, frame: frames.Frame) -> None:
        if frame.opcode == frames.CLOSE:
            code, reason = frames.close_payload(frame.payload)
            self.ending.received_code, self.ending.received_reason = code, reason
        self.messages.take(frame)
        self.arrival.set()

    async def _read_exactly(self, count: int, bytes_per_second: int) -> bytes:
        while len(self._received) < count:
            data = await self._receive_some(count - len(self._received), bytes_per_second)
            await self.may_read.wait()  # data that arrives just after the pause stays unread too
            if not data:
                raise EOFError
            self._received += data
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    async def _receive_some(self, needed: int, bytes_per_second: int) -> bytes:
        if not bytes_per_second:
            return await self.wire.receive(max(READ_AHEAD, needed))
        await asyncio.sleep(TURN_SECONDS)
        return await self.wire.receive(max(1, int(bytes_per_second * TURN_SECONDS)))

    async def _answer_close(self, payload: bytes) -> None:
        if self.ending.sent_code is None:
            await self.send_close_frame(frames.frame(frames.CLOSE, payload), *frames.close_payload(payload))
        await self.leave()

    # Endings

    async def leave(self) -> None:
        """Ends the server's direction and waits for the client's end, so that no reset discards sent data."""
        async with self._sending:
            await self.wire.finish()
        await self.see_off()

    async def see_off(self) -> None:
        try:
            await asyncio.wait_for(self._discard(), LEAVING_SECONDS)
        except (ConnectionError, ssl.SSLError, asyncio.TimeoutError):
            pass
        self._has_gone("local")

    async def hold(self) -> None:
        """Keeps TCP open and discards what arrives until the client leaves."""
        with self._until_gone():
            await self._discard()
            raise EOFError

    async def ignore(self) -> None:
        """Keeps TCP open without reading until the client leaves."""
        while self.wire.peer_is_there():
            await asyncio.sleep(TURN_SECONDS)
        self._has_gone("eof")

    async def _discard(self) -> None:
        while await self.wire.receive():
            pass

    @contextlib.contextmanager
    def _until_gone(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, ssl.SSLError):
            self._has_gone("eof")
        except ConnectionError:
            self._has_gone("reset")

    def _has_gone(self, tcp: str) -> None:
        if not self._gone:
            self._gone = True
            self.ending.tcp = tcp
            self.arrival.set()

    def report_close(self) -> None:
        self.emit("close", **self.ending.describe(), binary_messages=self.messages.binary_messages,
                  binary_bytes=self.messages.binary_bytes)
