#!/usr/bin/python3
"""A WebSocket server that keeps a stream's audio in a file and acknowledges it (STREAM_RESUME).

It may be killed at any moment; the next one continues the same file. The text "resume" of a connection
says where its audio begins, and the server truncates the file there.

Driven over stdin and stdout like ws_server.py. Events: listening, open {conn}, resume {conn, position_ms},
close {conn}.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
from typing import Any, Optional

from websockets.exceptions import ConnectionClosed
from websockets.legacy.server import WebSocketServer, serve

from control import Controlled, add_common_options, emit

ACKNOWLEDGE_EVERY = 0.1  # seconds


class Server(Controlled):
    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__(arguments)
        self.bytes_per_ms = arguments.rate * 2 // 1000
        self.file = os.open(arguments.store, os.O_RDWR | os.O_CREAT, 0o600)
        self.server: Optional[WebSocketServer] = None

    async def start(self, listener: socket.socket) -> None:
        self.server = await serve(self.handle, sock=listener, ping_interval=None, max_size=None)

    async def stop(self) -> None:
        if self.server is not None:
            self.server.server.close()
            self.server = None

    def stored_ms(self) -> int:
        return os.fstat(self.file).st_size // self.bytes_per_ms

    async def acknowledge(self, connection: Any) -> None:
        while True:
            await asyncio.sleep(ACKNOWLEDGE_EVERY)
            await connection.send(json.dumps({"type": "ack", "position_ms": self.stored_ms()}))

    async def handle(self, connection: Any) -> None:
        number = next(self.numbers)
        emit("open", conn=number)
        acknowledging = asyncio.ensure_future(self.acknowledge(connection))
        try:
            async for message in connection:
                self.take(number, message)
        except ConnectionClosed:
            pass
        finally:
            acknowledging.cancel()
        emit("close", conn=number)

    def take(self, number: int, message: Any) -> None:
        if isinstance(message, bytes):
            os.write(self.file, message)
            return
        text = json.loads(message)
        if text.get("type") != "resume":
            return
        os.ftruncate(self.file, text["position_ms"] * self.bytes_per_ms)
        os.lseek(self.file, 0, os.SEEK_END)
        emit("resume", conn=number, position_ms=text["position_ms"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common_options(parser)
    parser.add_argument("--store", required=True, metavar="FILE", help="the file for the audio")
    parser.add_argument("--rate", type=int, default=8000, help="samples a second of the audio")
    asyncio.run(Server(parser.parse_args()).run())


if __name__ == "__main__":
    main()
