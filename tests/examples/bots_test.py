#!/usr/bin/python3
"""Connects to one of the bots in examples/ as the module does: bots_test.py BOT

Exits with 77 and the reason if a package of the bot is not installed.
"""
from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import websockets

PATIENCE = 60.0
RATE = 16000
RECORDING = Path("/usr/share/pocketsphinx/test/data/goforward.raw")
SKIPPED = 77
# Debian's node packages. A node from elsewhere does not search there by itself.
NODE = os.environ | {"NODE_PATH": "/usr/share/nodejs"}


def lacking(bot: Path) -> str:
    """The packages that the bot needs and that are missing."""
    if bot.suffix == ".mjs":
        if not shutil.which("node"):
            return "node"
        if subprocess.run(["node", "-e", "require('ws')"], env=NODE, capture_output=True).returncode != 0:
            return "node's ws"
    if bot.stem == "talking_bot":
        if not shutil.which("espeak-ng"):
            return "espeak-ng"
        if not importlib.util.find_spec("pocketsphinx"):
            return "python3-pocketsphinx"
        if not RECORDING.exists():
            return "pocketsphinx-testdata"
    return ""


class Stream:
    """The module's side of a stream with playback=on hello=on."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def begin(self) -> None:
        await self._socket.send("metadata that is no JSON")
        audio = {"encoding": "L16", "rate": RATE, "channels": 1}
        await self.tell(type="hello", version=1, call="5f0b1c9e-0000-4000-8000-000000000000", stream="default",
                        up=audio | {"mix": "mono", "packet_ms": 20}, down=audio, variables={})

    async def tell(self, **what: Any) -> None:
        await self._socket.send(json.dumps(what))

    async def say(self, audio: bytes) -> None:
        for begin in range(0, len(audio), RATE // 25):
            await self._socket.send(audio[begin:begin + RATE // 25])

    async def audio(self) -> bytes:
        """Waits for the next binary message."""
        while not isinstance(message := await self._next(), bytes):
            pass
        return message

    async def text(self, **members: Any) -> dict[str, Any]:
        """Waits for the next text with these members."""
        while True:
            message = await self._next()
            if isinstance(message, str):
                text = json.loads(message)
                if members.items() <= text.items():
                    return text

    async def _next(self) -> Any:
        return await asyncio.wait_for(self._socket.recv(), PATIENCE)


def numbered(begin: int, end: int) -> bytes:
    return struct.pack(f"<{end - begin}h", *range(begin, end))


async def echo(stream: Stream) -> None:
    """The bot keeps half a second, plays half a second, and discards what it keeps at a clear."""
    half = RATE // 2
    await stream.begin()
    await stream.say(numbered(0, 2 * half))
    assert await stream.audio() == numbered(0, half)
    assert (await stream.text(type="mark"))["name"] == "1"
    await stream.tell(type="mark", name="1", result="played", position_ms=500)
    await stream.tell(type="cleared", reason="dtmf", utterance=1, heard_ms=400, thrown_ms=100)
    await stream.say(numbered(10000, 10000 + 2 * half))
    assert await stream.audio() == numbered(10000, 10000 + half)
    assert (await stream.text(type="mark"))["name"] == "2"


async def talk(stream: Stream) -> None:
    """The bot greets, understands, answers, and stops when it is interrupted."""
    await stream.begin()
    await says(stream, "Hello. I am a robot.")
    await says(stream, "Where shall I go?")
    for name in ("Hello. I am a robot.", "Where shall I go?"):
        await stream.tell(type="mark", name=name, result="played", position_ms=1000)
    await stream.say(bytes(RATE) + RECORDING.read_bytes() + bytes(2 * RATE))
    assert (await stream.text(bot="heard"))["text"] == "go forward ten meters"
    await says(stream, "I go forward.")
    await says(stream, "This is meter 1.")

    await stream.tell(type="cleared", reason="speech", utterance=2, heard_ms=1500, thrown_ms=500)
    interrupted = await stream.text(bot="interrupted")
    assert interrupted["heard_ms"] == 1500 < interrupted["told_ms"], interrupted
    await stream.text(type="clear")


async def says(stream: Stream, sentence: str) -> None:
    assert (await stream.text(bot="says"))["text"] == sentence
    sound = (await stream.text(type="streamAudio"))["data"]
    assert sound["audioDataType"] == "raw" and len(sound["audioData"]) > sound["sampleRate"], "half a second, at least"
    assert (await stream.text(type="mark"))["name"] == sentence


async def try_out(bot: Path) -> None:
    arguments = ["--delay", "0.5"] if bot.stem == "echo_bot" else []
    process = await asyncio.create_subprocess_exec(
        *(["node"] if bot.suffix == ".mjs" else [sys.executable]), bot, "--port", "0", *arguments,
        stdout=asyncio.subprocess.PIPE, env=NODE)
    try:
        assert process.stdout is not None
        listening = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        assert listening.startswith(b"listening on port "), listening
        url = f"ws://127.0.0.1:{int(listening.split()[-1])}"
        async with websockets.connect(url, max_size=None) as socket:
            await (echo if bot.stem == "echo_bot" else talk)(Stream(socket))
    finally:
        process.terminate()
        await process.communicate()


def main() -> None:
    bot = Path(sys.argv[1])
    if what := lacking(bot):
        print(f"{bot.name} is not tried out: there is no {what}")
        sys.exit(SKIPPED)
    asyncio.run(try_out(bot))
    print(f"{bot.name} does what it says")


if __name__ == "__main__":
    main()
