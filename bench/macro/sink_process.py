"""The server that discards audio and measures its delay: sink/main.cpp."""
from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator, Optional

NOTHING: dict[str, Any] = {"open": 0, "opened": 0, "bytes": 0, "messages": 0, "frames": 0,
                           "latency_us": {"count": 0, "p50": 0.0, "p99": 0.0, "max": 0.0},
                           "asked_us": {"count": 0, "p50": 0.0, "p99": 0.0, "max": 0.0},
                           "first_us": {"count": 0, "p50": 0.0, "p99": 0.0, "max": 0.0}}


class Sink:
    """A sink that runs within `with`."""

    def __init__(self, program: Path, *options: str) -> None:
        self._arguments = [str(program), *options]
        self._scheme = "wss" if "--tls" in options else "ws"

    def __enter__(self) -> Sink:
        self._process = subprocess.Popen(self._arguments, text=True, bufsize=1,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._port = int(self._answer().split()[1])
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def url(self, group: str, talk: bool = False, deflate: bool = False) -> str:
        """The URL of a stream that starts now. `talk`: the server sends as much audio as it receives. `deflate`:
        the server agrees to compression."""
        how = "/talk" if talk else "/deflate" if deflate else ""
        return f"{self._scheme}://127.0.0.1:{self._port}/{group}/{time.monotonic_ns()}{how}"

    def reset(self) -> None:
        self._say("reset")

    def report(self, group: str) -> dict[str, Any]:
        groups: dict[str, Any] = json.loads(self._say("report"))
        return groups.get(group, NOTHING)

    def wait_for(self, group: str, connections: int, patience: float = 20) -> bool:
        """False if the number of open connections still differs after `patience`."""
        end = time.monotonic() + patience
        while self.report(group)["open"] != connections:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def _say(self, line: str) -> str:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise EOFError("the sink is gone")
        return line.strip()


def certificate(folder: str) -> tuple[str, str]:
    """A self-signed certificate and its key."""
    certificate_file, key = f"{folder}/certificate.pem", f"{folder}/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/CN=localhost", "-days", "2", "-keyout", key, "-out", certificate_file],
                   check=True, capture_output=True)
    return certificate_file, key


@contextlib.contextmanager
def sinks(build: Path, secure: bool) -> Iterator[tuple[Sink, Optional[Sink]]]:
    """A plain sink and, if wanted, one over TLS."""
    program = build / "bench/macro/bench_sink"
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        plain = running.enter_context(Sink(program))
        yield plain, running.enter_context(Sink(program, "--tls", *certificate(folder))) if secure else None
