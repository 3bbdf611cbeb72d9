"""A simulated switch for measuring: simulated/main.cpp. Its calls have time stamps in their audio."""
from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import process

class OwnSimulator:
    """A simulated switch that runs within `with`."""

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
        # A kill, because hanging up thousands of calls takes long.
        self._process.kill()
        self._process.wait()
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()

    def api(self, line: str) -> str:
        return self._ask(f"api {line}")

    def add_calls(self, count: int, speed: float = 1, **variables: object) -> list[str]:
        """Adds calls at 8 kHz, each with its own phase. `speed`: how many times faster than real time."""
        listed = " ".join(f"{name}={value}" for name, value in variables.items())
        fresh = self._ask(f"calls {count} {self._frame_ms} {speed} {listed}").split()
        self.calls += fresh
        return fresh

    def hang_up(self, call: str) -> None:
        self._ask(f"hangup {call}")
        self.calls.remove(call)

    def worst_lag_ms(self) -> float:
        """The latest that a frame was before any media bug saw it, since the last query."""
        return int(self._ask("lag")) / 1000

    def heard(self) -> dict[str, Any]:
        """The delays of the server's audio to the callers since the last query."""
        told: dict[str, Any] = json.loads(self._ask("heard"))
        return told

    def heap_kib(self) -> float:
        """Allocated memory, without packets: the pool maps their pages directly."""
        return int(self._ask("heap")) / 1024

    def cpu_seconds(self) -> float:
        return process.cpu_seconds(self.pid)

    def add_calls_beside(self, count: int) -> None:
        assert count == 0, "a few threads drive all calls, so the cost of one call is unknown"

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
