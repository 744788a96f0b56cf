"""Peaks as text files write them: every separator in use, and nothing that is not a peak."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chemtranslate.chemical import shorten
from chemtranslate.errors import InputError

_NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|nan|inf(?:inity)?)",
                     re.IGNORECASE)  # fmt: skip
_ANNOTATION = re.compile(r'"[^"]*"')
_BETWEEN_PAIRS = re.compile(r"[;,]")


def read_peaks(lines: Sequence[str]) -> tuple[list[float], list[float]]:
    """Read m/z and intensities from lines of one or several peaks each.

    The two numbers of a peak are parted by spaces, tabs or a colon; peaks by spaces, tabs, `;` or
    `,`. Quoted annotations after a peak are passed over. A number may be NaN or infinite here:
    whether it makes sense is for `Spectrum.of` to say.

    Raises:
        InputError: a line is not a list of peaks; the message quotes it.
    """
    rows = [line.split() for line in lines]
    text = " ".join(lines)
    # float() reads "1_0" and the digits of all scripts, which no spectrum file means.
    if set(map(len, rows)) == {2} and text.isascii() and "_" not in text:
        try:
            numbers = [float(token) for row in rows for token in row]
        except ValueError:
            pass
        else:
            return numbers[::2], numbers[1::2]
    numbers = [number for line in lines for number in _line(line)]
    return numbers[::2], numbers[1::2]


def _line(line: str) -> list[float]:
    numbers: list[float] = []
    for part in _BETWEEN_PAIRS.split(_ANNOTATION.sub(";", line)):
        tokens = part.replace(":", " ").split()
        if len(tokens) % 2 or not all(map(_NUMBER.fullmatch, tokens)):
            raise InputError(
                f"line {shorten(line)!r} is not a peak, expected an m/z and an intensity"
            )
        numbers.extend(map(float, tokens))
    return numbers
