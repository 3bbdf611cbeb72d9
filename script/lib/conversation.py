#!/usr/bin/python3
"""Holds a short conversation with examples/talking_bot.py on a simulated call, over the module's playback: prints
who says what, records both sides, and fails unless the bot was understood, heard and interrupted.

    conversation.py --callsim PROGRAM --recording CALL.wav [--openai] URL

With --openai the bot is examples/openai_stub.py, and the stream has dialect=openai.
"""
from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
import wave
from array import array
from pathlib import Path
from typing import Any, Callable, Iterator

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))
from talking_bot import voice  # noqa: E402

RECORDINGS = Path("/usr/share/pocketsphinx/test/data")
RATE = 16000  # of the recordings, and so of the call
PATIENCE = 120  # seconds for the whole call
STREAM = ["playback=on", "hello=on", "barge-in=speech"]
OPENAI = ["dialect=openai", "barge-in=speech"]

# When the caller has heard the sentence, the caller says the words of the recording.
CUES = {"Where shall I go?": ("goforward.raw", "go forward ten meters"),
        "This is meter 2.": ("something.raw", "go somewhere and do something")}
LAST = "All right. I go somewhere else."
# OpenAI has no marks: the caller speaks this long after the answer that is to be interrupted has begun.
INTERRUPTS_AFTER_S = 4.0

FRAME_MS = 10
LOUD = 300           # the level from which on somebody speaks
CUT_WITHIN_MS = 300  # from the caller's first sound to the bot's last
# A frame of silence that a busy machine puts into a sentence leaves it 0.86 alike or more. Another sentence of the bot's, other
# meters aside, is 0.7 alike at most.
ALIKE = 0.8
QUIET_MS = 500       # how long the bot is silent then, at least


class Conversation:
    """The call, from the caller's side; what is said is decided by what is heard."""

    def __init__(self, callsim: subprocess.Popen[str], folder: Path) -> None:
        self._callsim, self._folder, self._began = callsim, folder, time.monotonic()
        self.understood: list[str] = []         # by the bot
        self.interrupted: dict[str, Any] = {}   # as the bot tells
        self.finished = False
        self.heard: dict[int, int] = {}         # ms of each utterance that was cleared
        self.consistent = True                  # each clear of an utterance told the same ms
        self.said = ""                          # by OpenAI's stub, last
        self.cues = list(CUES.values())         # that are left

    def hold(self) -> None:
        for line in self._callsim.stdout or ():
            if not line.startswith("{"):
                if line.startswith("-"):
                    self._show("callsim", line.strip())
                continue
            event = json.loads(line)
            name, body = event["event"].split("::")[-1], event["body"]
            if name == "playback" and isinstance(body, dict):
                self._on_playback(body["status"], body["message"])
            elif name == "transcript":
                self._on_transcript(body["who"], body["text"])
            elif name == "json" and isinstance(body, dict):
                self._on_bot(body)
            elif name != "json":
                self._show("", f"{name}ed" if name.endswith("connect") else f"{name}: {body}")
            if event["headers"]["Stream-Final"] == "true":
                self._tell("quit")

    def _on_transcript(self, who: str, text: str) -> None:
        if who == "caller":
            self.understood.append(text)
            self._show("", f'the bot understood "{text}"')
            return
        self._show("bot", f'"{text}"')
        self.said = text
        if len(self.cues) == 1:
            threading.Timer(INTERRUPTS_AFTER_S, lambda: self._say(*self.cues.pop(0))).start()

    def _on_drained(self) -> None:
        if len(self.cues) == 2:
            self._say(*self.cues.pop(0))
        elif self.said == LAST:
            self.finished = True
            self._tell("uuid_audio_stream . stop")

    def _on_playback(self, what: str, note: dict[str, Any]) -> None:
        if what == "mark" and note["result"] == "played":
            self._show("bot", f'"{note["name"]}"')
            if note["name"] in CUES:
                self._say(*CUES[note["name"]])
            elif note["name"] == LAST:
                self.finished = True
                self._tell("uuid_audio_stream . stop")
        elif what == "drained" and self.said:
            self._on_drained()
        elif what == "cleared":
            heard = self.heard.setdefault(note["utterance"], note["heard_ms"])
            self.consistent = self.consistent and heard == note["heard_ms"]
            self._show("", f"the module stops the bot ({note['reason']}): {note['heard_ms']} ms of its words were "
                           f"heard, {note['thrown_ms']} ms were not")

    def _on_bot(self, body: dict[str, Any]) -> None:
        if body.get("bot") == "heard":
            self.understood.append(body["text"])
            self._show("", f'the bot understood "{body["text"]}"')
        elif body.get("bot") == "interrupted" and not self.interrupted:
            self.interrupted = body
        elif body.get("type") == "conversation.item.truncated" and not self.interrupted:
            self.interrupted = {"heard_ms": body["audio_end_ms"], "told_ms": body["of_ms"]}

    def _say(self, recording: str, words: str) -> None:
        file = self._folder / f"{recording}.wav"
        with wave.open(str(file), "wb") as output:
            output.setparams((1, 2, RATE, 0, "NONE", ""))
            output.writeframes((RECORDINGS / recording).read_bytes())
        self._tell(f"say {file}")
        self._show("caller", f'"{words}"')

    def _tell(self, command: str) -> None:
        assert self._callsim.stdin is not None
        self._callsim.stdin.write(f"{command}\n")
        self._callsim.stdin.flush()

    def _show(self, who: str, what: str) -> None:
        print(f"{time.monotonic() - self._began:6.2f} s  {who:7} {what}", flush=True)


def level(samples: array[int], rate: int) -> list[float]:
    """How loud it is, frame by frame."""
    def frames() -> Iterator[array[int]]:
        for number in range(len(samples) * 1000 // (rate * FRAME_MS)):
            yield samples[number * FRAME_MS * rate // 1000:(number + 1) * FRAME_MS * rate // 1000]
    return [(sum(sample * sample for sample in frame) / len(frame)) ** 0.5 for frame in frames()]


def likeness(sound: list[float], part: list[float]) -> float:
    """The correlation of two courses of loudness, 1 at most."""
    mean, mean_of_part = sum(sound) / len(sound), sum(part) / len(part)
    product = sum((a - mean) * (b - mean_of_part) for a, b in zip(sound, part))
    power = sum((a - mean) ** 2 for a in sound) * sum((b - mean_of_part) ** 2 for b in part)
    return product / power ** 0.5 if power else 0.0


def best_likeness(sound: list[float], part: list[float]) -> float:
    places = range(max(0, len(sound) - len(part)) + 1)
    return max(likeness(sound[at:at + len(part)], part) for at in places)


def level_of_voice(sentence: str) -> list[float]:
    rate, samples = asyncio.run(voice(sentence))
    return level(array("h", samples), rate)


def beginnings(sound: list[float]) -> list[int]:
    """The frames at which somebody begins to speak, having been silent for a second."""
    spoken = [-1000] + [frame for frame, loudness in enumerate(sound) if loudness > LOUD]
    return [now for before, now in zip(spoken, spoken[1:]) if (now - before) * FRAME_MS > 1000]


class Verdict:
    def __init__(self) -> None:
        self.good = True

    def __call__(self, holds: bool, text: str) -> None:
        print(f"{'yes' if holds else 'NO '}  {text}")
        self.good = self.good and holds


def judge(conversation: Conversation, recording: Path) -> bool:
    verdict = Verdict()
    verdict(conversation.finished, "the conversation came to its end")
    wanted = [words for _, words in CUES.values()]
    verdict(conversation.understood == wanted, f"the bot understood: {' / '.join(conversation.understood)}")
    told = conversation.interrupted
    verdict(bool(told) and 0 < told["heard_ms"] < told["told_ms"],
            f"the bot knows that it was interrupted: {json.dumps(told)}")
    verdict(conversation.consistent, "each clear of an utterance told the same heard_ms")

    with wave.open(str(recording)) as wav:
        both = array("h", wav.readframes(wav.getnframes()))
    caller, bot = level(both[0::2], RATE), level(both[1::2], RATE)
    for sentence in [*CUES, LAST]:
        alike = best_likeness(bot, level_of_voice(sentence))
        verdict(alike > ALIKE, f'the caller heard "{sentence}": {alike:.2f} alike')

    spoke = beginnings(caller)
    verdict(len(spoke) == len(CUES), f"the caller spoke at {', '.join(f'{at / 100:.2f}' for at in spoke)} s")
    if len(spoke) == len(CUES):
        judge_cut(bot, spoke[-1], verdict)
    return verdict.good


def judge_cut(bot: list[float], began: int, verdict: Callable[[bool, str], None]) -> None:
    def is_heard(begin_ms: int, end_ms: int) -> bool:
        return any(loudness > LOUD for loudness in
                   bot[began + begin_ms // FRAME_MS:began + end_ms // FRAME_MS])
    verdict(is_heard(-300, 0), "the bot was speaking when the caller began to")
    last = [after for after in range(0, CUT_WITHIN_MS, FRAME_MS) if is_heard(after, after + FRAME_MS)]
    quiet = not is_heard(CUT_WITHIN_MS, CUT_WITHIN_MS + QUIET_MS)
    verdict(quiet, f"and was cut off {last[-1] + FRAME_MS if last else 0} ms later" if quiet else
            f"and was cut off within {CUT_WITHIN_MS} ms")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--callsim", required=True, metavar="PROGRAM")
    parser.add_argument("--recording", type=Path, required=True, metavar="CALL.wav", help="left: what the caller says")
    parser.add_argument("--openai", action="store_true", help="the bot speaks as OpenAI does")
    parser.add_argument("url")
    options = parser.parse_args()
    command = [options.callsim, "--console", "--json", "--rate", str(RATE), "--record", str(options.recording),
               "--record-mix", "stereo"]
    with tempfile.TemporaryDirectory() as folder:
        if options.openai:
            key = Path(folder, "key")
            key.write_text("a-key-of-nobody")
            command += ["--var", f"STREAM_BEARER_FILE={key}", "--var", "STREAM_GREETING=true", *OPENAI, "--",
                        options.url, "mono"]
        else:
            command += [*STREAM, "--", options.url, "mono", "16k", '{"caller":"+1 555 0100"}']
        return hold(command, Path(folder), options.recording)


def hold(command: list[str], folder: Path, recording: Path) -> int:
    with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as callsim:
        patience = threading.Timer(PATIENCE, callsim.terminate)
        patience.start()
        conversation = Conversation(callsim, folder)
        try:
            conversation.hold()
        finally:
            patience.cancel()
            callsim.stdin.close()  # type: ignore[union-attr]  # which ends the call
    if callsim.returncode != 0:
        print(f"callsim ended with {callsim.returncode}")
        return 1
    print(f"recorded: {recording} (left: what the caller says, right: what the caller hears)")
    return 0 if judge(conversation, recording) else 1


if __name__ == "__main__":
    sys.exit(main())
