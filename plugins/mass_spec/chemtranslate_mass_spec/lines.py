"""Lines of text out of hostile bytes, in bounded memory: the floor under all readers here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from chemtranslate.errors import InputError

BLOCK = 1 << 20
MAX_LINE = 16 * BLOCK
"""Bytes that one line may have; a profile spectrum on one line stays far below."""


def read_lines(stream: IO[bytes], file: str) -> Iterator[str]:
    """Yield the lines of a text file, without line ends and outer white space.

    LF and CRLF end lines. Text is UTF-8, with or without byte order mark; a line that is not valid
    UTF-8 is taken as Latin-1, so no byte sequence fails to decode.

    Args:
        stream: the file, uncompressed.
        file: its name, for messages.

    Raises:
        InputError: the file is empty, has a NUL byte in its first MiB (it is binary, or UTF-16),
            or has a line of more than 16 MiB.
    """
    rest = stream.read(BLOCK)
    if not rest.strip():
        raise InputError(f"{file}: found an empty or blank file, expected records")
    if b"\0" in rest:
        raise InputError(
            f"{file}: found a NUL byte at offset {rest.index(0)}, expected a text file (UTF-8 or "
            "Latin-1)"
        )
    rest = rest.removeprefix(b"\xef\xbb\xbf")
    while rest:
        more = stream.read(BLOCK)
        block, newline, tail = rest.rpartition(b"\n")
        if not more:
            block, newline, tail = rest, b"\n", b""
        if newline:
            yield from _decoded(block)
        if len(tail) > MAX_LINE:
            raise InputError(
                f"{file}: found a line of more than {MAX_LINE} bytes, expected text, in records"
            )
        rest = tail + more


def _decoded(block: bytes) -> Iterator[str]:
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError:
        for line in block.split(b"\n"):
            try:
                yield line.decode("utf-8").strip()
            except UnicodeDecodeError:
                yield line.decode("latin-1").strip()
    else:
        yield from map(str.strip, text.split("\n"))
