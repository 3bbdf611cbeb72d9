#!/usr/bin/python3
"""Joins the voices in Debian's pocketsphinx-testdata into one recording for the demo, with pauses
between them: speech.py OUTPUT.wav"""
import sys
import wave
from pathlib import Path

RECORDINGS = Path("/usr/share/pocketsphinx/test/data")
NAMES = ("goforward.raw", "something.raw")  # script/demo has their words
RATE = 16000
PAUSE = bytes(2 * RATE)  # one second: long enough to end an utterance


def main() -> None:
    with wave.open(sys.argv[1], "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(RATE)
        output.writeframes(PAUSE)
        for name in NAMES:
            output.writeframes((RECORDINGS / name).read_bytes() + PAUSE)


if __name__ == "__main__":
    main()
