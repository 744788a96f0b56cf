from __future__ import annotations

import random
import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Sample
from chemtranslate.splits import (
    PARTS,
    REPLICATES,
    TEST_SHARE,
    VALID_SHARE,
    ByField,
    held_out,
    part,
)

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


def sample(**metadata: str) -> Sample:
    return Sample("a", None, metadata=metadata, place=Place("x.csv", 7))


def test_a_split_by_field_learns_from_what_is_named_and_nothing_else() -> None:
    split = ByField("batch", frozenset({"2", "1"}), frozenset({"3"}))
    parts = {batch: split.part(sample(batch=batch)) for batch in "1234"}
    assert parts == {"1": "train", "2": "train", "3": "valid", "4": "test"}
    assert str(split) == "by field batch: train 1, 2; valid 3"
    assert ByField("batch").part(sample(batch="9")) == "train"
    assert str(ByField("batch")) == "by field batch: all train"


def test_a_split_by_field_needs_the_field_and_one_part_for_each_value() -> None:
    with pytest.raises(InputError, match=r"^x.csv, record 7 \(a\): states no batch"):
        ByField("batch").part(sample(lab="north"))
    with pytest.raises(InputError, match="found batch 3 in both train and valid"):
        ByField("batch", frozenset({"3"}), frozenset({"3"}))
