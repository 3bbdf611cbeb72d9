"""Command-line options of these tests: which FreeSWITCH, and which module."""
from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import unittest
from dataclasses import dataclass
from pathlib import Path

@dataclass(frozen=True)
class Installation:
    program: Path
    modules: Path
    ours: Path  # the module under test


def told(variable: str) -> str:
    return subprocess.run(["pkg-config", f"--variable={variable}", "freeswitch"], check=False,
                          capture_output=True, text=True).stdout.strip()


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--module", type=Path, required=True, help="the built mod_audio_stream.so")
    parser.add_argument("--freeswitch", type=Path, help="the program; default: from pkg-config or PATH")
    parser.add_argument("--modules", type=Path, help="FreeSWITCH's modules; default: from pkg-config")


def installation(options: argparse.Namespace) -> Installation:
    program = options.freeswitch or shutil.which("freeswitch", path=f"{told('bindir')}:{told('prefix')}/bin") \
        or shutil.which("freeswitch")
    if not program:
        sys.exit("no program freeswitch where pkg-config or PATH says")
    return Installation(Path(program), options.modules or Path(told("modulesdir")),
                        options.module.resolve(strict=True))


def before_others() -> None:
    """Calls run by the clock. If allowed, gives this process and the switch that it starts a higher priority."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def after_others() -> None:
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.nice(10)


class Watch:
    """Measures how long this program, and so each of its phones, stood still."""

    STEP = 0.01

    def __init__(self) -> None:
        self._stalls: list[tuple[float, float]] = []
        self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            due = max(due + self.STEP, clock())
            await asyncio.sleep(due - clock())
            if clock() - due > self.STEP:
                self._stalls.append((clock(), clock() - due))

    def longest(self, since: float) -> float:
        """The longest standstill in seconds since that moment of the event loop's clock."""
        return max((length for end, length in self._stalls if end >= since), default=0.0)

    def stop(self) -> None:
        self._task.cancel()


here: Installation


def run_unittest() -> None:
    global here
    parser = argparse.ArgumentParser(add_help=False)
    add_options(parser)
    options, rest = parser.parse_known_args()
    here = installation(options)
    unittest.main("__main__", argv=sys.argv[:1] + rest)
