#!/usr/bin/python3
"""Reads a stream's events, one JSON object a line, prints them as captions of the call, and fails
unless the recogniser heard the words after --expect."""
from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

PREFIX = "mod_audio_stream::"


class Captions:
    def __init__(self) -> None:
        self.heard: list[str] = []
        self._began = time.monotonic()

    def show(self, name: str, body: Any) -> None:
        if name == "json" and isinstance(body, dict):
            self._show_words(body)
        elif name in ("connect", "disconnect"):
            self._line(f"{name}ed")
        else:
            self._line(f"{name}: {body}")

    def _show_words(self, reply: dict[str, Any]) -> None:
        if "metadata" in reply:
            self._line(f"the recogniser knows of {json.dumps(reply['metadata'])}")
        text = reply.get("text", "")
        if reply.get("type") == "final":
            self.heard.append(text)
            start, end = reply["start"] / 1000, reply["end"] / 1000
            self._line(f'"{text}"   (said from {start:.1f} s to {end:.1f} s)')
        else:
            self._line(f"  ... {text}")

    def _line(self, text: str) -> None:
        print(f"{time.monotonic() - self._began:6.2f} s  {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--expect", action="append", default=[], metavar="WORDS")
    expected = parser.parse_args().expect

    captions = Captions()
    for line in sys.stdin:
        event = json.loads(line)
        body = event.get("body")
        captions.show(event["event"].removeprefix(PREFIX), as_json(body))

    print(f"expected: {' / '.join(expected)}\nheard:    {' / '.join(captions.heard) or 'nothing'}")
    return 0 if captions.heard == expected else 1


def as_json(body: Any) -> Any:
    try:
        return json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return body


if __name__ == "__main__":
    sys.exit(main())
