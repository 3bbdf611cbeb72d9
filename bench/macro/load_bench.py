"""Streams N calls of a switch, variant by variant, in turn on the same calls. Prints the cost of each.

The CPU is that of all threads of the switch, less the cost of the same calls just before and after without
streams, per frame that arrived. The cost of the calls themselves changes from second to second: --beside measures
it on other calls in the same seconds. The figures are those of one machine at one time. Only ratios within a
round mean anything, so the ratio to the floor is computed in each round and printed with its spread over the
rounds.
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
from typing import Any, Callable, Optional, Sequence

from sink_process import Sink

# No authority signed the secure sink's certificate.
UNTRUSTED = {"STREAM_TLS_CA_FILE": "NONE", "STREAM_TLS_DISABLE_HOSTNAME_VALIDATION": "true"}

STARTED_AT_A_TIME = 250

# The numbers of calls at which memory is measured. With fewer calls the switch's own memory hides that of a stream;
# with more, the extra start of thousands of streams takes minutes.
WEIGHED = range(10, 1001)


@dataclass(frozen=True)
class Variant:
    name: str
    api: str
    home: str  # the switch it runs in; one switch can't load two modules of the same file name
    options: tuple[str, ...] = ()  # words of its start command
    two_way: bool = False  # the server sends as much audio as it receives
    secure: bool = False  # over TLS
    deflate: bool = False  # the server agrees to compression, which is offered by default

    @property
    def streams(self) -> bool:
        return self.name != "bare"


@dataclass
class Reading:
    """The figures of a variant in one round."""
    variant: str
    calls: int
    round: int
    us_per_frame: float
    frames_share: float  # of the calls' frames; less than 1 if some were lost or late
    threads: int  # more than without streams
    p50_ms: float
    p99_ms: float
    max_ms: float
    idle_us: float  # cost of the calls themselves, without streams, per frame
    down_p50_ms: float  # from the server to the write on the caller's leg
    down_p99_ms: float
    down_share: float  # share of the server's messages whose beginning was heard
    lag_ms: float  # the latest that a frame was, before any media bug saw it
    load: float  # of the machine, over the last minute


@dataclass(frozen=True)
class Rate:
    """Processor time used in an interval, in processors."""
    seconds: float
    all: float
    of_call_beside: float  # mean of the calls beside; 0 if there are none


@dataclass
class Memory:
    variant: str
    calls: int
    kib_per_stream: float  # private pages more than without streams


class Bench:
    """Runs variants in the switches that `homes` makes. Variants of one home take turns on the same calls."""

    def __init__(self, options: argparse.Namespace, sink: Sink, homes: dict[str, Callable[[], Any]],
                 variants: Sequence[Variant], secure_sink: Optional[Sink] = None) -> None:
        self.options = options
        self._sink = sink
        self._secure_sink = secure_sink
        self.homes = homes
        self.variants = variants
        self.frames_per_second = 50  # of a call
        self.readings: list[Reading] = []
        self.memory: list[Memory] = []

    # ---- streams of all calls of a switch --------------------------------------------------

    def sink(self, variant: Variant) -> Sink:
        """The server of the variant's streams."""
        return self._secure_sink if variant.secure and self._secure_sink else self._sink

    def start(self, switch: Any, variant: Variant) -> None:
        sink, all_came = self.sink(variant), variant.streams
        for number, call in enumerate(switch.calls, 1):
            url = sink.url(self.group(variant), variant.two_way, variant.deflate)
            words = [variant.api, call, "start", *variant.options, url, "mono", "8k"]
            reply = switch.api(" ".join(words))
            if not reply.startswith("+OK"):
                raise RuntimeError(f"{variant.name}: {reply}")
            # Thousands of streams started at once would miss their deadlines. --starts measures starts.
            if all_came and number % STARTED_AT_A_TIME == 0:
                all_came = sink.wait_for(self.group(variant), number, patience(switch))
        if variant.streams and not sink.wait_for(self.group(variant), len(switch.calls), patience(switch)):
            print(f"{variant.name}: only {sink.report(self.group(variant))['open']} of {len(switch.calls)} "
                  "streams are connected", file=sys.stderr)

    def stop(self, switch: Any, variant: Variant) -> None:
        for call in switch.calls:
            switch.api(f"{variant.api} {call} stop")
        if variant.streams and not self.sink(variant).wait_for(self.group(variant), 0, patience(switch)):
            print(f"{variant.name}: some streams did not end", file=sys.stderr)

    @staticmethod
    def group(variant: Variant) -> str:
        return variant.name.replace("/", "_").replace(", ", "-").replace(" ", "-")

    # ---- measuring -------------------------------------------------------------------------

    def cpu_rate(self, switch: Any) -> Rate:
        begun, cpu, beside = time.monotonic(), switch.cpu_seconds(), switch.seconds_of_call_beside()
        time.sleep(self.options.seconds)
        seconds = time.monotonic() - begun
        return Rate(seconds, (switch.cpu_seconds() - cpu) / seconds,
                    (switch.seconds_of_call_beside() - beside) / seconds)

    def streaming(self, switch: Any, variant: Variant, number: int) -> tuple[Reading, Rate, float]:
        """The reading without its CPU, the CPU rate, and frames a second."""
        time.sleep(self.options.warm_up)
        self.sink(variant).reset()
        switch.worst_lag_ms()
        switch.heard()
        rate = self.cpu_rate(switch)
        told = self.sink(variant).report(self.group(variant))
        due = len(switch.calls) * self.frames_per_second * rate.seconds
        frames = told["frames"] if variant.streams else due
        late, heard = told["latency_us"], switch.heard()
        reading = Reading(
            variant.name, len(switch.calls), number, us_per_frame=0, frames_share=frames / due,
            threads=switch.threads(), p50_ms=late["p50"] / 1000, p99_ms=late["p99"] / 1000,
            max_ms=late["max"] / 1000, idle_us=0, down_p50_ms=heard["p50"] / 1000, down_p99_ms=heard["p99"] / 1000,
            down_share=heard["count"] / max(told["messages"], 1), lag_ms=switch.worst_lag_ms(),
            load=os.getloadavg()[0])
        return reading, rate, max(frames, 1) / rate.seconds

    def add_calls(self, switch: Any, calls: int) -> None:
        switch.add_calls(calls, STREAM_BUFFER_SIZE=self.options.packet_ms, **UNTRUSTED)

    def turn(self, home: str, calls: int, number: int) -> None:
        """Runs all variants of a home, one after the other, on the same calls."""
        beside = calls // 2 if self.options.beside else 0
        with self.homes[home]() as switch:
            self.add_calls(switch, calls)
            switch.add_calls_beside(beside)
            time.sleep(self.options.warm_up)
            threads = switch.threads()
            idle = [self.cpu_rate(switch)]
            variants = [variant for variant in self.variants if variant.home == home]
            # Rotates the order, so that no variant always follows the same other one.
            first = number % len(variants)
            taken = []
            for variant in variants[first:] + variants[:first]:
                self.start(switch, variant)
                taken.append(self.streaming(switch, variant, number))
                self.stop(switch, variant)
                time.sleep(self.options.warm_up / 2)
                idle.append(self.cpu_rate(switch))
        for at, (reading, rate, frame_rate) in enumerate(taken):
            around = idle[at:at + 2]
            # The calls beside show how much more a call cost meanwhile.
            dearer = rate.of_call_beside - statistics.mean(each.of_call_beside for each in around)
            without = statistics.mean(each.all for each in around) + dearer * (calls + beside)
            reading.us_per_frame = (rate.all - without) / frame_rate * 1e6
            reading.idle_us = without / ((calls + beside) * self.frames_per_second) * 1e6
            reading.threads -= threads
            self.readings.append(reading)

    def weigh(self, variant: Variant, calls: int) -> None:
        """Measures memory, in a switch without earlier streams, because freed memory stays with the process."""
        with self.homes[variant.home]() as switch:
            self.add_calls(switch, calls)
            before = at_rest(switch)
            self.start(switch, variant)
            self.memory.append(Memory(variant.name, calls, (at_rest(switch) - before) / calls))

    def run(self) -> None:
        for calls in self.options.calls:
            for number in range(self.options.rounds):
                for home in self.homes:
                    self.say(f"{calls} calls, round {number + 1} of {self.options.rounds}, {home}")
                    self.turn(home, calls, number)
            weighed = calls in WEIGHED and not self.options.unweighed
            for variant in self.variants if weighed else ():
                self.say(f"{calls} calls, memory, {variant.name}")
                self.weigh(variant, calls)

    def say(self, text: str) -> None:
        print(f"{text} (load {os.getloadavg()[0]:.1f})", file=sys.stderr)

    # ---- results ---------------------------------------------------------------------------

    def summary(self) -> list[dict[str, Any]]:
        rows = []
        for calls in self.options.calls:
            floors = {reading.round: reading for reading in self.of("floor", calls)}
            bare_kib = self.kib("bare", calls)
            for variant in self.variants:
                readings = self.of(variant.name, calls)
                ratios = [reading.us_per_frame / floors[reading.round].us_per_frame for reading in readings
                          if reading.round in floors]
                p50_ratios = [reading.p50_ms / floors[reading.round].p50_ms for reading in readings
                              if reading.round in floors and floors[reading.round].p50_ms > 0 and reading.p50_ms > 0]
                kib = self.kib(variant.name, calls)
                beyond = None if kib is None else kib - (bare_kib or 0)
                rows.append({
                    "variant": variant.name, "calls": calls, "rounds": len(readings),
                    "us_per_frame": spread([reading.us_per_frame for reading in readings]),
                    "cpu_of_floor": spread(ratios) if ratios else None,
                    "p50_of_floor": spread(p50_ratios) if variant.streams and p50_ratios else None,
                    "p50_ms": spread([reading.p50_ms for reading in readings]),
                    "p99_ms": spread([reading.p99_ms for reading in readings]),
                    "frames_share": min(reading.frames_share for reading in readings),
                    "idle_us": spread([reading.idle_us for reading in readings]),
                    "down_p50_ms": spread([reading.down_p50_ms for reading in readings]),
                    "down_p99_ms": spread([reading.down_p99_ms for reading in readings]),
                    "down_share": min(reading.down_share for reading in readings),
                    "two_way": variant.two_way,
                    "lag_ms": max(reading.lag_ms for reading in readings),
                    "threads": max(reading.threads for reading in readings),
                    "kib_per_stream": kib, "kib_beyond_bare": beyond,
                    "load": max(reading.load for reading in readings)})
        return rows

    def of(self, name: str, calls: int) -> list[Reading]:
        return [reading for reading in self.readings if reading.variant == name and reading.calls == calls]

    def kib(self, name: str, calls: int) -> Optional[float]:
        """None if memory was not measured. Without a bare variant the figure is beyond the calls."""
        return next((each.kib_per_stream for each in self.memory if each.variant == name and each.calls == calls), None)


def at_rest(switch: Any) -> float:
    """The private pages in KiB, once they change by less than 1 % of a KiB a call in 1.5 s. A call touches some
    pages with its first frames, and temporary memory is freed a second later."""
    seen = [float(switch.private_kib())]
    while len(seen) < 16 and (len(seen) < 5 or max(seen[-4:]) - min(seen[-4:]) > len(switch.calls) / 100):
        time.sleep(0.5)
        seen.append(float(switch.private_kib()))
    return seen[-1]


def patience(switch: Any) -> float:
    return 20 + len(switch.calls) / 200


def spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def told(spread_of: Optional[dict[str, float]], digits: int) -> str:
    """The median, with the least and the most if they differ."""
    if spread_of is None:
        return ""
    median, least, most = (f"{spread_of[key]:.{digits}f}" for key in ("median", "least", "most"))
    return median if least == most else f"{median} ({least} to {most})"


def told_kib(row: dict[str, Any]) -> str:
    if row["kib_per_stream"] is None:
        return ""
    return f"(bare: {row['kib_per_stream']:.0f})" if row["variant"] == "bare" else f"{row['kib_beyond_bare']:.0f}"


def table(rows: list[dict[str, Any]]) -> str:
    lines = ["| calls | | us per frame | of the floor | KiB per stream beyond bare | threads | p50, ms | p99, ms "
             "| p50 of the floor's | arrived |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        streams = row["variant"] != "bare"
        timed = streams and row["p50_ms"]["median"] > 0  # the texts of a dialect have no stamps
        lines.append("| " + " | ".join([
            str(row["calls"]), row["variant"], told(row["us_per_frame"], 1), told(row["cpu_of_floor"], 2),
            told_kib(row),
            str(row["threads"]),
            told(row["p50_ms"], 2) if timed else "", told(row["p99_ms"], 2) if timed else "",
            told(row["p50_of_floor"], 2), f"{100 * row['frames_share']:.1f} %" if streams else ""]) + " |")
    return "\n".join(lines)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--build", type=Path, required=True, help="the folder of the build")
    parser.add_argument("--calls", type=int, nargs="+", default=[1, 50, 200])
    parser.add_argument("--packet-ms", type=int, default=20, help="STREAM_BUFFER_SIZE of our streams")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--warm-up", type=float, default=1.5)
    parser.add_argument("--unweighed", action="store_true", help="leaves out the memory, for which each variant starts once more")
    parser.add_argument("--json", type=Path, help="where to write everything")
    parser.set_defaults(beside=False)  # needs a thread for each call


def before_others() -> None:
    """Raises the priority, so that other processes disturb the measurement less. All measured processes inherit
    it, so they stay equal. FreeSWITCH alone would raise its own priority but not the server's."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)


def told_as_json(bench: Bench) -> dict[str, Any]:
    return {"summary": bench.summary(), "readings": [asdict(each) for each in bench.readings],
            "memory": [asdict(each) for each in bench.memory]}
