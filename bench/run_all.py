#!/usr/bin/python3
"""Runs all built benchmarks and writes their results to a page."""
from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Sequence

sys.path.insert(0, str(Path(__file__).resolve().parent))
from report import write_page  # noqa: E402

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


class Run:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.build: Path = options.build
        self.folder = self.build / "bench" / "results"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.quick: bool = options.quick
        self.results: dict[str, Any] = {
            "how": " --quick" if self.quick else "", "load": os.getloadavg()[0], "notes": [],
            "machine": f"{os.cpu_count()} processors ({processor()}), Linux {platform.release()}."}

    def micro(self) -> None:
        programs = sorted(file for file in (self.build / "bench").glob("*_bench") if file.is_file())
        self.results["micro"] = {}
        for program in programs:
            say(program.name)
            time_option = f"--benchmark_min_time={0.02 if self.quick else 0.1}"
            run = subprocess.run([program, "--benchmark_format=json", time_option], check=False,
                                 capture_output=True, text=True)
            if run.returncode != 0:  # for example deflate_bench without Debian's recordings
                self.results["notes"].append(f"Not measured: {run.stderr.strip().splitlines()[-1]}")
                continue
            self.results["micro"][program.name] = json.loads(run.stdout)["benchmarks"]
        figures = HERE / "figures.json"
        if figures.exists():
            self.results["figures"] = json.loads(figures.read_text())

    def load(self, name: str, program: str, calls: Sequence[int], *more: str, rounds: int = 1,
             seconds: float = 2) -> dict[str, Any]:
        """Runs a load driver and returns its results."""
        say(name)
        file = self.folder / f"{name}.json"
        if self.quick:
            rounds, seconds = 1, 1
        command = [HERE / "macro" / program, "--build", self.build, *(["--calls", *map(str, calls)] if calls else []),
                   "--rounds", str(rounds), "--seconds", str(seconds), "--warm-up", "0.5" if self.quick else "1", "--json", file,
                   *more]
        subprocess.run(list(map(str, command)), check=True)
        told: dict[str, Any] = json.loads(file.read_text())
        self.results[name] = told
        return told

    def simulator(self) -> None:
        driver = "simulated_load.py"
        sizes = [50, 200] if self.quick else [50, 200, 1000, 4000]
        starts, storm = ("10", "100") if self.quick else ("50", "500")
        told = self.load("simulator-20", driver, sizes, "--starts", starts, "--storm", storm)
        self.results["starts"], self.results["storm"] = told["starts"], told["storm"]
        if self.quick:
            return
        self.load("simulator-100", driver, [1000, 10000], "--packet-ms", "100", "--without", "floor")
        if self.has_freeswitch():  # measured in the real switch instead
            return
        self.load("simulator-wss", driver, [200], "--wss", "--without", "ours")
        self.load("simulator-deflate", driver, [200], "--deflate")
        self.load("simulator-twilio", driver, [200], "--dialect", "twilio", "--without", "bare", rounds=3)
        self.load("simulator-playback", driver, [200], "--playback", "--prebuffer", "60", "--without", "bare")

    def has_freeswitch(self) -> bool:
        return (self.build / "bench/switch/mod_bench_calls.so").exists()

    def freeswitch(self) -> None:
        if not self.has_freeswitch():
            self.results["notes"].append("Not measured in FreeSWITCH: it was not installed.")
            return
        against = [word for each in self.options.against for word in ("--against", each)]
        driver = "freeswitch_load.py"
        self.load("freeswitch", driver, [50] if self.quick else [1, 50, 200], *against, seconds=3)
        if not self.quick:
            self.load("freeswitch-real-time", driver, [200], "--batch", "--real-time", "--unweighed", *against)
            self.load("freeswitch-wss", driver, [200], "--wss", seconds=3)
            self.load("freeswitch-deflate", driver, [200], "--deflate", seconds=3)
            self.load("freeswitch-twilio", driver, [200], "--dialect", "twilio", rounds=3, seconds=3)
            self.results["knee"] = self.load("freeswitch-knee", "freeswitch_knee.py", [], *against)["knee"]
            two_way = ["--playback", "--beside", "--unweighed"]
            self.load("freeswitch-playback", driver, [100], *two_way)
            self.load("freeswitch-written-to", driver, [100], *two_way, "--written-to")

    def run(self) -> Path:
        self.micro()
        self.simulator()
        self.freeswitch()
        return write_page(self.options.out, self.results)


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def say(text: str) -> None:
    print(f"== {text}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True, help="the folder of the build")
    parser.add_argument("--out", type=Path, help="the page's folder: docs/performance, or with --quick the build's")
    parser.add_argument("--quick", action="store_true", help="a shorter run of about a minute")
    parser.add_argument("--against", action="append", default=[], metavar="FILE:API")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.out is None:
        options.out = options.build / "bench" / "results" if options.quick else ROOT / "docs" / "performance"
    begun = time.monotonic()
    page = Run(options).run()
    say(f"{page} ({time.monotonic() - begun:.0f} s)")


if __name__ == "__main__":
    main()
