"""A FreeSWITCH of its own for measuring, in a temporary folder. Its calls have time stamps in their audio."""
from __future__ import annotations

import json
import os
import secrets
import select
import signal
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any, Sequence
from xml.sax.saxutils import quoteattr

import process

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "script" / "lib"))
from freeswitch_call import HOST, EventSocket, find_freeswitch, free_port, settings, start  # noqa: E402

CORE_MODULES = ("mod_event_socket", "mod_commands", "mod_dptools", "mod_tone_stream")
PARKED = "park()"  # nothing writes to the call
WRITTEN_TO = "playback(silence_stream://-1)"  # writes a frame of silence for each frame that is read
FOLDERS = ("conf", "log", "db", "run", "temp", "recordings", "storage", "cache")
# Streams offer compression by default. The server agrees only if a variant says so.
CALL_VARIABLES = {"ignore_early_media": "true"}


class OwnFreeSwitch:
    """A FreeSWITCH that runs within `with`. `modules` are files to load besides the core's own. `application` is
    what calls run. `real_time`: its threads have real-time scheduling, as FreeSWITCH's have without -np if it is
    allowed."""

    def __init__(self, modules: Sequence[Path], application: str = PARKED, real_time: bool = False) -> None:
        self.modules = modules
        self._application = application
        self._real_time = real_time
        self.calls: list[str] = []
        self._threads_beside: list[int] = []
        self._folder = tempfile.TemporaryDirectory(prefix="audio_stream.", ignore_cleanup_errors=True)
        self._port, self._password = free_port(), secrets.token_hex()

    def __enter__(self) -> OwnFreeSwitch:
        home = self._folder.name
        arguments = [find_freeswitch(), "-ncwait", "-nonat", "-nosql", *([] if self._real_time else ["-np"])]
        for purpose in FOLDERS:
            Path(home, purpose).mkdir()
            arguments += [f"-{purpose}", f"{home}/{purpose}"]
        Path(home, "conf", "freeswitch.xml").write_text(self._configuration())
        start(arguments, Path(home, "output"))
        self.pid = int(Path(home, "run", "freeswitch.pid").read_text())
        self._process = os.pidfd_open(self.pid)
        self._socket = self._connected()
        return self

    def _connected(self) -> EventSocket:
        """FreeSWITCH reports ready a little before its event socket listens."""
        end = time.monotonic() + 20
        while True:
            try:
                return EventSocket(HOST, self._port, self._password)
            except ConnectionRefusedError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        # A kill, because hanging up thousands of calls takes long.
        signal.pidfd_send_signal(self._process, signal.SIGKILL)
        select.select([self._process], [], [])
        os.close(self._process)
        self._folder.cleanup()

    def _configuration(self) -> str:
        loads = "".join(f'<load module="{name}"/>' for name in CORE_MODULES)
        loads += "".join(f'<load module="{file.stem}" path={quoteattr(str(file.parent))}/>' for file in self.modules)
        switch = settings("switch", loglevel="err", max_sessions=20000, sessions_per_second=10000)
        socket = settings("event_socket", listen_ip=HOST, listen_port=self._port, password=self._password)
        return (f'<document type="freeswitch/xml"><section name="configuration">'
                f'<configuration name="modules.conf"><modules>{loads}</modules></configuration>'
                f'{switch}{socket}</section></document>')

    def api(self, line: str) -> str:
        return self._socket.api(line)

    def worst_lag_ms(self) -> float:
        return 0  # unknown in FreeSWITCH

    def heard(self) -> dict[str, Any]:
        """The delays of the server's audio to the callers since the last query."""
        told: dict[str, Any] = json.loads(self.api("bench_heard"))
        return told

    def add_calls(self, count: int, **variables: object) -> list[str]:
        """Adds calls with frames of 20 ms at 8 kHz. Each has its own thread of the switch and its own phase."""
        fresh = [self._add_call(**variables) for _ in range(count)]
        self.calls += fresh
        return fresh

    def _add_call(self, **variables: object) -> str:
        call = str(uuid.uuid4())
        told = {"origination_uuid": call, **CALL_VARIABLES, **variables}
        listed = "|".join(f"{name}={value}" for name, value in told.items())
        self.api(f"originate {{^^|{listed}}}stamp/1 &{self._application}")
        return call

    def add_calls_beside(self, count: int) -> None:
        """Adds calls without streams, which show the cost of a call by itself."""
        for _ in range(count):
            before = process.thread_ids(self.pid)
            self._add_call()
            fresh = process.thread_ids(self.pid) - before
            # Zero if the call reuses the thread of an ended call; two if another thread began meanwhile.
            if len(fresh) == 1:
                self._threads_beside += fresh

    def seconds_of_call_beside(self) -> float:
        """The mean CPU time of the calls beside."""
        if not self._threads_beside:
            return 0
        return statistics.mean(process.thread_seconds(self.pid, thread) for thread in self._threads_beside)

    # ---- figures ---------------------------------------------------------------------------

    def cpu_seconds(self) -> float:
        return process.cpu_seconds(self.pid)

    def private_kib(self) -> int:
        return process.private_kib(self.pid)

    def threads(self) -> int:
        return process.threads(self.pid)
