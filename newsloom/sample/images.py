"""Lead images: calm layered landscapes drawn from a seed, as PNG, with nothing but zlib."""

from __future__ import annotations

import colorsys
import math
import random
import struct
import zlib
from functools import lru_cache

WIDTH, HEIGHT = 640, 360

_SKY = 200  # palette entries of the gradient; the sun and the hills come after
_SUN = 200
_HILLS = 4


@lru_cache(maxsize=512)
def picture(seed: str) -> bytes:
    """A PNG of 640 x 360 pixels; the same seed gives the same bytes."""
    chance = random.Random(seed)
    columns = b"".join(_columns(chance))
    # Drawn column by column, because a column is a few runs of one colour; PNG wants rows.
    rows = b"".join(b"\0" + columns[y::HEIGHT] for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", _palette(chance)),
            _chunk(b"IDAT", zlib.compress(rows, 6)),
            _chunk(b"IEND", b""),
        )
    )


def _columns(chance: random.Random) -> list[bytes]:
    sky = bytes(min(_SKY - 1, y * _SKY // HEIGHT) for y in range(HEIGHT))
    radius = chance.randint(26, 54)
    sun_x, sun_y = chance.randint(90, WIDTH - 90), chance.randint(70, 150)
    waves = [(chance.uniform(0.4, 1.0), chance.uniform(0, math.tau), chance.uniform(14, 34)) for _ in range(_HILLS)]
    drawn = []
    for x in range(WIDTH):
        column = bytearray(sky)
        half = math.isqrt(max(0, radius * radius - (x - sun_x) ** 2))
        column[sun_y - half : sun_y + half] = bytes([_SUN]) * (2 * half)
        for layer, (pace, phase, swing) in enumerate(waves):
            angle = x / WIDTH * math.tau * pace * (layer + 1) + phase
            top = int(190 + 42 * layer + swing * (math.sin(angle) + 0.3 * math.sin(2.7 * angle)))
            column[top:] = bytes([_SUN + 1 + layer]) * (HEIGHT - top)
        drawn.append(bytes(column))
    return drawn


def _palette(chance: random.Random) -> bytes:
    hue, warm = chance.random(), chance.uniform(0.04, 0.13)
    colours = [
        _rgb(hue + (warm - 0.06) * step, 0.62 + 0.26 * step, 0.22 + 0.16 * step)
        for step in (y / _SKY for y in range(_SKY))
    ]
    colours.append(_rgb(warm, 0.93, 0.55))
    colours += [_rgb(hue + 0.03 * layer, 0.60 - 0.12 * layer, 0.20) for layer in range(_HILLS)]
    return b"".join(colours)


def _rgb(hue: float, lightness: float, saturation: float) -> bytes:
    return bytes(round(255 * part) for part in colorsys.hls_to_rgb(hue % 1.0, lightness, saturation))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
