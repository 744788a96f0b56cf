"""What an encoder's card states of its doubts."""

from __future__ import annotations

import numpy as np
import pytest

from chemtranslate.learning.folder import FEWEST, temperature_of
from chemtranslate.search import unit

RNG = np.random.default_rng(0)
OTHERS = unit(RNG.normal(size=(1000, 32)))


def drawn(vectors: np.ndarray, temperature: float) -> np.ndarray:
    """Return one of OTHERS for each vector, drawn by odds of this temperature."""
    noise = RNG.gumbel(size=(len(vectors), len(OTHERS)))
    return OTHERS[(unit(vectors) @ OTHERS.T / temperature + noise).argmax(1)]


@pytest.mark.parametrize("temperature", [0.06, 0.1, 0.2])
def test_the_temperature_is_the_one_that_chemicals_were_drawn_by(temperature: float) -> None:
    vectors = RNG.normal(size=(2000, 32)).astype(np.float32)
    found = temperature_of(vectors, drawn(vectors, temperature), OTHERS)
    assert found == pytest.approx(temperature, rel=0.15)


def test_nothing_is_stated_from_a_few_samples() -> None:
    few = RNG.normal(size=(FEWEST - 1, 32)).astype(np.float32)
    assert temperature_of(few, few, OTHERS) is None
