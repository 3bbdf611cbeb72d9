#!/usr/bin/python3
"""Streams N calls of a real FreeSWITCH: by a media bug that reads and drops (bare), by a write() from the
media thread (floor), by this module (ours), and by others, in turn; tells what each took.

CPU is that of all threads of the switch less what the same calls took just before and after without
streams, per frame that arrived. Figures of one machine at one time: only ratios within a round mean
anything, so the ratio to the floor is taken in each round, and told with its spread over the rounds.
"""
from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_freeswitch import OwnFreeSwitch  # noqa: E402
from sink_process import Sink  # noqa: E402

FRAMES_PER_SECOND = 50


@dataclass(frozen=True)
class Variant:
    name: str
    api: str
    home: str  # the FreeSWITCH it runs in: modules of the same file name can't be in one

    @property
    def streams(self) -> bool:
        return self.name != "bare"


@dataclass
class Reading:
    """What a variant took in one round."""
    variant: str
    calls: int
    round: int
    us_per_frame: float
    frames_share: float  # of those the calls had; less than 1: some were lost, or were late
    threads: int         # more than without streams
    p50_ms: float
    p99_ms: float
    max_ms: float
    load: float          # of the machine, over the last minute


@dataclass
class Memory:
    variant: str
    calls: int
    kib_per_stream: float  # private pages more than without streams


class Bench:
    def __init__(self, options: argparse.Namespace, sink: Sink) -> None:
        self.options = options
        self.sink = sink
        here: Path = options.build
        common = [here / "bench/switch/mod_bench_calls.so", here / "bench/switch/mod_audio_floor.so"]
        self.homes = {"ours": common + [options.module or here / "mod_audio_stream.so"]}
        self.variants = [Variant("bare", "uuid_audio_bare", "ours"), Variant("floor", "uuid_audio_floor", "ours"),
                         Variant("ours", "uuid_audio_stream", "ours")]
        for file, api in options.against:
            name = f"{file.parent.name}/{api}"
            self.homes[name] = common + [file]
            self.variants.append(Variant(name, api, name))
        self.readings: list[Reading] = []
        self.memory: list[Memory] = []

    # ---- the streams of all calls of a switch ----------------------------------------------

    def start(self, switch: OwnFreeSwitch, variant: Variant) -> None:
        for call in switch.calls:
            switch.api(f"{variant.api} {call} start {self.sink.url(self.group(variant))} mono 8k")
        if variant.streams and not self.sink.wait_for(self.group(variant), len(switch.calls)):
            print(f"{variant.name}: only {self.sink.report(self.group(variant))['open']} of {len(switch.calls)} "
                  "streams are connected", file=sys.stderr)

    def stop(self, switch: OwnFreeSwitch, variant: Variant) -> None:
        for call in switch.calls:
            switch.api(f"{variant.api} {call} stop")
        if variant.streams and not self.sink.wait_for(self.group(variant), 0):
            print(f"{variant.name}: some streams did not end", file=sys.stderr)

    @staticmethod
    def group(variant: Variant) -> str:
        return variant.name.replace("/", "_")

    # ---- measuring -------------------------------------------------------------------------

    def cpu_rate(self, switch: OwnFreeSwitch) -> float:
        """Of one processor, without streams."""
        begun, cpu = time.monotonic(), switch.cpu_seconds()
        time.sleep(self.options.seconds)
        return (switch.cpu_seconds() - cpu) / (time.monotonic() - begun)

    def streaming(self, switch: OwnFreeSwitch, variant: Variant, number: int) -> tuple[Reading, float, float]:
        """The reading, to which the CPU is still missing; processor seconds and frames."""
        time.sleep(self.options.warm_up)
        self.sink.reset()
        begun, cpu = time.monotonic(), switch.cpu_seconds()
        time.sleep(self.options.seconds)
        seconds, cpu = time.monotonic() - begun, switch.cpu_seconds() - cpu
        told = self.sink.report(self.group(variant))
        due = len(switch.calls) * FRAMES_PER_SECOND * seconds
        frames = told["frames"] if variant.streams else due
        late = told["latency_us"]
        reading = Reading(variant.name, len(switch.calls), number, 0, frames / due, switch.threads(),
                          late["p50"] / 1000, late["p99"] / 1000, late["max"] / 1000, os.getloadavg()[0])
        return reading, cpu / seconds, max(frames, 1) / seconds

    def turn(self, home: str, calls: int, number: int) -> None:
        """All variants of a FreeSWITCH, one after the other on the same calls."""
        with OwnFreeSwitch(self.homes[home]) as switch:
            switch.add_calls(calls)
            time.sleep(self.options.warm_up)
            threads = switch.threads()
            idle = [self.cpu_rate(switch)]
            variants = [variant for variant in self.variants if variant.home == home]
            # None shall always be the one that comes after another.
            first = number % len(variants)
            taken = []
            for variant in variants[first:] + variants[:first]:
                self.start(switch, variant)
                taken.append(self.streaming(switch, variant, number))
                self.stop(switch, variant)
                time.sleep(self.options.warm_up / 2)
                idle.append(self.cpu_rate(switch))
        for at, (reading, cpu_rate, frame_rate) in enumerate(taken):
            reading.us_per_frame = (cpu_rate - (idle[at] + idle[at + 1]) / 2) / frame_rate * 1e6
            reading.threads -= threads
            self.readings.append(reading)

    def weigh(self, variant: Variant, calls: int) -> None:
        """Memory: in a FreeSWITCH in which nothing was streamed before, for what is freed is kept."""
        with OwnFreeSwitch(self.homes[variant.home]) as switch:
            switch.add_calls(calls)
            time.sleep(self.options.warm_up)
            before = switch.private_kib()
            self.start(switch, variant)
            time.sleep(self.options.warm_up + self.options.seconds / 2)
            self.memory.append(Memory(variant.name, calls, (switch.private_kib() - before) / calls))

    def run(self) -> None:
        for calls in self.options.calls:
            for number in range(self.options.rounds):
                for home in self.homes:
                    self.say(f"{calls} calls, round {number + 1} of {self.options.rounds}, {home}")
                    self.turn(home, calls, number)
            for variant in self.variants:
                self.say(f"{calls} calls, memory, {variant.name}")
                self.weigh(variant, calls)

    def say(self, text: str) -> None:
        print(f"{text} (load {os.getloadavg()[0]:.1f})", file=sys.stderr)

    # ---- what came of it -------------------------------------------------------------------

    def summary(self) -> list[dict[str, Any]]:
        rows = []
        for calls in self.options.calls:
            floors = {reading.round: reading for reading in self.of("floor", calls)}
            bare_kib = self.kib("bare", calls)
            for variant in self.variants:
                readings = self.of(variant.name, calls)
                ratios = [reading.us_per_frame / floors[reading.round].us_per_frame for reading in readings]
                p50_ratios = [reading.p50_ms / floors[reading.round].p50_ms for reading in readings
                              if floors[reading.round].p50_ms > 0]
                kib = self.kib(variant.name, calls)
                rows.append({
                    "variant": variant.name, "calls": calls, "rounds": len(readings),
                    "us_per_frame": spread([reading.us_per_frame for reading in readings]),
                    "cpu_of_floor": spread(ratios),
                    "p50_of_floor": spread(p50_ratios) if variant.streams else None,
                    "p50_ms": spread([reading.p50_ms for reading in readings]),
                    "p99_ms": spread([reading.p99_ms for reading in readings]),
                    "frames_share": min(reading.frames_share for reading in readings),
                    "threads": max(reading.threads for reading in readings),
                    "kib_per_stream": kib, "kib_beyond_bare": kib - bare_kib,
                    "load": max(reading.load for reading in readings)})
        return rows

    def of(self, name: str, calls: int) -> list[Reading]:
        return [reading for reading in self.readings if reading.variant == name and reading.calls == calls]

    def kib(self, name: str, calls: int) -> float:
        return next(each.kib_per_stream for each in self.memory if each.variant == name and each.calls == calls)


def spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def told(spread_of: Optional[dict[str, float]], digits: int) -> str:
    """The median, and least to most."""
    if spread_of is None:
        return ""
    median, least, most = (f"{spread_of[key]:.{digits}f}" for key in ("median", "least", "most"))
    return f"{median} ({least} to {most})"


def table(rows: list[dict[str, Any]]) -> str:
    lines = ["| calls | | us per frame | of the floor | KiB per stream beyond bare | threads | p50, ms | p99, ms "
             "| p50 of the floor's | arrived |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        streams = row["p50_of_floor"] is not None
        lines.append("| " + " | ".join([
            str(row["calls"]), row["variant"], told(row["us_per_frame"], 1), told(row["cpu_of_floor"], 2),
            f"{row['kib_beyond_bare']:.0f}" if streams else f"(bare: {row['kib_per_stream']:.0f})",
            str(row["threads"]),
            told(row["p50_ms"], 2) if streams else "", told(row["p99_ms"], 2) if streams else "",
            told(row["p50_of_floor"], 2), f"{100 * row['frames_share']:.1f} %" if streams else ""]) + " |")
    return "\n".join(lines)


def rival(text: str) -> tuple[Path, str]:
    file, _, api = text.rpartition(":")
    if not file:
        raise argparse.ArgumentTypeError("wants <path/to/mod.so>:<api name>")
    return Path(file).resolve(strict=True), api


def before_others() -> None:
    """Whatever else runs here shall disturb us less. All that is measured inherits it, and is equal in it:
    FreeSWITCH alone would put itself, and not the server, before all others."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="the folder that was built in")
    parser.add_argument("--module", type=Path, help="another mod_audio_stream.so as ours")
    parser.add_argument("--against", type=rival, action="append", default=[], metavar="FILE:API",
                        help="another module with the same command syntax; may be given several times")
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 50, 200])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--warm-up", type=float, default=1.5)
    parser.add_argument("--json", type=Path, help="where to write everything")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.module:
        options.module = options.module.resolve(strict=True)
    before_others()
    with Sink(options.build / "bench/macro/bench_sink") as sink:
        bench = Bench(options, sink)
        bench.run()
    rows = bench.summary()
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps({
            "summary": rows, "readings": [asdict(each) for each in bench.readings],
            "memory": [asdict(each) for each in bench.memory]}, indent=1) + "\n")


if __name__ == "__main__":
    main()
