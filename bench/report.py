"""Writes the results of run_all.py as a page with tables and pictures."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Optional

sys.path.insert(0, str(Path(__file__).resolve().parent / "macro"))
from freeswitch_knee import table as knee_table  # noqa: E402
from load_bench import spread, table, told  # noqa: E402
from plot import draw  # noqa: E402

Rows = list[dict[str, Any]]

PREFACE = """# Measured

Written by `script/bench`{how}; [performance.md](../performance.md) says what the figures mean and what was tried.
Absolute figures are those of one machine at one time{load}; only ratios within a run mean anything. *bare* is a
media bug that reads and drops, *floor* a write() from the media thread without queue, lock or protection, *batch*
the same write() from one thread for all calls, every 3 ms.
CPU is that of the streams alone: the cost of the calls without streams is subtracted (for two-way streams in
FreeSWITCH, the cost of other calls in the same seconds). Each figure is the median, with the least and the most
of the rounds. KiB are private pages beyond those of *bare*.
"""
MEANINGS = {
    "simulator-20": "## In the simulator, packets of 20 ms",
    "simulator-100": "## In the simulator, packets of 100 ms",
    "simulator-wss": "## In the simulator, TLS",
    "simulator-deflate": "## In the simulator, where the server agrees to compression",
    "simulator-playback": "## In the simulator, two-way",
    "simulator-twilio": "## In the simulator, the dialect twilio: 20 ms of PCMU in each text",
    "freeswitch": "## In FreeSWITCH, with -np",
    "freeswitch-real-time": "## In FreeSWITCH, real-time scheduling (the default without -np)",
    "freeswitch-wss": "## In FreeSWITCH, TLS",
    "freeswitch-deflate": "## In FreeSWITCH, where the server agrees to compression",
    "freeswitch-twilio": "## In FreeSWITCH, the dialect twilio: 20 ms of PCMU in each text",
    "freeswitch-playback": "## In FreeSWITCH, two-way, parked calls: nothing else writes to them",
    "freeswitch-written-to": "## In FreeSWITCH, two-way, calls that play silence",
}


def micro_table(programs: dict[str, Rows]) -> str:
    lines = ["## Parts", "", "| | ns |", "| --- | --- |"]
    for program, rows in programs.items():
        lines.append(f"| **{program}** | |")
        for row in rows:
            factor = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[row["time_unit"]]
            lines.append(f"| {row['name']} | {row['real_time'] * factor:,.0f} |")
    return "\n".join(lines)


def instructions_table(figures: dict[str, Any]) -> str:
    lines = ["## Instructions of the frame path", "",
             f"Counted by callgrind ({figures['built']}); CI fails where one takes more than 5 % more.", "",
             "| | instructions per frame |", "| --- | --- |"]
    lines += [f"| {case} | {count:.0f} |" for case, count in figures["instructions_per_frame"].items()]
    return "\n".join(lines)


def idle_line(rows: Rows) -> str:
    """The cost of the calls and the lag of their frames, neither caused by streams."""
    own = {row["calls"]: row["idle_us"]["median"] for row in rows if row["variant"] == "bare"}
    lag = max(row["lag_ms"] for row in rows)
    told_own = ", ".join(f"{us:.1f} us a frame with {calls} calls" for calls, us in own.items())
    late = f" A frame was at worst {lag:.0f} ms late before any media bug saw it." if lag > 0 else ""
    return f"The calls without streams take {told_own}.{late}" if own else late.strip()


def down_table(rows: Rows) -> Optional[str]:
    two_way = [row for row in rows if row["two_way"]]
    if not two_way:
        return None
    one_way = {(row["variant"], row["calls"]): row["us_per_frame"]["median"] for row in rows}
    lines = ["From the server's send to the write on the caller's leg:", "",
             "| calls | | p50, ms | p99, ms | heard | CPU of one-way |", "| --- | --- | --- | --- | --- | --- |"]
    for row in two_way:
        alone = one_way.get((row["variant"].partition(",")[0], row["calls"]))
        ratio = f"{row['us_per_frame']['median'] / alone:.2f}" if alone else ""
        lines.append(f"| {row['calls']} | {row['variant']} | {told(row['down_p50_ms'], 2)} | "
                     f"{told(row['down_p99_ms'], 2)} | {100 * row['down_share']:.1f} % | {ratio} |")
    return "\n".join(lines)


def tls_line(rows: Rows, micro: dict[str, Rows]) -> Optional[str]:
    """The lower bound for streams over TLS: a write, and OpenSSL's own encryption of as many bytes."""
    alone = [row["cpu_time"] / 1000 for row in micro.get("tls_record_bench", []) if row["name"].endswith(":200")]
    by_name = {row["variant"]: row["us_per_frame"]["median"] for row in rows}
    if not alone or not {"floor", "ours, wss"} <= by_name.keys():
        return None
    least = by_name["floor"] + alone[0]
    return (f"The floor, and OpenSSL's own encryption of as many bytes ({alone[0]:.1f} us): {least:.1f} us. "
            f"Streams over TLS take {by_name['ours, wss'] / least:.2f} of that.")


def dialect_line(readings: Rows) -> Optional[str]:
    """The cost of a dialect's streams over raw ones, in each round."""
    cost = {(row["variant"], row["round"]): row["us_per_frame"] for row in readings}
    ratios = [us / cost["ours", number] for (variant, number), us in cost.items() if variant == "ours, twilio"]
    if not ratios:
        return None
    return f"A stream of twilio takes {told(spread(ratios), 2)} of the CPU of a raw one."


def starts_table(rows: Rows) -> str:
    lines = ["## From the command to the first packet", "",
             "One stream after another, frames of the call every half a millisecond: the time to the upgrade's "
             "request, and to the first packet, at the server. The floor does nothing but connect, upgrade and write.",
             "", "| | request p50, ms | first packet p50, ms | p99, ms |", "| --- | --- | --- | --- |"]
    for row in rows:
        lines.append(f"| {row['variant']} | {row['asked_us']['p50'] / 1000:.2f} | {row['first_us']['p50'] / 1000:.2f} "
                     f"| {row['first_us']['p99'] / 1000:.2f} |")
    return "\n".join(lines)


def storm_table(rows: Rows) -> str:
    lines = ["## Many starts at once", "", "The longest delay of a packet of running streams, in ms.", "",
             "| | running | starting | commands took, ms | before, at most | meanwhile, at most | p99 "
             "| their first packet p50 | at most |", "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        lines.append(f"| {row['variant']} | {row['running']} | {row['starting']} | {row['asked_within_ms']:.0f} | "
                     f"{row['quiet_max_ms']:.1f} | {row['storm_max_ms']:.1f} | {row['storm_p99_ms']:.1f} | "
                     f"{row['first_us']['p50'] / 1000:.1f} | {row['first_us']['max'] / 1000:.1f} |")
    return "\n".join(lines)


def pictures(name: str, rows: Rows, folder: Path) -> list[str]:
    names = list(dict.fromkeys(row["variant"] for row in rows))
    if len({row["calls"] for row in rows}) < 2:
        return []
    titles = {"cpu": "CPU, us per frame", "memory": "memory, KiB per stream beyond bare", "latency": "p99, ms"}
    values = {"cpu": lambda row: row["us_per_frame"]["median"], "memory": lambda row: row["kib_beyond_bare"],
              "latency": lambda row: row["p99_ms"]["median"]}
    files = []
    for kind, value in values.items():
        series = {each: [(row["calls"], max(value(row), 0)) for row in rows
                         if row["variant"] == each and value(row) is not None]
                  for each in names if kind == "cpu" or each != "bare"}
        file = folder / f"{name}-{kind}.svg"
        draw(file, f"{titles[kind]} ({name})", series, logarithmic=kind == "latency")
        files.append(f"![{titles[kind]}]({file.name})")
    return files


def write_page(folder: Path, results: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    load = f", with a load of {results['load']:.1f} when it began" if results["load"] > 0.5 else ""
    parts = [PREFACE.format(how=results["how"], load=load), results["machine"]]
    for name, heading in MEANINGS.items():
        if name not in results:
            continue
        rows: Rows = results[name]["summary"]
        parts += [heading, idle_line(rows), table(rows)]
        more = (down_table(rows), tls_line(rows, results["micro"]), dialect_line(results[name]["readings"]), "\n".join(pictures(name, rows, folder)))
        parts += [part for part in more if part]
    parts += results["notes"]
    if results.get("knee"):
        parts += ["## In FreeSWITCH, until the processors are full",
                  "Calls are added until a packet takes more than 20 ms from the media bug to the server in one case "
                  "of a hundred. A bare media bug has no server, and so no row.", knee_table(results["knee"])]
    if results.get("starts"):
        parts.append(starts_table(results["starts"]))
    if results.get("storm"):
        parts.append(storm_table(results["storm"]))
    parts.append(micro_table(results["micro"]))
    if results.get("figures"):
        parts.append(instructions_table(results["figures"]))
    page = folder / "measured.md"
    page.write_text("\n\n".join(part.strip("\n") for part in parts if part) + "\n")
    return page
