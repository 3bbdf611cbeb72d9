#!/usr/bin/python3
"""Streams N calls of a simulated switch by a media bug that reads and drops (bare), by a write() from the media
thread (floor), and by this module (ours), in turn. Prints the cost of each. The switch itself costs little (the
output says how much). --starts also measures how soon the first packet of a new stream arrives, and --storm how
long many starts at once delay the packets of running streams."""
from __future__ import annotations

import argparse
import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from load_bench import UNTRUSTED, Bench, Variant, add_options, before_others, table, told_as_json  # noqa: E402
from own_simulator import OwnSimulator  # noqa: E402
from sink_process import sinks  # noqa: E402

BARE = Variant("bare", "uuid_audio_bare", "simulator")
FLOOR = Variant("floor", "uuid_audio_floor", "simulator")
OURS = Variant("ours", "uuid_audio_stream", "simulator")
DEFLATE = Variant("ours, compression agreed", "uuid_audio_stream", "simulator", deflate=True)
SECURE = Variant("ours, wss", "uuid_audio_stream", "simulator", secure=True)
TALK = Variant("ours, two-way", "uuid_audio_stream", "simulator", ("playback=on",), two_way=True)
TALK_FLOOR = Variant("floor, two-way", "uuid_audio_floor", "simulator", two_way=True)
# Frames come this many times faster, so the 20 ms of the first frame hardly count.
START_SPEED = 40


class SimulatedBench(Bench):
    def add_calls(self, switch: OwnSimulator, calls: int) -> None:
        switch.add_calls(calls, STREAM_BUFFER_SIZE=self.options.packet_ms, **UNTRUSTED,
                         STREAM_PLAYBACK_PREBUFFER=self.options.prebuffer)

    def run_starts(self, count: int) -> list[dict[str, Any]]:
        """Starts one stream after another and measures from the command to the first packet at the server."""
        rows = []
        with self.homes["simulator"]() as switch:
            for variant in self.connecting():
                group = f"start-{self.group(variant)}"
                for number in range(count):
                    [call] = switch.add_calls(1, START_SPEED)
                    self.ask(switch, variant, call, group)
                    self.until_first(variant, group, number + 1)
                    switch.api(f"{variant.api} {call} stop")
                    switch.hang_up(call)
                told = self.sink(variant).report(group)
                rows.append({"variant": variant.name, "starts": count,
                             "asked_us": told["asked_us"], "first_us": told["first_us"]})
        return rows

    def run_storm(self, running: int, starting: int) -> list[dict[str, Any]]:
        """Measures how many simultaneous starts affect running streams."""
        return [self.storm(variant, running, starting) for variant in self.connecting()]

    def storm(self, variant: Variant, running: int, starting: int) -> dict[str, Any]:
        with self.homes["simulator"]() as switch:
            self.add_calls(switch, running + starting)
            first, others = switch.calls[:running], switch.calls[running:]
            quiet_group, group = f"run-{self.group(variant)}", f"storm-{self.group(variant)}"
            for call in first:
                self.ask(switch, variant, call, quiet_group)
            self.sink(variant).wait_for(quiet_group, running)
            quiet = self.worst_of(switch, variant, quiet_group)
            self.sink(variant).reset()
            switch.worst_lag_ms()
            begun = time.monotonic()
            for call in others:
                self.ask(switch, variant, call, group)
            asked = time.monotonic() - begun
            self.sink(variant).wait_for(group, starting)
            self.until_first(variant, group, starting)
            told = self.sink(variant).report(quiet_group)
            return {"variant": variant.name, "running": running, "starting": starting,
                    "asked_within_ms": asked * 1000, "quiet_max_ms": quiet,
                    "storm_max_ms": told["latency_us"]["max"] / 1000, "storm_p99_ms": told["latency_us"]["p99"] / 1000,
                    "lag_ms": switch.worst_lag_ms(), "first_us": self.sink(variant).report(group)["first_us"]}

    def worst_of(self, switch: OwnSimulator, variant: Variant, group: str) -> float:
        time.sleep(self.options.warm_up)
        self.sink(variant).reset()
        switch.worst_lag_ms()
        time.sleep(self.options.seconds)
        worst: float = self.sink(variant).report(group)["latency_us"]["max"] / 1000
        return worst

    def connecting(self) -> list[Variant]:
        return [variant for variant in self.variants if variant.streams and not variant.two_way]

    def ask(self, switch: OwnSimulator, variant: Variant, call: str, group: str) -> None:
        words = [variant.api, call, "start", *variant.options, self.sink(variant).url(group), "mono", "8k"]
        reply = switch.api(" ".join(words))
        if not reply.startswith("+OK"):
            raise RuntimeError(f"{variant.name}: {reply}")

    def until_first(self, variant: Variant, group: str, count: int) -> None:
        end = time.monotonic() + 30
        while self.sink(variant).report(group)["first_us"]["count"] < count:
            if time.monotonic() > end:
                raise RuntimeError(f"{group}: no audio of some streams")
            time.sleep(0.01)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--media-threads", type=int, default=2, help="media threads that drive all calls")
    parser.add_argument("--frame-ms", type=int, default=20, help="frame length of the calls, independent of the packets of our streams")
    parser.add_argument("--without", choices=["bare", "floor", "ours"], nargs="+", default=[])
    parser.add_argument("--wss", action="store_true", help="also streams over TLS")
    parser.add_argument("--deflate", action="store_true", help="also streams whose server agrees to compression")
    parser.add_argument("--starts", type=int, default=0, metavar="N", help="also N starts, one after another")
    parser.add_argument("--storm", type=int, default=0, metavar="N", help="also N starts at once, while 50 run")
    parser.add_argument("--playback", action="store_true",
                        help="the server answers each message with as much audio; compare with one-way streams")
    parser.add_argument("--dialect", help="also streams of this dialect, whose server gets texts as twilio's does")
    parser.add_argument("--prebuffer", type=int, default=60, help="STREAM_PLAYBACK_PREBUFFER, ms")
    options = parser.parse_args()
    if options.packet_ms % options.frame_ms:
        parser.error("packets are of whole frames")
    options.build = options.build.resolve()
    before_others()
    variants = [variant for variant in (BARE, FLOOR, OURS) if variant.name not in options.without]
    if options.wss:
        variants.append(SECURE)
    if options.deflate:
        variants.append(DEFLATE)
    if options.dialect:
        variants.append(Variant(f"ours, {options.dialect}", "uuid_audio_stream", "simulator", (f"dialect={options.dialect}",)))
    if options.playback:
        variants += [TALK_FLOOR, TALK] if FLOOR in variants else [TALK]
    with sinks(options.build, options.wss) as (plain, secure):
        switch = partial(OwnSimulator, options.build / "bench/macro/bench_simulated_switch", options.media_threads,
                         options.frame_ms)
        bench = SimulatedBench(options, plain, {"simulator": switch}, variants, secure)
        bench.frames_per_second = 1000 // options.frame_ms
        bench.run()
        starts = bench.run_starts(options.starts) if options.starts else []
        storm = bench.run_storm(50, options.storm) if options.storm else []
    result = {**told_as_json(bench), "starts": starts, "storm": storm}
    print(table(bench.summary()))
    for row in starts + storm:
        print(json.dumps(row))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
