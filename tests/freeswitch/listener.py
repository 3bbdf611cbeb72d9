"""The WebSocket server of the streams, with an independent implementation: python3-websockets."""
from __future__ import annotations

import asyncio
from typing import Any, Optional

from websockets.exceptions import ConnectionClosed
from websockets.legacy.server import WebSocketServerProtocol, serve

from event_socket import HOST, PATIENCE


class Connection:
    """What one stream sent, and when."""

    def __init__(self, protocol: WebSocketServerProtocol) -> None:
        self._protocol = protocol
        self.path = protocol.path
        self.texts: list[str] = []
        self.sizes: list[int] = []
        self.audio = bytearray()
        self.closed = False
        self._news = asyncio.Event()

    async def read(self) -> None:
        try:
            while True:
                message = await self._protocol.recv()
                if isinstance(message, str):
                    self.texts.append(message)
                else:
                    self.sizes.append(len(message))
                    self.audio += message
                self._news.set()
        except ConnectionClosed:
            self.closed = True
            self._news.set()

    async def until(self, reached: Any, what: str, patience: float = PATIENCE) -> None:
        async def look() -> None:
            while not reached(self):
                self._news.clear()
                await self._news.wait()
        try:
            await asyncio.wait_for(look(), patience)
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.path}: not in {patience:g} s: {what}; {len(self.audio)} bytes, "
                                 f"texts {self.texts}, {'closed' if self.closed else 'open'}") from None

    async def bytes_beyond(self, count: int) -> None:
        """Waits for `count` more bytes of audio, which measures time by the call's clock."""
        goal = len(self.audio) + count
        await self.until(lambda each: len(each.audio) >= goal, f"{count} more bytes")

    async def send(self, text: str) -> None:
        await self._protocol.send(text)

    async def close(self, code: int = 1000) -> None:
        await self._protocol.close(code)


class Listener:
    """Each stream connects to its own path, by which a test finds it."""

    def __init__(self) -> None:
        self._connections: dict[str, Connection] = {}
        self._news = asyncio.Event()

    async def start(self, port: int = 0) -> None:
        self._server = await serve(self._handle, HOST, port, compression=None, max_size=None, ping_interval=None)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    def url(self, path: str) -> str:
        return f"ws://{HOST}:{self.port}/{path}"

    async def connection(self, path: str, patience: float = PATIENCE) -> Connection:
        async def look() -> Connection:
            while f"/{path}" not in self._connections:
                self._news.clear()
                await self._news.wait()
            return self._connections[f"/{path}"]
        try:
            return await asyncio.wait_for(look(), patience)
        except asyncio.TimeoutError:
            raise AssertionError(f"nobody connected to /{path}") from None

    def known(self, path: str) -> Optional[Connection]:
        return self._connections.get(f"/{path}")

    async def _handle(self, protocol: WebSocketServerProtocol, _: Optional[str] = None) -> None:
        connection = Connection(protocol)
        self._connections[protocol.path] = connection
        self._news.set()
        await connection.read()
