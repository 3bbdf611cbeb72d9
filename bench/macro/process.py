"""Measures the CPU, memory and threads of a process."""
from __future__ import annotations

import os
import time
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Of all its threads, those that have ended too. Its CPU clock counts nanoseconds; utime and stime
    in /proc count hundredths of a second, in which a lonely call's stream would not be seen."""
    return time.clock_gettime_ns(~pid << 3 | 2) / 1e9


def private_kib(pid: int) -> int:
    kib = 0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_"):
            kib += int(line.split()[1])
    return kib


def threads(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/task"))


def thread_ids(pid: int) -> set[int]:
    return {int(name) for name in os.listdir(f"/proc/{pid}/task")}


def thread_seconds(pid: int, thread: int) -> float:
    """What one that lives has taken; its schedstat counts nanoseconds."""
    return int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0]) / 1e9
