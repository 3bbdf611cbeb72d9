#!/usr/bin/python3
"""Plots the output of soak: plot.py SOAK.CSV PICTURE.SVG. Prints the first, least, most and last values."""

from __future__ import annotations

import csv
import sys
from typing import List

WIDTH, HEIGHT, MARGIN = 900, 150, 60
CURVES = [("rss_kb", "resident memory, kB"), ("descriptors", "descriptors"), ("threads", "threads")]


def curve(times: List[float], values: List[float], label: str, top: int) -> str:
    most = max(values) * 1.1 or 1
    points = " ".join(f"{MARGIN + time / times[-1] * WIDTH:.1f},{top + HEIGHT - value / most * HEIGHT:.1f}"
                      for time, value in zip(times, values))
    return (f'<text x="{MARGIN}" y="{top - 6}">{label}: {min(values):.0f} to {max(values):.0f}</text>'
            f'<rect x="{MARGIN}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#ccc"/>'
            f'<text x="4" y="{top + 10}" font-size="10">{most:.0f}</text>'
            f'<text x="4" y="{top + HEIGHT}" font-size="10">0</text>'
            f'<polyline points="{points}" fill="none" stroke="#06c"/>')


def main() -> None:
    with open(sys.argv[1]) as file:
        rows = list(csv.DictReader(file))
    times = [float(row["seconds"]) for row in rows]
    parts = []
    for number, (name, label) in enumerate(CURVES):
        values = [float(row[name]) for row in rows]
        parts.append(curve(times, values, label, 30 + number * (HEIGHT + 40)))
        print(f"{label}: first {values[0]:.0f}, least {min(values):.0f}, most {max(values):.0f}, "
              f"last {values[-1]:.0f}")
    total = len(CURVES) * (HEIGHT + 40) + 30
    with open(sys.argv[2], "w") as out:
        out.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 2 * MARGIN}" height="{total}" '
                  f'font-family="sans-serif" font-size="13">{"".join(parts)}'
                  f'<text x="{MARGIN}" y="{total - 8}">0 to {times[-1]:.0f} s</text></svg>\n')


if __name__ == "__main__":
    main()
