from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError, UnknownNameError
from chemtranslate.evaluation import compare, replicate_study
from chemtranslate.sample import Sample
from chemtranslate.splits import held_out, part
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.similarity import weighted_cosine
from chemtranslate_mass_spec.spectrum import Spectrum


def _spectrum(rng: np.random.Generator, peaks: int = 20) -> Spectrum:
    return Spectrum.of(rng.choice(np.arange(15, 200), peaks, replace=False),
                       rng.uniform(5, 99, peaks))


@pytest.fixture
def prepared() -> list[Sample]:
    """Six spectra each of two train chemicals, two of another, three of a test chemical."""
    rng = np.random.default_rng(0)
    counts = {"CCO": 6, "c1ccccc1": 6, "CC(C)=O": 2, "CS(C)=O": 3}
    assert [part(Chemical(s).standardised().key) for s in counts] == ["train"] * 3 + ["test"]
    return [Sample(f"{smiles}{i}", _spectrum(rng), chemical=Chemical(smiles))
            for smiles, count in counts.items() for i in range(count)]


def test_evaluate_measures_what_translate_writes(translator: Translator,
                                                 prepared: list[Sample]) -> None:
    form = translator.decoder("mass_spec").form
    translated = list(translator.translate(prepared, source="mass_spec", target="mass_spec"))
    compared = list(compare(translator, prepared, "mass_spec"))
    assert [sample.id for sample, _ in compared] == [sample.id for sample in prepared]
    for (sample, figures), made in zip(compared, translated, strict=True):
        expected = weighted_cosine(form.to_array(made)[None], form.to_array(sample)[None])
        assert next(iter(figures.values())) == pytest.approx(float(expected[0]), abs=1e-5)


def test_the_study_takes_one_held_out_replicate_of_each_known_chemical(
        translator: Translator, prepared: list[Sample]) -> None:
    figures = replicate_study(translator, prepared, "mass_spec", seed=1)
    assert figures["known chemicals"] == 2
    assert figures["their training samples"] == 10
    assert figures["own chemical nearest, among the known"]["chance"] == 0.5
    unseen = figures["unseen chemicals (test part)"]
    assert (unseen["chemicals"], unseen["samples"]) == (1, 3)
    assert unseen["own chemical nearest"] == 1


def test_the_baselines_are_what_they_are_called(translator: Translator, prepared: list[Sample],
                                                ) -> None:
    form = translator.decoder("mass_spec").form
    expected: dict[str, list[float]] = {"mean": [], "nearest": []}
    for smiles in ("CCO", "c1ccccc1"):
        own = [s for s in prepared if s.chemical == Chemical(smiles)]
        out = held_out([s.id for s in own])
        target = next(form.to_array(s) for s in own if s.id == out)
        others = np.stack([form.to_array(s) for s in own if s.id != out])
        expected["mean"].append(float(weighted_cosine(others.mean(0)[None], target[None])[0]))
        expected["nearest"].append(float(weighted_cosine(others, np.stack([target] * 5)).max()))
    ways = replicate_study(translator, prepared, "mass_spec", share=0.01)["held-out replicates"]
    name = next(iter(ways["clean -> decoded"]))
    mean = ways["baseline: the chemical's mean training sample"][name]["mean"]
    assert mean == pytest.approx(np.mean(expected["mean"]), abs=1e-3)
    nearest = ways["baseline: its nearest training sample"][name]["mean"]
    assert nearest <= np.mean(expected["nearest"]) + 1e-3
    copied = ways["baseline: the damaged input"][name]
    assert 0.9 < copied["mean"] <= 1


def test_the_study_is_the_same_for_the_same_seed_only(translator: Translator,
                                                      prepared: list[Sample]) -> None:
    once, again, other = (replicate_study(translator, prepared, "mass_spec", seed=seed, share=0.5)
                          for seed in (1, 1, 2))
    assert once == again
    way = "baseline: the damaged input"
    assert once["held-out replicates"][way] != other["held-out replicates"][way]


def test_the_study_does_not_depend_on_the_order_of_a_chemicals_records(
        translator: Translator, prepared: list[Sample]) -> None:
    own_reversed = [*prepared[5::-1], *prepared[6:]]
    one, other = (replicate_study(translator, samples, "mass_spec")
                  for samples in (prepared, own_reversed))
    assert one["held-out replicates"] == other["held-out replicates"]


def test_without_replicates_or_structures_there_is_no_study(translator: Translator,
                                                            prepared: list[Sample]) -> None:
    with pytest.raises(InputError, match="has 5 samples or more"):
        replicate_study(translator, prepared[:4], "mass_spec")
    with pytest.raises(InputError, match="states no structure"):
        replicate_study(translator, [replace(prepared[0], chemical=None)], "mass_spec")


def test_a_modality_without_metrics_cannot_be_evaluated(
        translator: Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    own = translator.plugins.modality("mass_spec")
    monkeypatch.setitem(translator.plugins._specs["modality"], "mass_spec",
                        own.model_copy(update={"metrics": None}))
    with pytest.raises(UnknownNameError, match="'mass_spec' has no metrics"):
        next(compare(translator, [], "mass_spec"))
