#!/usr/bin/python3
"""Streams N calls of a real FreeSWITCH by a media bug that reads and drops (bare), by a write() from the media
thread (floor), by this module (ours), and by others, in turn. Prints the cost of each.

The CPU is that of all threads of the switch, less the cost of the same calls just before and after without
streams, per frame that arrived. The figures are those of one machine at one time. Only ratios within a round mean
anything, so the ratio to the floor is computed in each round and printed with its spread over the rounds.
"""
from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Optional

sys.path.insert(0, str(Path(__file__).resolve().parent))
from load_bench import Bench, Variant, add_options, before_others, table, told_as_json  # noqa: E402
from own_freeswitch import PARKED, WRITTEN_TO, OwnFreeSwitch  # noqa: E402
from sink_process import Sink, sinks  # noqa: E402


def bench_of(options: argparse.Namespace, sink: Sink, secure: Optional[Sink]) -> Bench:
    build: Path = options.build
    common = [build / "bench/switch/mod_bench_calls.so", build / "bench/switch/mod_audio_floor.so"]
    modules = {"ours": options.module or build / "mod_audio_stream.so"}
    variants = [Variant("bare", "uuid_audio_bare", "ours"), Variant("floor", "uuid_audio_floor", "ours"),
                Variant("ours", "uuid_audio_stream", "ours")]
    if options.deflate:
        variants.append(Variant("ours, compression agreed", "uuid_audio_stream", "ours", deflate=True))
    if options.dialect:
        variants.append(Variant(f"ours, {options.dialect}", "uuid_audio_stream", "ours", (f"dialect={options.dialect}",)))
    if options.batch:
        variants.append(Variant("batch", "uuid_audio_batch", "ours"))
    if options.wss:
        variants.append(Variant("ours, wss", "uuid_audio_stream", "ours", secure=True))
    if options.playback:
        variants += [Variant("floor, two-way", "uuid_audio_floor", "ours", two_way=True),
                     Variant("ours, two-way", "uuid_audio_stream", "ours", ("playback=on",), two_way=True)]
    for file, api in options.against:
        name = f"{file.parent.name}/{api}"
        modules[name] = file
        variants.append(Variant(name, api, name))
    application = WRITTEN_TO if options.written_to else PARKED
    homes = {name: partial(OwnFreeSwitch, common + [file], application, options.real_time)
             for name, file in modules.items()}
    return Bench(options, sink, homes, variants, secure)


def other_module(text: str) -> tuple[Path, str]:
    file, _, api = text.rpartition(":")
    if not file:
        raise argparse.ArgumentTypeError("wants <path/to/mod.so>:<api name>")
    return Path(file).resolve(strict=True), api


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--module", type=Path, help="another mod_audio_stream.so to measure as ours")
    parser.add_argument("--against", type=other_module, action="append", default=[], metavar="FILE:API",
                        help="another module with the same command syntax; may be given several times")
    parser.add_argument("--playback", action="store_true",
                        help="also two-way streams: the server answers each message with as much audio")
    parser.add_argument("--written-to", action="store_true",
                        help="calls that FreeSWITCH writes to in any case, like a bridged call; without it calls are "
                             "parked, and a two-way stream has to write itself")
    parser.add_argument("--batch", action="store_true",
                        help="also the lower bound: one thread that calls write() for all calls, every 3 ms")
    parser.add_argument("--real-time", action="store_true",
                        help="a FreeSWITCH without -np: if it may, it schedules its threads in real time")
    parser.add_argument("--wss", action="store_true", help="also streams over TLS")
    parser.add_argument("--deflate", action="store_true", help="also streams whose server agrees to compression")
    parser.add_argument("--dialect", help="also streams of this dialect, whose server gets texts as twilio's does")
    parser.add_argument("--beside", action="store_true",
                        help="adds half as many calls without streams, to measure the cost of a call itself in the same "
                             "seconds")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if options.module:
        options.module = options.module.resolve(strict=True)
    before_others()
    with sinks(options.build, options.wss) as (plain, secure):
        bench = bench_of(options, plain, secure)
        bench.run()
    print(table(bench.summary()))
    if options.json:
        options.json.write_text(json.dumps(told_as_json(bench), indent=1) + "\n")


if __name__ == "__main__":
    main()
