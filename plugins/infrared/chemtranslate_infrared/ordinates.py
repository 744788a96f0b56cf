"""Tables of a JCAMP-DX file: numbers as text, in any of the forms that the protocol allows.

McDonald and Wilks, Appl. Spectrosc. 42 (1988) 151, section 5: AFFN (free numbers), and four that
save characters: PAC (a sign instead of a blank), SQZ (the first digit a letter that holds the
sign), DIF (differences) and DUP (repeats).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

SQUEEZED = {c: str(v) for v, c in enumerate("@ABCDEFGHI")} | {
    c: f"-{v}" for v, c in enumerate("abcdefghi", 1)
}
DIFFERENCE = {c: str(v) for v, c in enumerate("%JKLMNOPQR")} | {
    c: f"-{v}" for v, c in enumerate("jklmnopqr", 1)
}
REPEATED = {c: str(v) for v, c in enumerate("STUVWXYZs", 1)}

_NUMBER = re.compile(r"[+-]?(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?\d++)?+")
_PLAIN = re.compile(rf"(?:[\s,;]*+(?:{_NUMBER.pattern}|\?))*+[\s,;]*+")
"""Possessive all through: no run of digits is ever cut up anew, however long the line is."""
_PACKED = re.compile(
    r"(?P<free>[+-]?(?:\d+\.?\d*|\.\d+))|(?P<coded>[@A-Ia-i%J-Rj-r]\d*\.?\d*)|(?P<times>[S-Zs]\d*)"
    r"|(?P<missing>\?)|(?P<gap>[\s,;]+)"
)

MOST = 4_000_000
"""Points of a table: the whole of the mid infrared, a thousandth of 1/cm apart."""

Line = tuple[int, str]
"""Number of a line in its file, counted from 1, and its text without comment."""


class TableError(ValueError):
    """What is wrong with a table, and in which line."""

    def __init__(self, line: int, found: str) -> None:
        super().__init__(f"line {line}: {found}")


def is_plain(lines: Sequence[Line]) -> bool:
    """Say whether a table holds numbers only; then E is an exponent, and no digit."""
    return all(_PLAIN.fullmatch(text) for _, text in lines)


def plain_numbers(text: str) -> list[float]:
    """Return the numbers of a line in AFFN or PAC form; NaN for "?"."""
    return [
        math.nan if word == "?" else float(word)
        for word in re.findall(rf"{_NUMBER.pattern}|\?", text)
    ]


def stepped(
    lines: Sequence[Line], first: float, step: float, factor: float
) -> list[float]:
    """Return the ordinates of a table of the form (X++(Y..Y)), unscaled; NaN where one is missing.

    Each line begins with the abscissa of its first ordinate. It says where the line belongs, so
    that a lost or shortened line is found.

    Args:
        first, step: abscissa of the first point, and from point to point.
        factor: by which the abscissas in the table are multiplied.

    Raises:
        TableError: a line is no such line, begins at another abscissa than it should by a step or
            more, or its check of the line before fails.
    """
    plain = is_plain(lines)
    found: list[float] = []
    by_difference = False
    for number, text in lines:
        if plain:
            abscissa, *values = plain_numbers(text) or [math.nan]
            check = False
        else:
            abscissa, values, check, by_difference = _unpacked(number, text, by_difference)
        if check and found:
            if not values or values[0] != found[-1]:
                what = f"{values[0]:g}" if values else "nothing"
                raise TableError(
                    number, f"begins with {what}, expected {found[-1]:g} as the line before ends"
                )
            values = values[1:]
            expected = first + step * (len(found) - 1)
        else:
            expected = first + step * len(found)
        if not abs(abscissa * factor - expected) < abs(step):
            raise TableError(
                number, f"begins at {abscissa * factor:g}, expected {expected:g} after "
                f"{len(found)} points: a line is missing or cut short before it"
            )
        found += values
        if len(found) > MOST:
            raise TableError(number, f"found {len(found):,} points, expected at most {MOST:,}")
    return found


def _unpacked(
    number: int, text: str, continued: bool
) -> tuple[float, list[float], bool, bool]:
    """Return abscissa and ordinates of a packed line.

    Args:
        continued: the line before ended with a difference: then the first ordinate repeats its
            last one.

    Returns:
        abscissa, ordinates, whether the first is such a repeat, whether the last was a difference.
    """
    values: list[float] = []
    last: tuple[str, float] | None = None  # the ordinate or difference that a repeat repeats
    place = 0
    while place < len(text):
        match = _PACKED.match(text, place)
        if not match:
            raise TableError(number, f"found {text[place]!r} in a table of packed numbers")
        place = match.end()
        word = match.group()
        if match["gap"]:
            continue
        if match["missing"]:
            values.append(math.nan)
            last = None
        elif match["times"]:
            if last is None or len(values) < 2:
                raise TableError(number, f"found {word!r}, which repeats nothing")
            times = float(REPEATED[word[0]] + word[1:])
            if len(values) + times > MOST:
                raise TableError(number, f"found {word[:20]!r}, expected at most {MOST:,} points")
            for _ in range(int(times) - 1):
                values.append(values[-1] + last[1] if last[0] == "difference" else last[1])
        elif match["coded"] and word[0] in DIFFERENCE:
            if len(values) < 2 or math.isnan(values[-1]):
                raise TableError(number, f"found the difference {word!r} to nothing")
            last = "difference", float(DIFFERENCE[word[0]] + word[1:])
            values.append(values[-1] + last[1])
        else:
            last = "value", float(SQUEEZED[word[0]] + word[1:] if match["coded"] else word)
            values.append(last[1])
    if not values:
        raise TableError(number, "found no number")
    return values[0], values[1:], continued, last is not None and last[0] == "difference"


def pairs(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Return the points of a table of the form (XY..XY), unscaled; NaN where a number is missing.

    Raises:
        TableError: a line holds something else, or half a point.
    """
    found: list[tuple[float, float]] = []
    for number, text in lines:
        if not _PLAIN.fullmatch(text):
            raise TableError(number, f"found {text[:60]!r}, expected pairs of numbers")
        values = plain_numbers(text)
        if len(values) % 2:
            raise TableError(number, f"found {len(values)} numbers, expected pairs")
        found += zip(values[::2], values[1::2], strict=True)
    return found
