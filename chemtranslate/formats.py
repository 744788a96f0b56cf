"""The formats of a modality: which one a file is of, and the records in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from chemtranslate.errors import InputError, UnknownNameError
from chemtranslate.files import STDIN
from chemtranslate.sample import Reject, Sample
from chemtranslate.specs import FormatSpec, ModalitySpec, resolve


def records_of(
    spec: ModalitySpec,
    name: str,
    opened: AbstractContextManager[IO[bytes]],
    format: str | None,
) -> Iterator[Sample | Reject]:
    """Yield every record of one file, which holds one at least."""
    read = resolve(str(format_for(spec, name, format, "read").read))
    empty = True
    with opened as stream:
        for record in read(stream, name):
            empty = False
            yield record
    if empty:
        raise InputError(f"{name}: found no record, expected at least one")


def format_for(spec: ModalitySpec, file: str, name: str | None, way: str) -> FormatSpec:
    """Choose the format of a file: by `name`, else by its ending, else the first that can.

    Args:
        way: "read" or "write".

    Raises:
        UnknownNameError: the modality has no such format, or none for this ending.
    """
    able = [fmt for fmt in spec.formats if getattr(fmt, way)]
    if name is not None:
        for fmt in able:
            if fmt.name == name:
                return fmt
        raise UnknownNameError.of(
            f"format to {way} for {spec.name}", name, [fmt.name for fmt in able]
        )
    if not able:
        raise UnknownNameError(f"modality {spec.name!r} has no format to {way}")
    suffixes = [s.lower() for s in Path(file).suffixes if s.lower() != ".gz"]
    if file == STDIN or not suffixes:
        return able[0]
    for fmt in able:
        if suffixes[-1] in fmt.suffixes:
            return fmt
    known = ", ".join(suffix for fmt in able for suffix in fmt.suffixes)
    raise UnknownNameError(
        f"{file}: cannot tell its format from {suffixes[-1]!r}, expected one of {known}; "
        "or name it with --format"
    )
