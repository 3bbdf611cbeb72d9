#!/usr/bin/python3
"""A speech recogniser behind a WebSocket: L16 in, JSON texts out. README.md has the protocol."""
from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from array import array
from contextlib import suppress
from typing import Any

try:
    from pocketsphinx import Decoder
    from websockets.exceptions import ConnectionClosed
    from websockets.server import WebSocketServerProtocol, serve
except ImportError as error:
    sys.exit(f"{sys.executable}: {error}.\nRun script/install-deps demo, which installs python3-pocketsphinx, "
             "pocketsphinx-en-us and python3-websockets,\nand start this program with /usr/bin/python3.")

MODEL = "/usr/share/pocketsphinx/model/en-us"
MODEL_RATE = 16000
RATES = (8000, MODEL_RATE)
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
        # The log belongs to the process, and setting it anew closes it: reset() must not name it again.
        config.set_string("-logfn", None)
        self._config = config

    def reset(self) -> None:
        """Forgets the last speaker: the decoder adapts its cepstral mean to what it hears and has no other way back."""
        self._decoder.reinit(self._config)

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
    """One for each speaker, made on its first use, reset and kept for the next speaker."""

    def __init__(self) -> None:
        self._loading = asyncio.Lock()  # libpocketsphinx cannot load two models at the same time
        # The log belongs to the process: only the first decoder names it.
        self._idle = [Transcriber(logfn=os.devnull)]

    async def take(self) -> Transcriber:
        async with self._loading:
            if not self._idle:
                self._idle.append(await asyncio.to_thread(Transcriber))
            return self._idle.pop()

    async def give_back(self, transcriber: Transcriber) -> None:
        async with self._loading:
            await asyncio.to_thread(transcriber.reset)
            self._idle.append(transcriber)


class AsrServer:
    def __init__(self, rate: int) -> None:
        self._rate = rate  # of a stream that does not say hello
        self._transcribers = Transcribers()

    async def talk_to(self, client: WebSocketServerProtocol) -> None:
        transcriber = await self._transcribers.take()
        try:
            with suppress(ConnectionClosed):
                await self._transcribe(client, transcriber)
        finally:
            await self._transcribers.give_back(transcriber)

    async def _transcribe(self, client: WebSocketServerProtocol, transcriber: Transcriber) -> None:
        rate, began, has_metadata, echo = self._rate, False, False, Reply()

        async def tell(replies: list[Reply]) -> None:
            for reply in replies:
                await client.send(json.dumps(reply | echo))
                echo.clear()

        async for message in client:
            if isinstance(message, bytes):
                if not began:
                    await asyncio.to_thread(transcriber.begin, rate)
                    began = True
                await tell(await asyncio.to_thread(transcriber.hear, message))
                continue
            text = parsed(message)
            if isinstance(text, dict) and text.get("type") == "hello":
                up = text["up"]
                if up["rate"] not in RATES or up["channels"] != 1:
                    await client.close(1008, "asr_server takes mono or mixed at 8k or 16k")
                    return
                rate = up["rate"]
            elif isinstance(text, dict) and text.get("eof"):
                break
            elif not has_metadata:
                has_metadata, echo["metadata"] = True, text
        if began:
            await tell(await asyncio.to_thread(transcriber.end))


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
    parser.add_argument("--rate", type=int, choices=RATES, default=8000,
                        help="samples per second of a stream without hello=on (%(default)s)")
    asyncio.run(run(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
