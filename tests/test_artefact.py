from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from chemtranslate.artefact import (
    CARD,
    TENSORS,
    TRAINING,
    ModelCard,
    digest,
    digest_of_records,
    halved,
    read_card,
    read_marks,
    read_model,
    write_metrics,
    write_model,
)
from chemtranslate.errors import ArtefactError, OutputError

WEIGHTS = {"b": np.arange(3, dtype=np.float32), "a": np.eye(2, dtype=np.float16)}
SOME = ModelCard(role="encoder", name="toy/linear", modality="toy", hub="0123456789abcdef",
                 data_licence="CC0", split="none", settings={"rate": 1e-3})


@pytest.fixture
def model(tmp_path: Path) -> Path:
    write_model(tmp_path / "model", WEIGHTS, SOME)
    return tmp_path / "model"


def test_a_model_reads_back_as_it_was_written(model: Path) -> None:
    tensors, card = read_model(model)
    assert card.model_copy(update={"digest": ""}) == SOME
    assert {name: (t.dtype, t.tolist()) for name, t in tensors.items()} == {
        name: (t.dtype, t.tolist()) for name, t in WEIGHTS.items()}
    assert sorted(p.name for p in model.iterdir()) == [CARD, TENSORS]


def test_a_model_is_overwritten_only_with_force(model: Path) -> None:
    with pytest.raises(OutputError, match="--force"):
        write_model(model, {}, SOME)
    assert read_model(model)[0].keys() == WEIGHTS.keys()
    write_model(model, {"c": np.zeros(1)}, SOME, force=True)
    assert read_model(model)[0].keys() == {"c"}


def test_a_model_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever safetensors raises
        write_model(tmp_path / "model", {"a": np.array(["text"])}, SOME)
    assert list(tmp_path.iterdir()) == []


def _truncate(model: Path) -> None:
    data = (model / TENSORS).read_bytes()
    (model / TENSORS).write_bytes(data[:-3])


def _other_weights(model: Path) -> None:
    save_file({**WEIGHTS, "b": WEIGHTS["b"] + 1}, model / TENSORS)


def _without_tensors(model: Path) -> None:
    (model / TENSORS).unlink()


def _without_card(model: Path) -> None:
    (model / CARD).unlink()


def _card_cut_short(model: Path) -> None:
    (model / CARD).write_bytes((model / CARD).read_bytes()[:50])


def _card_without_hub(model: Path) -> None:
    card = json.loads((model / CARD).read_text())
    del card["hub"]
    (model / CARD).write_text(json.dumps(card))


def _card_of_another_form(model: Path) -> None:
    card = json.loads((model / CARD).read_text())
    (model / CARD).write_text(json.dumps({**card, "format": "chemtranslate-model-2"}))


@pytest.mark.parametrize(("damage", "sentence"), [
    (_truncate, f"{TENSORS}: damaged or truncated"),
    (_other_weights, "its digest differs"),
    (_without_tensors, f"{TENSORS}: no such file"),
    (_without_card, f"not a model folder, expected {CARD}"),
    (_card_cut_short, f"{CARD}: not a model card"),
    (_card_without_hub, f"{CARD}: not a model card: hub"),
    (_card_of_another_form, f"{CARD}: not a model card: format"),
])
def test_a_damaged_model_is_refused_in_a_sentence(model: Path, damage: object,
                                                  sentence: str) -> None:
    damage(model)
    with pytest.raises(ArtefactError, match=sentence):
        read_model(model)


MARKS = np.array([[9, 3], [2**64 - 1, 3]], np.uint64)


def test_marks_are_stored_sorted_each_once_and_stay_with_the_model(tmp_path: Path) -> None:
    card = write_model(tmp_path / "marked", WEIGHTS, SOME, marks=MARKS)
    marks = read_marks(tmp_path / "marked")
    assert marks is not None
    assert (marks.dtype, marks.tolist()) == (np.uint64, [3, 9, 2**64 - 1])
    assert read_card(tmp_path / "marked") == read_model(tmp_path / "marked")[1] == card
    assert card.digest == write_model(tmp_path / "plain", WEIGHTS, SOME).digest
    write_metrics(tmp_path / "marked", {"cosine": 0.7})
    assert np.array_equal(read_marks(tmp_path / "marked"), marks)


def test_a_model_without_marks_says_so_whatever_lies_in_its_folder(model: Path) -> None:
    assert read_card(model).marks == ""
    save_file({"marks": MARKS}, model / TRAINING)
    assert read_marks(model) is None


def _other_marks(model: Path) -> None:
    save_file({"marks": np.array([3, 9], np.uint64)}, model / TRAINING)


def _without_marks(model: Path) -> None:
    (model / TRAINING).unlink()


def _marks_cut_short(model: Path) -> None:
    (model / TRAINING).write_bytes((model / TRAINING).read_bytes()[:-3])


@pytest.mark.parametrize(("damage", "sentence"), [
    (_other_marks, f"{TRAINING} is not the one that {CARD} describes"),
    (_without_marks, f"{TRAINING}: no such file"),
    (_marks_cut_short, f"{TRAINING}: damaged or truncated"),
])
@pytest.mark.parametrize("read", [read_marks, read_model])
def test_marks_that_are_not_those_of_the_card_are_refused(
        tmp_path: Path, damage: Callable[[Path], None], sentence: str,
        read: Callable[[Path], object]) -> None:
    write_model(tmp_path / "model", WEIGHTS, SOME, marks=MARKS)
    damage(tmp_path / "model")
    with pytest.raises(ArtefactError, match=sentence):
        read(tmp_path / "model")


def test_the_digest_sees_every_bit_name_shape_type_and_word() -> None:
    changed = [
        {**WEIGHTS, "b": np.nextafter(WEIGHTS["b"], np.float32(9))},
        {"c": WEIGHTS["b"], "a": WEIGHTS["a"]},
        {**WEIGHTS, "a": WEIGHTS["a"].reshape(4)},
        {**WEIGHTS, "b": WEIGHTS["b"].view(np.int32)},
    ]
    digests = [digest(WEIGHTS, {}), digest(WEIGHTS, {"filters": 4}),
               *(digest(tensors, {}) for tensors in changed)]
    assert len(set(digests)) == len(digests)
    assert digest(dict(reversed(WEIGHTS.items())), {}) == digests[0]
    assert digest({**WEIGHTS, "a": np.asfortranarray(WEIGHTS["a"])}, {}) == digests[0]


def test_the_digest_of_records_ignores_their_order() -> None:
    assert digest_of_records(["A1", "A2"]) == digest_of_records(["A2", "A1"])
    assert digest_of_records(["A1", "A2"]) != digest_of_records(["A1", "A3"])


def test_metrics_can_be_put_on_a_card_without_touching_the_rest(model: Path) -> None:
    before = read_card(model)
    write_metrics(model, {"cosine": 0.7})
    assert read_card(model) == before.model_copy(update={"metrics": {"cosine": 0.7}})
    read_model(model)


def test_halving_keeps_vectors_exact_and_matrices_within_float16() -> None:
    tensors = {"weight": np.linspace(-3, 3, 40, dtype=np.float32).reshape(8, 5),
               "bias": np.linspace(0, 1, 7, dtype=np.float32), "count": np.array(3)}
    stored = halved(tensors)
    assert stored["weight"].dtype == np.float16
    np.testing.assert_allclose(stored["weight"], tensors["weight"], rtol=1e-3)
    assert stored["bias"] is tensors["bias"]
    assert stored["count"] is tensors["count"]


def test_whoever_may_read_the_card_may_read_the_weights(model: Path) -> None:
    assert (model / TENSORS).stat().st_mode == (model / CARD).stat().st_mode
