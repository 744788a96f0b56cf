"""Files that no reader should trust: what is no file of a format, and sound ones, spoilt."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

BINARY = (
    b"\x00\x01\x02\x03" * 64,
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00",
    b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + b"\x00" * 40,
)
"""Files in which there is no text at all."""
RUN = 10_000
"""Signs in a row that make an unlucky regular expression go on for ever."""
RUNS = (b"1", b" ", b"a", b'"', b",", b"(", b"1 ", b"1,", b"-", b"=", b"#", b"\\", b".")
NUMBERS = (b"", b"nan", b"inf", b"-1", b"0", b"1e999", b"1e18", b"9" * 5000, b"x", b"1,5",
           "٣".encode(), b"1_0")  # fmt: skip
"""What stands where a number did: empty, no number, or one that no machine can hold."""
KINDS = 20
"""Lines of different kinds that are spoilt in each way."""


def spoilt(sound: bytes, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of malformed files, the same for the same seed.

    Args:
        sound: a sound file, of which most are made; without one there are those that are no file
            of any format.
    """
    rng = np.random.default_rng(seed)
    yield from _garbage(rng)
    if sound:
        yield from _cut(sound, rng)
        yield from _lines(sound, rng)
        yield from _bytes(sound, rng)
        yield from _numbers(sound)
        yield from _runs(sound)


def _garbage(rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    for number, data in enumerate(BINARY, 1):
        yield f"a binary file, no. {number}", data
    yield "an empty file", b""
    yield "blank lines", b"\n \n\t\n"
    yield "a sentence", b"Dear reader,\nthis is a letter.\n"
    yield "bytes at random", rng.bytes(500)
    for run in RUNS:
        yield f"{run!r} over and over", run * RUN
        yield f"lines of {run!r}", (run + b"\n") * 200


def _cut(sound: bytes, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    for end in sorted(rng.integers(1, len(sound), 12).tolist()):
        yield f"a sound file cut after {end} bytes", sound[:end]
    for start in sorted(rng.integers(1, len(sound), 4).tolist()):
        yield f"a sound file without its first {start} bytes", sound[start:]
    yield "a sound file in UTF-16", sound.decode("utf-8", "replace").encode("utf-16")
    yield "a sound file with a mark of byte order", b"\xef\xbb\xbf" + sound
    yield "a sound file with the line ends of Windows", sound.replace(b"\n", b"\r\n")
    yield "a sound file on one line", sound.replace(b"\n", b" ")
    yield "a sound file twice", sound + sound


def _lines(sound: bytes, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    lines = sound.splitlines(keepends=True)
    for at in _kinds(lines):
        yield f"line {at + 1} missing", b"".join(lines[:at] + lines[at + 1 :])
        yield f"line {at + 1} twice", b"".join(lines[: at + 1] + lines[at:])
        yield f"line {at + 1} empty", b"".join([*lines[:at], b"\n", *lines[at + 1 :]])
    yield "lines in another order", b"".join(lines[at] for at in rng.permutation(len(lines)))


def _bytes(sound: bytes, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    for _ in range(40):
        at, cut = int(rng.integers(len(sound))), int(rng.integers(0, 20))
        new = rng.bytes(int(rng.integers(0, 6)))
        yield f"bytes at {at} replaced", sound[:at] + new + sound[at + cut :]


def _numbers(sound: bytes) -> Iterator[tuple[str, bytes]]:
    lines = sound.splitlines(keepends=True)
    for at in _kinds(lines):
        numbers = list(re.finditer(rb"[-+]?\d+(?:\.\d+)?", lines[at]))
        for found in [*numbers[:2], *numbers[2:][-1:]]:
            for new in NUMBERS:
                line = lines[at][: found.start()] + new + lines[at][found.end() :]
                yield (
                    f"{new[:12]!r} for {found[0][:12]!r} in line {at + 1}",
                    b"".join([*lines[:at], line, *lines[at + 1 :]]),
                )


def _runs(sound: bytes) -> Iterator[tuple[str, bytes]]:
    lines = sound.splitlines(keepends=True)
    for at in _kinds(lines):
        for run in RUNS:
            line = lines[at].rstrip(b"\r\n") + run * RUN + b"!\n"
            yield (
                f"{run!r} over and over after line {at + 1}",
                b"".join([*lines[:at], line, *lines[at + 1 :]]),
            )


def _kinds(lines: list[bytes]) -> list[int]:
    """Return the first line of each kind: lines that differ in their numbers only are of one."""
    kinds: dict[bytes, int] = {}
    for at, line in enumerate(lines):
        kinds.setdefault(re.sub(rb"[-+\d.,\s]+", b"0", line)[:40], at)
    return list(kinds.values())[:KINDS]
