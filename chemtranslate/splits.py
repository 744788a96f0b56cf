"""One split of all chemicals for every model: hub and sensors, today's plugins and tomorrow's.

The part is a hash of the chemical's identity alone, so "never seen by any model" holds across
the hub and all sensors without any list being passed around.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

Part = Literal["train", "valid", "test"]

PARTS: tuple[Part, ...] = ("train", "valid", "test")
TEST_SHARE = 0.065
VALID_SHARE = 0.05
SCHEME = "inchikey-sha256-v1"


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
