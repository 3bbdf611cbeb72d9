"""Makes samples, packs them into RTP payloads and unpacks them, and measures them.

Samples are lists or arrays of numbers from -32768 to 32767. It uses only the standard library.
"""
from __future__ import annotations

import array
import functools
import math
import operator
import sys
from typing import Optional, Sequence

Samples = Sequence[int]


def samples_of(data: bytes, little_endian: bool = True) -> array.array[int]:
    samples = array.array("h", data)
    if little_endian != (sys.byteorder == "little"):
        samples.byteswap()
    return samples


def bytes_of(samples: Samples, little_endian: bool = True) -> bytes:
    data = array.array("h", samples)
    if little_endian != (sys.byteorder == "little"):
        data.byteswap()
    return data.tobytes()


# ---- G.711 -------------------------------------------------------------------------------------


def _from_ulaw(byte: int) -> int:
    byte = ~byte & 0xFF
    size = (((byte & 0x0F) << 3) + 0x84 << ((byte >> 4) & 7)) - 0x84
    return -size if byte & 0x80 else size


def _from_alaw(byte: int) -> int:
    byte ^= 0x55
    exponent = (byte >> 4) & 7
    size = ((byte & 0x0F) << 4) + (0x108 if exponent else 8)
    size <<= max(exponent - 1, 0)
    return size if byte & 0x80 else -size


@functools.lru_cache(maxsize=None)
def _encoder(decode: object) -> bytes:
    """For each sample from -32768 in steps of 16, the nearest code."""
    codes = sorted((decode(byte), byte) for byte in range(256))  # type: ignore[operator]
    table, at = bytearray(), 0
    for sample in range(-32768, 32768, 16):
        while at < 255 and abs(codes[at + 1][0] - sample) <= abs(codes[at][0] - sample):
            at += 1
        table.append(codes[at][1])
    return bytes(table)


def encoded(codec: str, samples: Samples) -> bytes:
    if codec == "L16":
        return bytes_of(samples, little_endian=False)
    table = _encoder({"PCMU": _from_ulaw, "PCMA": _from_alaw}[codec])
    return bytes(table[(sample + 32768) >> 4] for sample in samples)


def decoded(codec: str, payload: bytes) -> array.array[int]:
    if codec == "L16":
        return samples_of(payload, little_endian=False)
    decode = {"PCMU": _from_ulaw, "PCMA": _from_alaw}[codec]
    return array.array("h", map(decode, payload))


# ---- measuring ---------------------------------------------------------------------------------


@functools.lru_cache(maxsize=64)
def _waves(hertz: float, rate: int, count: int) -> tuple[list[float], list[float]]:
    step = 2 * math.pi * hertz / rate
    return [math.cos(step * i) for i in range(count)], [math.sin(step * i) for i in range(count)]


def share(samples: Samples, rate: int, hertz: float) -> float:
    """The share of the power at this frequency: 1 for a pure tone, 0 for silence."""
    total = sum(map(operator.mul, samples, samples))
    if total == 0:
        return 0.0
    cosine, sine = _waves(hertz, rate, len(samples))
    real = sum(map(operator.mul, samples, cosine))
    imaginary = sum(map(operator.mul, samples, sine))
    return 2 * (real * real + imaginary * imaginary) / (len(samples) * total)


def loudness(samples: Samples) -> float:
    """Root mean square."""
    return math.sqrt(sum(map(operator.mul, samples, samples)) / len(samples)) if samples else 0.0


def first_loud(samples: Samples, threshold: int = 4000, after: int = 0) -> Optional[int]:
    """The position of the first click or sound. Fast, because phones may be speaking meanwhile."""
    for at in range(after, len(samples), 1000):
        piece = samples[at:at + 1000]
        if max(piece) > threshold or min(piece) < -threshold:
            return at + next(i for i, sample in enumerate(piece) if abs(sample) > threshold)
    return None
