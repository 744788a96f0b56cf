"""What flows through the framework: samples of a sensor, and the records set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chemtranslate.chemical import Chemical


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: its file and its number in it, counted from 1; 0 is the whole file."""

    file: str
    record: int

    def __str__(self) -> str:
        return f"{self.file}, record {self.record}" if self.record else self.file


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement of one sensor.

    Attributes:
        id: the record's accession, else its name; outputs made from the sample name it.
        signal: the measurement in its modality's own form (a mass spectrum, a molecule, ...).
        name: what the record calls itself.
        chemical: who was measured, where the record says so.
        metadata: every other field of the record, in the record's own words and order.
        place: the file and record it was read from.
    """

    id: str
    signal: Any
    name: str = ""
    chemical: Chemical | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was read and cannot be used, with the reason in words.

    Attributes:
        place: the file and record number.
        name: the record's id or name, empty where it has none.
        reason: one sentence: what was found and what was expected.
        kind: a short label under which rejects are counted ("too few peaks").
        malformed: the record breaks its file format (a truncated record, an m/z of NaN), as
            opposed to a sound record that this task has no use for.
    """

    place: Place
    name: str
    reason: str
    kind: str = "unusable"
    malformed: bool = False

    def __str__(self) -> str:
        named = f" ({self.name})" if self.name else ""
        return f"{self.place}{named}: {self.reason}"
