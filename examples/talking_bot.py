#!/usr/bin/python3
"""A talking bot: a recogniser, a few lines of logic, a voice. The caller may interrupt it.

    examples/talking_bot.py [--host 127.0.0.1] [--port 9000]
    uuid_audio_stream <uuid> start playback=on hello=on barge-in=speech -- ws://127.0.0.1:9000/ mono 8k

It needs only Debian packages: script/install-deps demo talk. docs/protocol.md describes every text.
It reports what it hears and says to the application: {"bot":"heard","text":"..."} becomes a `json` event.
"""
from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import shutil
import sys
import wave
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent / "asr_server"))
from asr_server import Transcribers  # noqa: E402  (it also says what to install)
import websockets  # noqa: E402

GREETING = ["Hello. I am a robot.", "Where shall I go?"]
NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}


def answer(words: str) -> list[str]:
    """What is said to those words, sentence by sentence."""
    if "forward" in words:
        meters = next((number for name, number in NUMBERS.items() if name in words.split()), 1)
        steps = [f"This is meter {number}." for number in range(1, meters + 1)]
        return ["I go forward.", *steps, "I am there. Where next?"]
    if "somewhere" in words:
        return ["All right. I go somewhere else."]
    return [f"I heard {words}.", "Tell me to go forward some meters, or somewhere."]


async def voice(sentence: str) -> tuple[int, bytes]:
    """A sentence as samples, and how many of them are a second."""
    espeak = await asyncio.create_subprocess_exec(
        "espeak-ng", "--stdout", "-v", "en", "-s", "150", sentence, stdout=asyncio.subprocess.PIPE)
    sound, _ = await espeak.communicate()
    with wave.open(io.BytesIO(sound)) as wav:  # its header promises more than there is
        return wav.getframerate(), wav.readframes(wav.getnframes())


class Call:
    """One stream."""

    def __init__(self, socket: Any, transcribers: Transcribers) -> None:
        self.socket, self.transcribers = socket, transcribers
        self.transcriber: Any = None  # there is one from hello on
        self.saying: asyncio.Task[None] | None = None
        self.unheard = 0              # sentences sent of which no mark has come back
        self.told_ms = 0              # of the answer that is being said

    async def run(self) -> None:
        try:
            async for message in self.socket:
                if isinstance(message, str):
                    await self.understand(message)
                elif self.transcriber is None:
                    await self.socket.close(1008, "the bot needs hello=on, and 8 or 16 kHz, mono or mixed")
                else:
                    await self.listen(message)
        finally:
            self.be_quiet()
            if self.transcriber is not None:
                await self.transcribers.give_back(self.transcriber)

    async def listen(self, audio: bytes) -> None:
        for heard in await asyncio.to_thread(self.transcriber.hear, audio):
            if heard["type"] == "final":
                await self.tell(bot="heard", text=heard["text"])
                self.say(answer(heard["text"]))
            elif self.unheard:  # the caller speaks while the bot does; barge-in=speech was faster, if it is on
                await self.interrupt()

    async def understand(self, text: str) -> None:
        try:
            note = json.loads(text)
            kind = note.get("type")
        except (ValueError, AttributeError):
            return  # metadata
        if kind == "hello" and note["up"]["rate"] in (8000, 16000) and note["up"]["channels"] == 1:
            self.transcriber = await self.transcribers.take()
            await asyncio.to_thread(self.transcriber.begin, note["up"]["rate"])
            self.say(GREETING)
        elif kind == "mark":
            self.unheard -= 1
        elif kind == "cleared" and note["thrown_ms"]:
            await self.tell(bot="interrupted", reason=note["reason"], heard_ms=note["heard_ms"],
                            told_ms=self.told_ms)
            if note["reason"] != "server":  # what was on its way meanwhile goes as well
                await self.interrupt()

    def say(self, sentences: list[str]) -> None:
        self.be_quiet()
        self.saying = asyncio.create_task(self.send(sentences))

    async def send(self, sentences: list[str]) -> None:
        # All of it at once: the module keeps what is not played yet, and a mark tells what was.
        self.told_ms = 0
        for sentence in sentences:
            rate, samples = await voice(sentence)
            self.told_ms += len(samples) // 2 * 1000 // rate
            await self.tell(bot="says", text=sentence)
            await self.tell(type="streamAudio", data={"audioDataType": "raw", "sampleRate": rate,
                                                      "audioData": base64.b64encode(samples).decode()})
            self.unheard += 1
            await self.tell(type="mark", name=sentence)

    async def interrupt(self) -> None:
        self.be_quiet()
        await self.tell(type="clear")

    def be_quiet(self) -> None:
        if self.saying is not None:
            self.saying.cancel()

    async def tell(self, **what: Any) -> None:
        await self.socket.send(json.dumps(what))


async def main() -> None:
    parser = argparse.ArgumentParser(description="a talking bot")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=9000, help="0 picks a free one")
    options = parser.parse_args()
    if not shutil.which("espeak-ng"):
        sys.exit("talking_bot.py speaks with espeak-ng: run script/install-deps demo talk")
    transcribers = Transcribers()

    async def serve(socket: Any, _: str = "") -> None:
        with suppress(websockets.ConnectionClosed):
            await Call(socket, transcribers).run()

    async with websockets.serve(serve, options.host, options.port, max_size=None, compression=None) as server:
        print(f"listening on port {server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.Future()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
