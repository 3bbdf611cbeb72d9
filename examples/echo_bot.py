#!/usr/bin/python3
"""An echo bot: it plays back what it hears, a second later, and stops when the caller presses a key.

    examples/echo_bot.py [--host 127.0.0.1] [--port 9000] [--delay 1.0]
    uuid_audio_stream <uuid> start playback=on barge-in=dtmf dtmf=on hello=on -- ws://127.0.0.1:9000/ mono 8k

Needs the package websockets: Debian's python3-websockets, or pip install websockets. docs/protocol.md describes every
text.
"""
from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

try:
    import websockets
except ImportError as error:
    sys.exit(f"{sys.executable}: {error}.\nInstall Debian's python3-websockets and start this program with "
             "/usr/bin/python3, or run pip install websockets.")


class Call:
    """One stream: L16 in both directions, at the same rate."""

    def __init__(self, socket: Any, delay: float) -> None:
        self.socket, self.delay = socket, delay
        self.name, self.rate = "?", 8000
        self.said = bytearray()   # not sent back yet
        self.spoken = 0           # marks sent

    async def run(self) -> None:
        async for message in self.socket:
            if isinstance(message, str):
                await self.understand(message)
            else:
                await self.echo(message)
        print(f"{self.name}: the stream is over")

    async def echo(self, audio: bytes) -> None:
        self.said += audio
        enough = int(self.delay * self.rate) * 2
        if len(self.said) < 2 * enough:
            return
        # A second is kept, a second is said; the mark tells when the caller has heard it.
        await self.socket.send(bytes(self.said[:enough]))
        del self.said[:enough]
        self.spoken += 1
        await self.socket.send(json.dumps({"type": "mark", "name": str(self.spoken)}))

    async def understand(self, text: str) -> None:
        try:
            note = json.loads(text)
        except ValueError:
            print(f"{self.name}: metadata {text!r}")
            return
        kind = note.get("type")
        if kind == "hello":
            self.name, self.rate = note["call"][:8], note["up"]["rate"]
            print(f"{self.name}: {note['up']['mix']} at {self.rate} Hz")
        elif kind == "mark":
            print(f"{self.name}: second {note['name']} was {note['result']} at {note['position_ms']} ms")
        elif kind == "cleared":
            print(f"{self.name}: interrupted ({note['reason']}); {note['thrown_ms']} ms were not heard")
            self.said.clear()
        elif kind == "dtmf":
            print(f"{self.name}: key {note['digit']}")
        else:
            print(f"{self.name}: {text}")


async def main() -> None:
    parser = argparse.ArgumentParser(description="an echo bot")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=9000, help="0 picks a free one")
    parser.add_argument("--delay", type=float, default=1.0, help="seconds until it plays back what it hears")
    options = parser.parse_args()

    async def serve(socket: Any, _: str = "") -> None:
        try:
            await Call(socket, options.delay).run()
        except websockets.ConnectionClosed:
            pass

    async with websockets.serve(serve, options.host, options.port, max_size=None) as server:
        print(f"listening on port {server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
