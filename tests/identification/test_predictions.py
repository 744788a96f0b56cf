"""Predictions of many candidates are kept, and made again when anything has changed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chemtranslate.cache import VARIABLE
from chemtranslate.identification import predictions as module
from chemtranslate.identification.predictions import KEPT, predictions


class Counting:
    """Stands for the evidence: signatures of candidates, and how often they were made."""

    def __init__(self, digest: str = "a") -> None:
        self.made = 0
        card = SimpleNamespace(digest=digest, hub="hub")
        self.decoder = SimpleNamespace(who="decoder", card=card)

    def predicted(self, candidates: Any) -> np.ndarray:
        self.made += 1
        return np.ones((len(candidates), 3), np.float32) / 3


class Several(SimpleNamespace):
    """Stands for candidates."""

    def __len__(self) -> int:
        return len(self.smiles)


def several(count: int = 6, first: str = "C") -> Any:
    return Several(smiles=[first] * count, vectors=np.ones((count, 4), np.float32))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(module, "LARGE", 5)
    return tmp_path / "predictions"


def test_predictions_are_made_once_and_are_the_same_when_read_again() -> None:
    evidence: Any = Counting()
    first, again = (predictions(evidence, several()) for _ in range(2))
    assert evidence.made == 1
    assert first.dtype == again.dtype == np.float32
    assert (first == again).all()


def test_another_decoder_and_other_candidates_have_predictions_of_their_own() -> None:
    evidence: Any = Counting()
    predictions(evidence, several())
    predictions(evidence, several(first="N"))
    predictions(evidence, several(7))
    assert evidence.made == 3
    other: Any = Counting("b")
    predictions(other, several())
    assert other.made == 1


def test_few_candidates_leave_nothing_behind(cache: Path) -> None:
    evidence: Any = Counting()
    predictions(evidence, several(4))
    assert not cache.exists()


def test_a_damaged_file_is_made_again(cache: Path) -> None:
    evidence: Any = Counting()
    predictions(evidence, several())
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:-5])
    predictions(evidence, several())
    predictions(evidence, several())
    assert evidence.made == 2


def test_a_cache_that_cannot_be_written_is_no_obstacle(cache: Path) -> None:
    cache.parent.mkdir(exist_ok=True)
    cache.write_text("a file where a folder should be")
    evidence: Any = Counting()
    assert len(predictions(evidence, several())) == 6


def test_old_lists_make_room_for_new_ones(cache: Path) -> None:
    evidence: Any = Counting()
    for count in range(6, 6 + KEPT + 2):
        predictions(evidence, several(count))
    assert len(list(cache.iterdir())) == KEPT
