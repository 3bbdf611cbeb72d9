#!/usr/bin/python3
"""Echoes messages in random fragments, pinging now and then: echo.py [SETTINGS]

SETTINGS: JSON of what ServerPerMessageDeflateFactory takes; "null" for no compression. Prints its port.
"""
from __future__ import annotations

import asyncio
import json
import random
import sys
from typing import Iterator

import websockets
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory


def fragments(message: str | bytes) -> Iterator[str | bytes]:
    while True:
        size = random.choice((0, 1, 7, 100, 4096, len(message)))
        yield message[:size]
        message = message[size:]
        if not message:
            return


async def echo(connection: websockets.WebSocketServerProtocol) -> None:
    pongs = []
    async for message in connection:
        if random.random() < 0.05:
            pongs.append(await connection.ping())
        whole = random.random() < 0.5 or not message
        # A fragment before the last may be empty, but Python's iterator must not be.
        await connection.send(message if whole else fragments(message))
    for pong in pongs:
        assert pong.done() and not pong.exception(), "each ping has its pong"


async def main() -> None:
    settings = json.loads(sys.argv[1])
    extensions = [] if settings is None else [ServerPerMessageDeflateFactory(**settings)]
    async with websockets.serve(echo, "127.0.0.1", 0, compression=None, extensions=extensions,
                                ping_interval=None, max_size=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
