"""Measures the CPU, memory and threads of a process."""
from __future__ import annotations

import os
import time
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads, ended ones included. The CPU clock counts nanoseconds; utime and stime in /proc
    count hundredths of a second, too coarse for the stream of a single call."""
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
    """CPU time of a live thread, from its schedstat, which counts nanoseconds."""
    return int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0]) / 1e9
