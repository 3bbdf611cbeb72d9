"""Draws curves over the number of streams, as SVG."""
from __future__ import annotations

import math
from html import escape
from pathlib import Path
from typing import Mapping, Sequence

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 560, 260, 60, 40, 150, 40
COLOURS = ("#06c", "#c30", "#393", "#939", "#960", "#666", "#0aa")
Points = Sequence[tuple[float, float]]


def ticks(least: float, most: float) -> list[float]:
    """Powers of ten, and 2 and 5 times these, within a logarithmic axis."""
    found = [factor * 10 ** power for power in range(-6, 7) for factor in (1, 2, 5)]
    return [value for value in found if least * 0.999 <= value <= most * 1.001]


def curves(title: str, series: Mapping[str, Points], logarithmic: bool = False) -> str:
    points = [point for each in series.values() for point in each]
    low_x, high_x = min(x for x, _ in points), max(x for x, _ in points)
    high_y = max(y for _, y in points) * 1.1 or 1
    low_y = min(y for _, y in points if y > 0) / 1.5 if logarithmic else 0.0

    def across(x: float) -> float:
        span = math.log(high_x / low_x) if high_x > low_x else 1
        return LEFT + WIDTH * math.log(x / low_x) / span

    def down(y: float) -> float:
        share = math.log(max(y, low_y) / low_y) / math.log(high_y / low_y) if logarithmic else y / high_y
        return TOP + HEIGHT * (1 - share)

    parts = [f'<text x="{LEFT}" y="20" font-size="14">{escape(title)}</text>',
             f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#bbb"/>',
             f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 34}" text-anchor="middle">streams</text>']
    for x in sorted({x for x, _ in points}):
        parts.append(f'<text x="{across(x):.1f}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{x:g}</text>')
    heights = ticks(low_y, high_y) if logarithmic else [high_y / 1.1 * quarter / 4 for quarter in range(5)]
    for y in heights:
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{down(y):.1f}" y2="{down(y):.1f}" stroke="#eee"/>'
                     f'<text x="{LEFT - 6}" y="{down(y) + 4:.1f}" text-anchor="end">{y:.3g}</text>')
    for number, (name, each) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        line = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in each)
        dots = "".join(f'<circle cx="{across(x):.1f}" cy="{down(y):.1f}" r="3" fill="{colour}"/>' for x, y in each)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>{dots}'
                     f'<text x="{LEFT + WIDTH + 10}" y="{TOP + 14 + 18 * number}" fill="{colour}">'
                     f'{escape(name)}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + RIGHT}" height="{TOP + HEIGHT + BOTTOM}" '
            f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
            + "\n".join(parts) + "</svg>\n")


def draw(file: Path, title: str, series: Mapping[str, Points], logarithmic: bool = False) -> None:
    there = {name: sorted(points) for name, points in series.items() if points}
    if there:
        file.write_text(curves(title, there, logarithmic))
