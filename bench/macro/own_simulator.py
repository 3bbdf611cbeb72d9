"""A simulated switch for measuring, whose calls carry the time in their audio: simulated/main.cpp."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import process

class OwnSimulator:
    """Runs while it is entered."""

    def __init__(self, program: Path, media_threads: int, frame_ms: int = 20) -> None:
        self._arguments = [str(program), str(media_threads)]
        self._frame_ms = frame_ms
        self.calls: list[str] = []

    def __enter__(self) -> OwnSimulator:
        self._process = subprocess.Popen(self._arguments, text=True, bufsize=1,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = self._process.pid
        self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        # Nothing of it is wanted any more, and to hang up thousands of calls takes its time.
        self._process.kill()
        self._process.wait()
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()

    def api(self, line: str) -> str:
        return self._ask(f"api {line}")

    def add_calls(self, count: int, speed: float = 1, **variables: object) -> list[str]:
        """At 8 kHz, at phases of their own; `speed` times as fast as in life."""
        listed = " ".join(f"{name}={value}" for name, value in variables.items())
        fresh = self._ask(f"calls {count} {self._frame_ms} {speed} {listed}").split()
        self.calls += fresh
        return fresh

    def hang_up(self, call: str) -> None:
        self._ask(f"hangup {call}")
        self.calls.remove(call)

    def worst_lag_ms(self) -> float:
        """How late a frame was at worst, before any media bug saw it, since this was last asked."""
        return int(self._ask("lag")) / 1000

    def heard(self) -> dict[str, Any]:
        """How long what the server said was on its way to the callers, since this was last asked."""
        told: dict[str, Any] = json.loads(self._ask("heard"))
        return told

    def heap_kib(self) -> float:
        """What is allocated; the packets, whose pages the pool has from the system itself, are not in it."""
        return int(self._ask("heap")) / 1024

    def cpu_seconds(self) -> float:
        return process.cpu_seconds(self.pid)

    def add_calls_beside(self, count: int) -> None:
        assert count == 0, "a few threads drive all calls: what one takes is not known here"

    def seconds_of_call_beside(self) -> float:
        return 0

    def private_kib(self) -> int:
        return process.private_kib(self.pid)

    def threads(self) -> int:
        return process.threads(self.pid)

    def _ask(self, line: str) -> str:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise EOFError("the simulated switch is gone")
        return line.strip()
