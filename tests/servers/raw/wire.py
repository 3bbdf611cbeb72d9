"""A connection's bytes, over plain TCP or over TLS, without any buffering ahead."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from typing import Optional

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, zero seconds
TCP_ESTABLISHED = 1  # the first byte of struct tcp_info
READ_SIZE = 1 << 18


class Wire:
    """Owns the socket. Reads only in `receive`."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls: Optional[ssl.SSLObject] = None
        self._loop = asyncio.get_running_loop()
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Makes the TLS handshake. Raises ssl.SSLError or ConnectionError if it fails."""
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._fill():
                    raise ConnectionResetError("the client left during the TLS handshake") from None
            except ssl.SSLError:
                await self._flush()  # sends the alert with the reason
                raise
        await self._flush()

    async def receive(self, limit: int = READ_SIZE) -> bytes:
        """Receives data. Empty at the end of the stream."""
        if self.tls is None:
            return await self._loop.sock_recv(self.socket, limit)
        while True:
            try:
                return self.tls.read(limit)
            except ssl.SSLWantReadError:
                if not await self._fill():
                    return b""
            except ssl.SSLZeroReturnError:
                return b""

    async def send(self, data: bytes) -> None:
        if self.tls is None:
            await self._loop.sock_sendall(self.socket, data)
            return
        if data:
            self.tls.write(data)
        await self._flush()

    async def send_plain(self, data: bytes) -> None:
        """Sends bytes below TLS."""
        await self._loop.sock_sendall(self.socket, data)

    async def finish(self) -> None:
        """Ends the server's direction: TLS close_notify with TLS, then FIN."""
        if self.tls is not None:
            try:
                self.tls.unwrap()
            except ssl.SSLError:
                pass  # it would wait for the client's close_notify
            await self._flush()
        self.cut()

    def cut(self) -> None:
        """Ends the server's direction with a bare FIN: a TLS client sees a truncated stream."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # has ended already

    def limit_receive_buffer(self, size: int) -> None:
        """Limits the receive buffer. The window that the client already has remains; --receive-buffer acts from
        the start."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.socket.close()

    def close(self) -> None:
        self.socket.close()

    def peer_is_there(self) -> bool:
        """Asks TCP, because a scenario that does not read cannot see the end of the stream."""
        return self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == TCP_ESTABLISHED

    async def _fill(self) -> bool:
        data = await self._loop.sock_recv(self.socket, READ_SIZE)
        self._incoming.write(data)
        return bool(data)

    async def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            await self._loop.sock_sendall(self.socket, data)
