"""How good a translation is: per record, and on held-out replicates beside simple baselines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.batching import OnReject, as_arrays, batches, refuse
from chemtranslate.chemical import standardise
from chemtranslate.errors import InputError, UnknownNameError
from chemtranslate.models import GuardedDecoder, GuardedEncoder, load_augmenter
from chemtranslate.protocols import Array, ArrayForm, Metrics
from chemtranslate.sample import Sample
from chemtranslate.search import nearest_rows
from chemtranslate.specs import resolve
from chemtranslate.splits import BY_FIELD, REPLICATES, held_out, part
from chemtranslate.translator import Translator


def metrics_of(translator: Translator, modality: str) -> Metrics:
    """Return the metrics of a modality; UnknownNameError if it has none."""
    reference = translator.plugins.modality(modality).metrics
    if reference is None:
        raise UnknownNameError(f"modality {modality!r} has no metrics")
    found: Metrics = resolve(reference)
    return found


def expect_unseen(*models: GuardedEncoder | GuardedDecoder) -> None:
    """Expect models to which the chemicals of the test part are unseen.

    Raises:
        InputError: one has learned from samples that were not split by chemical.
    """
    for model in models:
        if model.card.split.startswith(BY_FIELD):
            raise InputError(
                f"{model.name} has learned from all its chemicals (split {model.card.split}), "
                "expected a model to which those of the test part are unseen; `evaluate` without "
                "--held-out and --against compares record by record"
            )


def compare(
    translator: Translator, samples: Iterable[Sample], modality: str, on_reject: OnReject = refuse
) -> Iterator[tuple[Sample, dict[str, float]]]:
    """Translate samples into their own modality and compare each with itself.

    Yields:
        the sample and its figures, by the modality's metrics.
    """
    encoder, decoder = translator.encoder(modality), translator.decoder(modality)
    measure = metrics_of(translator, modality)
    for batch in batches(samples, translator.batch):
        usable, arrays = as_arrays(batch, encoder.form, on_reject)
        if usable:
            decoded = as_written(decoder.decode(encoder.encode(np.stack(arrays))), decoder.form)
            measured = np.stack([decoder.form.to_array(sample) for sample in usable])
            figures = measure(decoded, measured)
            for row, sample in enumerate(usable):
                yield sample, {name: float(values[row]) for name, values in figures.items()}


def replicate_study(
    translator: Translator,
    samples: Iterable[Sample],
    modality: str,
    *,
    seed: int = 0,
    progress: Callable[[str], None] = lambda line: None,
    **damage: Any,
) -> dict[str, Any]:
    """Measure translation on the held-out replicates of known chemicals, beside baselines.

    Known chemicals are those of the train part with 5 or more samples; of each, one replicate
    was held out of all training. It is damaged by the augmenter, and what is made of the damaged
    one is compared with the undamaged one. Baselines: the damaged input itself, the mean of the
    chemical's training samples, and the one of these that is nearest to the damaged input.

    Args:
        samples: prepared samples with structures.
        seed: of the damage.
        damage: settings of the augmenter.

    Returns:
        figures by name, ready for JSON: mean and median of each metric for each way, and how
        often the encoder puts a sample nearest to its own chemical, among the known chemicals
        and among the unseen chemicals of the test part.
    """
    encoder, decoder = translator.encoder(modality), translator.decoder(modality)
    expect_unseen(encoder, decoder)
    measure = metrics_of(translator, modality)
    first_metric = next(iter(measure(*[np.zeros((1, *decoder.form.shape), np.float32)] * 2)))
    augmenter = load_augmenter(modality, translator.plugins, **damage)
    known, unseen, structures = _grouped(samples)
    if not known:
        raise InputError(
            f"no chemical of the train part has {REPLICATES} samples or more, so no "
            "replicate is held out"
        )
    progress(f"{len(known)} known chemicals, {len(unseen)} unseen ones")

    targets = [target for target, _ in known.values()]
    damaged = [
        augmenter.augment(target, np.random.default_rng([seed, number]))
        for number, target in enumerate(targets)
    ]
    clean_in, damaged_in = (
        np.stack([encoder.form.to_array(s) for s in group]) for group in (targets, damaged)
    )
    truth, copied = (
        np.stack([decoder.form.to_array(s) for s in group]) for group in (targets, damaged)
    )
    training = [np.stack([decoder.form.to_array(s) for s in own]) for _, own in known.values()]

    def nearest(own: Array, query: Array) -> Array:
        similarity = measure(own, np.repeat(query[None], len(own), 0))[first_metric]
        best: Array = own[int(np.argmax(similarity))]
        return best

    ways = {
        "damaged -> decoded": as_written(decoder.decode(encoder.encode(damaged_in)), decoder.form),
        "clean -> decoded": as_written(decoder.decode(encoder.encode(clean_in)), decoder.form),
        "baseline: the damaged input": copied,
        "baseline: the chemical's mean training sample": np.stack([t.mean(0) for t in training]),
        "baseline: its nearest training sample": np.stack(
            [nearest(own, query) for own, query in zip(training, copied, strict=True)]
        ),
    }
    hub = translator.hub
    points = hub.model.embed([structures[key] for key in known])
    unseen_spectra = [sample for own in unseen.values() for sample in own]
    unseen_owner = np.repeat(np.arange(len(unseen)), [len(own) for own in unseen.values()])
    figures: dict[str, Any] = {
        "modality": modality,
        "hub": hub.id,
        "encoder": f"{encoder.name} {encoder.card.digest}".strip(),
        "decoder": f"{decoder.name} {decoder.card.digest}".strip(),
        "seed": seed,
        "known chemicals": len(known),
        "their training samples": int(sum(map(len, training))),
        "held-out replicates": {way: summary(measure(made, truth)) for way, made in ways.items()},
        "own chemical nearest, among the known": {
            "clean": _own_nearest(encoder.encode(clean_in), points, np.arange(len(known))),
            "damaged": _own_nearest(encoder.encode(damaged_in), points, np.arange(len(known))),
            "chance": 1 / len(known),
        },
    }
    if unseen:
        arrays = np.stack([encoder.form.to_array(sample) for sample in unseen_spectra])
        vectors = encoder.encode(arrays)
        others = hub.model.embed([structures[key] for key in unseen])
        figures["unseen chemicals (test part)"] = {
            "chemicals": len(unseen),
            "samples": len(unseen_spectra),
            "clean -> decoded": summary(
                measure(
                    as_written(decoder.decode(vectors), decoder.form),
                    np.stack([decoder.form.to_array(sample) for sample in unseen_spectra]),
                )
            ),
            "own chemical nearest": _own_nearest(vectors, others, unseen_owner),
            "own chemical among the 10 nearest": _own_nearest(vectors, others, unseen_owner, 10),
            "chance": 1 / len(unseen),
        }
    return figures


_Known = dict[str, tuple[Sample, list[Sample]]]


def _grouped(samples: Iterable[Sample]) -> tuple[_Known, dict[str, list[Sample]], dict[str, str]]:
    groups: dict[str, list[Sample]] = defaultdict(list)
    structures: dict[str, str] = {}
    for sample in samples:
        if sample.chemical is None:
            raise InputError(f"{sample.place} ({sample.id}): states no structure")
        smiles, key = standardise(sample.chemical.smiles)
        groups[key].append(sample)
        structures[key] = smiles
    known: _Known = {}
    for key, own in groups.items():
        out = held_out([sample.id for sample in own]) if part(key) == "train" else None
        if out is not None:
            known[key] = (next(s for s in own if s.id == out), [s for s in own if s.id != out])
    unseen = {key: own for key, own in groups.items() if part(key) == "test"}
    return known, unseen, structures


def as_written(arrays: Array, form: ArrayForm) -> Array:
    """Turn decoded arrays into signals and back: what a user gets, not what the network said."""

    def written(array: Array) -> Array:
        try:
            return form.to_array(replace(_EMPTY, signal=form.to_signal(array)))
        except InputError:
            return np.zeros_like(array)

    return np.stack([written(array) for array in arrays])


_EMPTY = Sample("", None)


def summary(figures: Any) -> dict[str, dict[str, float]]:
    """Return mean and median of each metric's (n,) values."""
    return {
        name: {
            "mean": round(float(np.mean(values)), 4),
            "median": round(float(np.median(values)), 4),
        }
        for name, values in figures.items()
    }


def _own_nearest(
    vectors: NDArray[np.float32], points: NDArray[np.float32], owner: NDArray[np.intp], k: int = 1
) -> float:
    rows, _ = nearest_rows(vectors, points, k)
    return round(float((rows == owner[:, None]).any(1).mean()), 4)
