#!/usr/bin/python3
"""Speaks as OpenAI's Realtime API does, with a recogniser and a voice of Debian's: try `dialect=openai` without an account.

    examples/openai_stub.py [--host 127.0.0.1] [--port 9000]
    uuid_audio_stream <uuid> start dialect=openai ws://127.0.0.1:9000/ mono      with any key in STREAM_BEARER_FILE

It needs only Debian packages: script/install-deps demo talk. It has the words of examples/talking_bot.py, and checks what
it is told: a message that OpenAI would refuse ends the connection.
"""
from __future__ import annotations

import argparse
import asyncio
import base64
import json
import shutil
import struct
import sys
from array import array
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from talking_bot import GREETING, Transcribers, answer, voice  # noqa: E402  (it also says what to install)
import websockets  # noqa: E402

RATE = 8000
DELTA_MS = 200


def linear(byte: int) -> int:
    """A byte of G.711 mu-law as a sample."""
    inverted = ~byte & 0xFF
    magnitude = (((inverted & 0x0F) << 3) + 0x84 << (inverted >> 4 & 7)) - 0x84
    return -magnitude if inverted & 0x80 else magnitude


LINEAR = [linear(byte) for byte in range(256)]
# The byte of each magnitude, in steps of 8.
MU_LAW = [min(range(128), key=lambda byte, at=at: abs(LINEAR[0xFF - byte] - 8 * at)) for at in range(4097)]


def decoded(mu_law: bytes) -> bytes:
    return struct.pack(f"<{len(mu_law)}h", *(LINEAR[byte] for byte in mu_law))


def encoded(samples: bytes, rate: int) -> bytes:
    """Samples at any rate as mu-law at 8 kHz. Each sample is the mean of those that it replaces."""
    given = array("h", samples)
    step = rate / RATE
    out = bytearray()
    for number in range(int(len(given) / step)):
        part = given[int(number * step):max(int((number + 1) * step), int(number * step) + 1)]
        value = sum(part) // len(part)
        code = 0xFF - MU_LAW[min(abs(value), 32767) // 8]
        out.append(code & 0x7F if value < 0 else code)
    return bytes(out)


class Session:
    """One connection."""

    def __init__(self, socket: Any, transcribers: Transcribers) -> None:
        self.socket, self.transcribers = socket, transcribers
        self.transcriber: Any = None
        self.saying: asyncio.Task[None] | None = None
        self.items = (f"item_{number}" for number in count(1))
        self.lengths: dict[str, int] = {}  # ms of each item

    async def run(self) -> None:
        await self.tell("session.created")
        self.transcriber = await self.transcribers.take()
        try:
            await asyncio.to_thread(self.transcriber.begin, RATE)
            async for message in self.socket:
                wrong = await self.understand(json.loads(message))
                if wrong:
                    await self.tell("error", error={"type": "invalid_request_error", "message": wrong})
                    await self.socket.close(1008, "invalid request")
        finally:
            self.be_quiet()
            await self.transcribers.give_back(self.transcriber)

    async def understand(self, message: dict[str, Any]) -> str:
        """Returns what is wrong with it."""
        kind = message["type"]
        if kind == "session.update":
            audio = message["session"]["audio"]
            for side in ("input", "output"):
                if audio[side]["format"] != {"type": "audio/pcmu"}:
                    return f"session.audio.{side}.format is {audio[side]['format']}"
            await self.tell("session.updated", session=message["session"])
        elif kind == "response.create":
            self.say(GREETING)
        elif kind == "input_audio_buffer.append":
            await self.listen(base64.b64decode(message["audio"]))
        elif kind == "conversation.item.truncate":
            item, end = message["item_id"], message["audio_end_ms"]
            if item not in self.lengths or not 0 <= end <= self.lengths[item]:
                return f"audio_end_ms {end} of {item}, which has {self.lengths.get(item)}"
            self.be_quiet()
            await self.tell("conversation.item.truncated", item_id=item, content_index=0, audio_end_ms=end,
                            of_ms=self.lengths[item])
        else:
            return f"type {kind}"
        return ""

    async def listen(self, mu_law: bytes) -> None:
        for heard in await asyncio.to_thread(self.transcriber.hear, decoded(mu_law)):
            if heard["type"] == "final":
                await self.tell("conversation.item.input_audio_transcription.completed", item_id=next(self.items),
                                transcript=heard["text"])
                self.say(answer(heard["text"]))

    def say(self, sentences: list[str]) -> None:
        self.be_quiet()
        self.saying = asyncio.create_task(self.send(next(self.items), sentences))

    async def send(self, item: str, sentences: list[str]) -> None:
        self.lengths[item] = 0
        for sentence in sentences:
            rate, samples = await voice(sentence)
            mu_law = encoded(samples, rate)
            self.lengths[item] += len(mu_law) * 1000 // RATE
            for at in range(0, len(mu_law), RATE * DELTA_MS // 1000):
                await self.tell("response.output_audio.delta", item_id=item, content_index=0,
                                delta=base64.b64encode(mu_law[at:at + RATE * DELTA_MS // 1000]).decode())
        await self.tell("response.output_audio_transcript.done", item_id=item, transcript=" ".join(sentences))

    def be_quiet(self) -> None:
        if self.saying is not None:
            self.saying.cancel()

    async def tell(self, kind: str, **what: Any) -> None:
        await self.socket.send(json.dumps({"type": kind} | what))


async def main() -> None:
    parser = argparse.ArgumentParser(description="a stub of OpenAI's Realtime API")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=9000, help="0 picks a free one")
    options = parser.parse_args()
    if not shutil.which("espeak-ng"):
        sys.exit("openai_stub.py speaks with espeak-ng: run script/install-deps demo talk")
    transcribers = Transcribers()

    async def serve(socket: Any, _: str = "") -> None:
        with suppress(websockets.ConnectionClosed):
            await Session(socket, transcribers).run()

    async with websockets.serve(serve, options.host, options.port, max_size=None) as server:
        print(f"listening on port {server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
