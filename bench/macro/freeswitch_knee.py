#!/usr/bin/python3
"""Adds calls to a real FreeSWITCH until it and the server use all processor time, and prints how many streams
arrive in time: with a p99 of 20 ms from the media bug to the server. Measures the floor, a thread that calls
write() for all calls (batch), this module (ours), and others, in turn on the same calls.

All variants stop where the machine is full. They differ in how early a stream's packets begin to wait, so only
the ratio to the floor of the same run means anything.
"""
from __future__ import annotations

import argparse
import json
import math
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Optional

sys.path.insert(0, str(Path(__file__).resolve().parent))
from freeswitch_load import bench_of, other_module  # noqa: E402
from load_bench import Bench, Variant, add_options, before_others  # noqa: E402
from sink_process import sinks  # noqa: E402

IN_TIME_MS = 20.0
# A variant with a p99 this late is not measured with more calls.
HOPELESS_MS = 200.0


@dataclass
class Knee:
    variant: str
    p99_ms: dict[int, float] = field(default_factory=dict)  # by number of calls

    @property
    def over(self) -> bool:
        late = [value > IN_TIME_MS for value in self.p99_ms.values()]
        return late[-2:] == [True, True] or max(self.p99_ms.values(), default=0) > HOPELESS_MS

    def served(self) -> Optional[float]:
        """The number of calls with a p99 of 20 ms, interpolated between the last number in time and the next one.
        None if all numbers tried were in time."""
        before = (0, 0.05)
        for calls, p99 in self.p99_ms.items():
            if p99 > IN_TIME_MS:
                share = math.log(IN_TIME_MS / before[1]) / math.log(p99 / before[1])
                return before[0] + share * (calls - before[0])
            before = (calls, max(p99, 0.05))
        return None


def climb(bench: Bench, options: argparse.Namespace) -> list[Knee]:
    knees = {variant.name: Knee(variant.name) for variant in bench.variants if variant.streams}
    for home, made in bench.homes.items():
        variants = [variant for variant in bench.variants if variant.home == home and variant.streams]
        with made() as switch:
            for calls in range(options.first, options.last + 1, options.step):
                variants = [variant for variant in variants if not knees[variant.name].over]
                if not variants:
                    break
                bench.add_calls(switch, calls - len(switch.calls))
                for variant in variants:
                    knees[variant.name].p99_ms[calls] = measured(bench, switch, variant)
                    bench.say(f"{calls} calls, {variant.name}: p99 {knees[variant.name].p99_ms[calls]:.1f} ms")
    return list(knees.values())


def measured(bench: Bench, switch: Any, variant: Variant) -> float:
    bench.start(switch, variant)
    reading, _, _ = bench.streaming(switch, variant, 0)
    bench.stop(switch, variant)
    time.sleep(bench.options.warm_up / 2)
    return reading.p99_ms


def told(knees: list[Knee]) -> list[dict[str, Any]]:
    floor = next((knee.served() for knee in knees if knee.variant == "floor"), None)
    rows = []
    for knee in knees:
        served = knee.served()
        rows.append({**asdict(knee), "served": served, "of_floor": served / floor if served and floor else None})
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    numbers = sorted({calls for row in rows for calls in row["p99_ms"]}, key=int)
    lines = ["| | calls served | of the floor | " + " | ".join(f"p99 at {calls}, ms" for calls in numbers) + " |",
             "| --- | --- | --- |" + " --- |" * len(numbers)]
    for row in rows:
        served = f"{row['served']:.0f}" if row["served"] else "all"
        ratio = f"{row['of_floor']:.2f}" if row["of_floor"] else ""
        values = [f"{row['p99_ms'][calls]:.1f}" if calls in row["p99_ms"] else "" for calls in numbers]
        lines.append("| " + " | ".join([row["variant"], served, ratio, *values]) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--module", type=Path, help="another mod_audio_stream.so to measure as ours")
    parser.add_argument("--against", type=other_module, action="append", default=[], metavar="FILE:API",
                        help="another module with the same command syntax; may be given several times")
    parser.add_argument("--real-time", action="store_true", help="a FreeSWITCH without -np")
    parser.add_argument("--first", type=int, default=450, help="the first number of calls")
    parser.add_argument("--step", type=int, default=50, help="calls to add each time")
    parser.add_argument("--last", type=int, default=1200, help="the last number of calls")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.module:
        options.module = options.module.resolve(strict=True)
    options.batch, options.wss, options.deflate, options.playback, options.written_to = True, False, False, False, False
    before_others()
    with sinks(options.build, False) as (plain, secure):
        rows = told(climb(bench_of(options, plain, secure), options))
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps({"knee": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
