#!/usr/bin/python3
"""A speech recogniser behind a WebSocket: L16 in, JSON texts out. README.md has the protocol."""
from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from array import array
from contextlib import suppress
from typing import Any

from pocketsphinx import Decoder
from websockets.exceptions import ConnectionClosed
from websockets.server import WebSocketServerProtocol, serve

MODEL = "/usr/share/pocketsphinx/model/en-us"
MODEL_RATE = 16000
MS_PER_FRAME = 10
Reply = dict[str, Any]


class Doubler:
    """Brings 8 kHz to the model's 16 kHz, by linear interpolation and not by a cleaner filter: the
    mirror image it leaves above 4 kHz is closer to what the model learnt from than silence is."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self, pcm: bytes) -> bytes:
        doubled = array("h")
        for sample in array("h", pcm):
            doubled.extend(((self._last + sample) // 2, sample))
            self._last = sample
        return doubled.tobytes()


class Transcriber:
    """Finds the utterances in one stream of speech at a time. Its methods take their time."""

    def __init__(self, **options: str) -> None:
        config = Decoder.default_config()
        config.thisown = False  # the binding has no destructor for it and says so on stdout
        model = {"hmm": f"{MODEL}/en-us", "lm": f"{MODEL}/en-us.lm.bin",
                 "dict": f"{MODEL}/cmudict-en-us.dict"}
        for name, value in (model | options).items():
            config.set_string(f"-{name}", value)
        self._decoder = Decoder(config)

    def begin(self, rate: int) -> None:
        self._to_model_rate = bytes if rate == MODEL_RATE else Doubler()
        self._decoder.start_stream()
        self._begin_utterance()

    def hear(self, pcm: bytes) -> list[Reply]:
        whole_samples = pcm[: len(pcm) & ~1]
        self._decoder.process_raw(self._to_model_rate(whole_samples), False, False)
        if self._decoder.get_in_speech():
            return self._partial()
        if not self._speaking:
            return []
        final = self.end()
        self._begin_utterance()
        return final

    def end(self) -> list[Reply]:
        """Ends the utterance, whether or not the speaker has."""
        self._decoder.end_utt()
        words = [w for w in self._decoder.seg() or () if w.word[0] not in "<["]  # <sil>, [NOISE]
        if not words:
            return []
        start, end = words[0].start_frame * MS_PER_FRAME, (words[-1].end_frame + 1) * MS_PER_FRAME
        return [{"type": "final", "text": self._decoder.hyp().hypstr, "start": start, "end": end}]

    def _begin_utterance(self) -> None:
        self._speaking, self._text = False, ""
        self._decoder.start_utt()

    def _partial(self) -> list[Reply]:
        hypothesis, before = self._decoder.hyp(), self._text
        self._speaking, self._text = True, hypothesis.hypstr if hypothesis else ""
        return [{"type": "partial", "text": self._text}] if self._text not in ("", before) else []


class Transcribers:
    """One for each speaker, made on its first use and kept for the next speaker."""

    def __init__(self) -> None:
        self._loading = asyncio.Lock()  # libpocketsphinx cannot load two models at the same time
        # The log is the process's, and closed when set anew: only the first decoder may name it.
        self._idle = [Transcriber(logfn=os.devnull)]

    async def take(self) -> Transcriber:
        async with self._loading:
            if not self._idle:
                self._idle.append(await asyncio.to_thread(Transcriber))
            return self._idle.pop()

    def give_back(self, transcriber: Transcriber) -> None:
        self._idle.append(transcriber)


class AsrServer:
    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._transcribers = Transcribers()

    async def talk_to(self, client: WebSocketServerProtocol) -> None:
        has_metadata, echo = False, Reply()

        async def tell(replies: list[Reply]) -> None:
            for reply in replies:
                await client.send(json.dumps(reply | echo))
                echo.clear()

        transcriber = await self._transcribers.take()
        await asyncio.to_thread(transcriber.begin, self._rate)
        with suppress(ConnectionClosed):
            async for message in client:
                if isinstance(message, bytes):
                    await tell(await asyncio.to_thread(transcriber.hear, message))
                elif isinstance(text := parsed(message), dict) and text.get("eof"):
                    break
                elif not has_metadata:
                    has_metadata, echo["metadata"] = True, text
        last_words = await asyncio.to_thread(transcriber.end)
        self._transcribers.give_back(transcriber)
        with suppress(ConnectionClosed):
            await tell(last_words)


def parsed(text: str) -> Any:
    with suppress(ValueError):
        return json.loads(text)
    return text


async def run(host: str, port: int, rate: int) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    async with serve(AsrServer(rate).talk_to, host, port, compression=None) as listener:
        print(f"listening on ws://{host}:{listener.sockets[0].getsockname()[1]}", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=9000, help="0 picks a free one (%(default)s)")
    parser.add_argument("--rate", type=int, choices=(8000, MODEL_RATE), default=MODEL_RATE,
                        help="samples per second of what comes in (%(default)s)")
    asyncio.run(run(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
