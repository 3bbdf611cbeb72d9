#!/usr/bin/python3
"""Counts the instructions of the frame path with valgrind's callgrind. The count is the same in each run. Fails
if a case takes more than 5 % more than in figures.json. Exits with 77 (skipped) without valgrind, or if the
compiler or machine is not that of the figures."""
from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).resolve().parent / "figures.json"
SKIPPED = 77
TOLERANCE = 0.05
FEW, MANY = 200, 1200  # frames; the difference of the two runs leaves out the start


def instructions(program: Path, case: str, frames: int) -> int:
    run = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program), case,
                          str(frames)], check=False, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        raise RuntimeError(f"{case}: {run.stderr.strip()}")
    return int(found[1])


def per_frame(program: Path, case: str) -> float:
    difference = instructions(program, case, MANY) - instructions(program, case, FEW)
    return round(difference / (MANY - FEW), 1)


def excess(counted: dict[str, float], expected: dict[str, float]) -> list[str]:
    """The cases that exceed their figure, and by how much."""
    return [f"{case}: {counted[case]:.0f} instructions a frame, {100 * (counted[case] / expected[case] - 1):+.1f} %"
            for case in counted if case in expected and counted[case] > expected[case] * (1 + TOLERANCE)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path, required=True, help="the built frame_instructions")
    parser.add_argument("--compiler", required=True, help="the compiler that built it, such as 'GNU 12'")
    parser.add_argument("--cases", nargs="+", required=True)
    parser.add_argument("--update", action="store_true", help="write the counts to figures.json")
    options = parser.parse_args()

    if not shutil.which("valgrind"):
        print("skipped: no valgrind here (script/install-deps test)")
        return SKIPPED
    built = f"{options.compiler}, {platform.machine()}"
    figures: dict[str, Any] = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    if not options.update and figures.get("built") != built:
        print(f"skipped: the figures are of {figures.get('built')}, this is {built}")
        return SKIPPED
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda case: per_frame(options.program, case), options.cases))
    counted = dict(zip(options.cases, counts))
    if options.update:
        FIGURES.write_text(json.dumps({"built": built, "instructions_per_frame": counted}, indent=2) + "\n")
        print(f"written to {FIGURES}")
        return 0
    expected = figures["instructions_per_frame"]
    for case, count in counted.items():
        print(f"{case}: {count:.0f} instructions a frame; the figure is {expected.get(case, 'missing')}")
    missing = [case for case in counted if case not in expected]
    too_many = excess(counted, expected)
    if missing or too_many:
        print("\n".join(["", "More instructions than before:", *too_many, *(f"no figure of: {case}" for case in missing),
                         "If that is worth it, script/bench --update-figures writes down the new figures."]))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
