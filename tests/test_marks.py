from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.artefact import read_model, write_model
from chemtranslate.errors import ArtefactError, InputError
from chemtranslate.hub import Hub
from chemtranslate.marks import marks, refuse_learned
from chemtranslate.models import GuardedEncoder, load_encoder
from chemtranslate.plugins import registry
from chemtranslate.sample import Place, Sample
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.spectrum import Spectrum

RNG = np.random.default_rng(0)
ARRAYS = RNG.uniform(0, 100, (5, 30)).round(2).astype(np.float32)
IDS = [f"A{number}" for number in range(5)]


def test_every_sample_has_a_mark_of_its_id_and_one_of_its_content() -> None:
    found = marks(IDS, ARRAYS)
    assert (found.shape, found.dtype) == ((5, 2), np.uint64)
    assert len(np.unique(found)) == 10
    assert np.array_equal(found[[3, 1]], marks(["A3", "A1"], ARRAYS[[3, 1]]))
    renamed = marks([f"copy of {name}" for name in IDS], ARRAYS)
    assert np.array_equal(renamed[:, 1], found[:, 1])
    assert not np.isin(renamed[:, 0], found).any()


def test_marks_are_the_same_everywhere_and_for_ever() -> None:
    assert marks(["A"], np.array([[0.0, 100.0, 22.4]], np.float32)).tolist() == [
        [7128407978347423948, 3179737363088475675]]


def test_neither_scale_nor_far_decimals_change_the_mark_of_the_content() -> None:
    content = marks(IDS, ARRAYS)[:, 1]
    whole = np.rint(ARRAYS / ARRAYS.max(1, keepdims=True) * 100)
    assert np.array_equal(marks(IDS, whole.astype(np.float32))[:, 1], content)
    assert np.array_equal(marks(IDS, whole.astype(np.float64) / 128)[:, 1], content)
    moved = whole.copy()
    moved[:, 3] += 2
    assert not np.isin(marks(IDS, moved)[:, 1], content).any()


def test_a_sample_without_an_id_is_marked_by_its_content_alone() -> None:
    found = marks(["", ""], ARRAYS[:2])
    assert np.array_equal(found[:, 0], found[:, 1])
    assert found[0, 0] != found[1, 0]


def test_texts_and_whole_numbers_are_marked_as_they_are() -> None:
    texts = marks(IDS[:2], np.array(["CCO", "CCN"]))
    assert texts[0, 1] != texts[1, 1]
    numbers = marks(IDS[:2], np.array([[1, 200], [2, 400]]))
    assert numbers[0, 1] != numbers[1, 1]
    assert marks([], np.zeros((0, 4), np.float32)).shape == (0, 2)


def _sample(number: int, name: str | None = None, heaviest: int = 300) -> Sample:
    rng = np.random.default_rng(number)
    spectrum = Spectrum.of([*rng.choice(np.arange(15, 200), 12, replace=False), heaviest],
                           [*rng.uniform(5, 99, 12), 100])
    return Sample(name or f"A{number}", spectrum, place=Place("held.msp", number + 1))


Marked = Callable[..., GuardedEncoder]


@pytest.fixture
def marked(tiny_encoder_folder: Path, tiny_hub: Hub, tmp_path: Path) -> Marked:
    """Return a function that makes an encoder which has learned from samples."""
    def _marked(samples: list[Sample] | None) -> GuardedEncoder:
        tensors, card = read_model(tiny_encoder_folder)
        learned = samples and marks([s.id for s in samples],
                                    np.stack([FORM.to_array(s) for s in samples]))
        write_model(tmp_path / "encoder", tensors, card, force=True, marks=learned)
        return load_encoder(tmp_path / "encoder", "mass_spec", tiny_hub, registry())

    return _marked


def test_a_model_passes_that_has_learned_from_other_samples(marked: Marked) -> None:
    refuse_learned([marked([_sample(1), _sample(2)])], [_sample(3), _sample(4)])


def test_a_model_that_has_learned_from_held_out_samples_is_named_with_count_and_first(
        marked: Marked) -> None:
    model = marked([_sample(1), _sample(2)])
    held = [_sample(3), _sample(2), _sample(1), _sample(4)]
    with pytest.raises(InputError) as caught:
        refuse_learned([model], held)
    assert str(caught.value) == (
        f"encoder {model.name} ({model.folder}) has learned from 2 of the 4 held-out samples, the "
        "first being A2 (held.msp, record 3), known by its id")


def test_a_copy_under_another_id_is_known_by_its_content(marked: Marked) -> None:
    with pytest.raises(InputError, match=r"from 1 of the 2 .*first being other .*by its content"):
        refuse_learned([marked([_sample(1)])], [_sample(3), _sample(1, "other")])


def test_a_sample_that_the_model_cannot_take_is_known_by_its_id(marked: Marked) -> None:
    model = marked([_sample(1)])
    refuse_learned([model], [_sample(3, heaviest=900)])
    with pytest.raises(InputError, match="known by its id"):
        refuse_learned([model], [_sample(3, "A1", heaviest=900)])


def test_a_model_that_does_not_say_from_what_it_learned_is_refused(marked: Marked,
                                                                   tiny_hub: Hub) -> None:
    with pytest.raises(ArtefactError, match="its folder does not say what it was trained on"):
        refuse_learned([marked([_sample(1)]), marked(None)], [_sample(3)])
    of_the_hub = load_encoder(None, "chemception", tiny_hub, registry())
    with pytest.raises(ArtefactError, match=r"encoder chemception/\w+ \(no folder\) cannot be"):
        refuse_learned([of_the_hub], [])
