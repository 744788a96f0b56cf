"""One split of all chemicals for every model: hub and sensors, today's plugins and tomorrow's.

The part is a hash of the chemical's identity alone, so "never seen by any model" holds across
the hub and all sensors without any list being passed around.

A sensor that knows a handful of chemicals cannot spare any. Its samples are split by what they
state, as the month in which they were measured; of unseen chemicals its models claim nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chemtranslate.errors import InputError

if TYPE_CHECKING:
    from chemtranslate.sample import Sample

Part = Literal["train", "valid", "test"]

PARTS: tuple[Part, ...] = ("train", "valid", "test")
TEST_SHARE = 0.065
VALID_SHARE = 0.05
SCHEME = "inchikey-sha256-v1"
BY_FIELD = "by field"
"""How a card's `split` begins where chemicals were not kept apart."""


def part(inchikey: str) -> Part:
    """Return the part that a chemical belongs to, for ever.

    Args:
        inchikey: an InChIKey or its first block; only the first block (connectivity) counts.

    Returns:
        "test" for 6.5 % of all chemicals, "valid" for 5 %, else "train".
    """
    digest = hashlib.sha256(inchikey.partition("-")[0].upper().encode("ascii")).digest()
    share = int.from_bytes(digest[:8], "big") / 2.0**64
    if share < TEST_SHARE:
        return "test"
    return "valid" if share < TEST_SHARE + VALID_SHARE else "train"


REPLICATES = 5
"""Samples that a chemical needs before one of them is held out."""


def held_out(ids: Sequence[str]) -> str | None:
    """Return the replicate of one training chemical that no model may learn from.

    Args:
        ids: ids of all samples of the chemical, in any order.

    Returns:
        the id whose hash is smallest; None for chemicals with fewer than REPLICATES samples.
    """
    if len(ids) < REPLICATES:
        return None
    return min(ids, key=lambda one: hashlib.sha256(one.encode()).digest())


@dataclass(frozen=True)
class ByField:
    """A split of samples by what they state in a field of their metadata.

    Attributes:
        field: its name, as "batch".
        train: what it states in samples that are learned from; all that `valid` does not name,
            where this is empty.
        valid: what it states in samples that settings are chosen by.
    """

    field: str
    train: frozenset[str] = frozenset()
    valid: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if both := sorted(self.train & self.valid):
            raise InputError(f"found {self.field} {both[0]} in both train and valid, expected one")

    def part(self, sample: Sample) -> Part:
        """Return the part that a sample belongs to; "test" where neither part names it.

        Raises:
            InputError: it does not state the field.
        """
        value = sample.metadata.get(self.field, "")
        if not value:
            raise InputError(
                f"{sample.place} ({sample.id}): states no {self.field}, by which samples are split"
            )
        if value in self.valid:
            return "valid"
        return "train" if value in self.train or not self.train else "test"

    def __str__(self) -> str:
        parts = (("train", self.train), ("valid", self.valid))
        named = (f"{name} {', '.join(sorted(values))}" for name, values in parts if values)
        return f"{BY_FIELD} {self.field}: {'; '.join(named) or 'all train'}"
