from __future__ import annotations

import random
import string
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chemtranslate.splits import PARTS, REPLICATES, TEST_SHARE, VALID_SHARE, held_out, part

KEYS = st.text(string.ascii_uppercase, min_size=14, max_size=14)
BLOCKS = st.text(string.ascii_uppercase, min_size=10, max_size=10)


@given(KEYS, BLOCKS)
def test_stereoisomers_salts_and_isotopologues_are_in_one_part(key: str, block: str) -> None:
    assert part(f"{key}-{block}-N") == part(key) == part(key.lower()) == part(f"{key}-UHFFFAOYSA-M")


def test_the_split_never_moves_a_chemical() -> None:
    stays = {"LFQSCWFLJHTTHZ": "train", "RYYVLZVUVIJVGH": "train", "UHOVQNZJYSORNB": "train",
             "OKKJLVBELUTLKV": "valid", "DNIAPMSPPWPWGF": "valid", "JPOXNPPZZKNXOV": "valid",
             "IAZDPXIOMUYVGZ": "test", "ZWEHNKRNPOVVGH": "test", "XPDWGBQVDMORPB": "test"}
    assert {key: part(key) for key in stays} == stays


def test_the_parts_have_their_shares() -> None:
    rng = random.Random(0)
    keys = ["".join(rng.choices(string.ascii_uppercase, k=14)) for _ in range(20_000)]
    shares = {name: count / len(keys) for name, count in Counter(map(part, keys)).items()}
    assert set(shares) == set(PARTS)
    assert abs(shares["test"] - TEST_SHARE) < 0.006
    assert abs(shares["valid"] - VALID_SHARE) < 0.006


@given(st.lists(st.text(min_size=1), min_size=REPLICATES, unique=True), st.randoms())
def test_the_held_out_replicate_does_not_depend_on_the_order(ids: list[str],
                                                             rng: random.Random) -> None:
    shuffled = rng.sample(ids, len(ids))
    assert held_out(shuffled) == held_out(ids)
    assert held_out(ids) in ids


def test_nothing_is_held_out_of_a_chemical_with_too_few_replicates() -> None:
    ids = [f"A{i}" for i in range(REPLICATES)]
    assert held_out(ids[:-1]) is None
    assert held_out(ids) is not None
