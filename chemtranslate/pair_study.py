"""How good a translation from one sensor to another is, on chemicals that no model has seen.

One measured sample of each chemical of the test part on either side: each is translated and
compared with what the other sensor measured of the chemical, and of all the others. Beside it stand
ways that need no translation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.batching import OnReject, as_arrays, batches, refuse, unusable
from chemtranslate.chemical import standardise
from chemtranslate.errors import InputError, StructureError
from chemtranslate.evaluation import as_written, expect_unseen, metrics_of, summary
from chemtranslate.expectation import Expectation
from chemtranslate.hub import Hub
from chemtranslate.protocols import Array, ArrayForm, Metrics, Vectors
from chemtranslate.sample import Sample
from chemtranslate.search import unit
from chemtranslate.specs import resolve
from chemtranslate.splits import part
from chemtranslate.translator import Translator

Floats = NDArray[np.float64]
TRANSLATED, EXPECTED, CEILING = "translated", "translated, as expected", "from the structure"
MEAN, TWO_STEPS = "baseline: the mean training sample", "baseline: two-step library search"
RANKS = (1, 10)
FEWEST = 2


@dataclass(frozen=True)
class Measured:
    """Samples of one modality: one of each chemical, in the order of the keys.

    Attributes:
        arrays: (n, *shape) by key.
        structures: SMILES by key.
    """

    arrays: dict[str, Array]
    structures: dict[str, str]

    @classmethod
    def of(cls, samples: Iterable[Sample], form: ArrayForm, on_reject: OnReject) -> Measured:
        """Keep the first sample, by id, of each chemical."""
        first: dict[str, tuple[str, Array]] = {}
        structures: dict[str, str] = {}
        for batch in batches(samples, 256):
            for sample, array in zip(*as_arrays(batch, form, on_reject), strict=True):
                try:
                    smiles, key = standardise(sample.chemical.smiles if sample.chemical else "")
                except StructureError as error:
                    on_reject(unusable(sample, str(error), "no structure"))
                    continue
                if key not in first or sample.id < first[key][0]:
                    first[key], structures[key] = (sample.id, array), smiles
        keys = sorted(first)
        return cls({key: first[key][1] for key in keys}, {key: structures[key] for key in keys})

    def some(self, keys: Iterable[str]) -> Array:
        """Return the arrays of chemicals, (n, *shape)."""
        return np.stack([self.arrays[key] for key in keys])


def pair_study(
    translator: Translator,
    source: str,
    target: str,
    samples: Iterable[Sample],
    against: Iterable[Sample],
    on_reject: OnReject = refuse,
) -> dict[str, Any]:
    """Measure a translation on the chemicals of the test part that both sensors have measured.

    Where the encoder states odds of chemicals, the expected sample (`Expectation`) over the hub's
    reference chemicals of the train part stands beside the translation.

    Baselines: the mean of the target's training samples; and two-step library search, that is the
    target's sample of the training chemical whose source sample is most similar. The ceiling is
    what the decoder makes of the chemicals' own points.

    Args:
        source, target: modalities.
        samples, against: prepared samples of each, with structures.

    Returns:
        figures by name, ready for JSON: per way, mean and median of the target's metrics, and how
        often the right sample is the most similar, or among the ten most similar, of all target
        samples of the test part.

    Raises:
        InputError: too few chemicals of the test part were measured by both, or a model has learned
            from them.
    """
    encoder, decoder = translator.encoder(source), translator.decoder(target)
    expect_unseen(encoder, decoder)
    measure = metrics_of(translator, target)
    measured = list(samples)
    seen = Measured.of(measured, encoder.form, on_reject)
    wanted = Measured.of(against, decoder.form, on_reject)
    both = [key for key in seen.arrays if key in wanted.arrays]
    test, known = ([key for key in both if part(key) == name] for name in ("test", "train"))
    if len(test) < FEWEST:
        raise InputError(
            f"found {len(test)} chemicals of the test part with samples of both {source} and "
            f"{target}, expected at least {FEWEST}"
        )
    asked, truth = seen.some(test), wanted.some(test)
    structures = [wanted.structures[key] for key in test]
    points = translator.hub.model.embed(structures)
    vectors = encoder.encode(asked)
    drawn = source == translator.plugins.structures
    decoded = decoder.decode_structures(vectors, structures) if drawn else decoder.decode(vectors)
    ways: dict[str, Array] = {TRANSLATED: as_written(decoded, decoder.form)}
    if encoder.temperature is not None and truth.dtype.kind == "f":
        possible = Expectation(encoder, decoder, *training_points(translator.hub))
        ways[EXPECTED] = as_written(possible.decode(vectors), decoder.form)
    if not drawn:
        ceiling = decoder.decode_structures(points, structures)
        ways[CEILING] = as_written(ceiling, decoder.form)
    if known:
        training = wanted.some(known)
        if training.dtype.kind == "f":
            mean = wanted.some([key for key in wanted.arrays if part(key) == "train"]).mean(0)
            ways[MEAN] = np.broadcast_to(mean, truth.shape)
        nearest = _alike(translator, source, measured, seen, test, known).argmax(1)
        ways[TWO_STEPS] = training[nearest]
    figures: dict[str, Any] = {
        "from": source,
        "to": target,
        "hub": translator.hub.id,
        "encoder": encoder.label,
        "decoder": decoder.label,
        "unseen chemicals": len(test),
        "training chemicals measured by both": len(known),
        "ways": {
            way: {**summary(measure(made, truth)), **_ranked(_matrix(measure, made, truth))}
            for way, made in ways.items()
        },
        "chance": {f"recall@{k}": round(min(1.0, k / len(test)), 4) for k in RANKS},
    }
    if target == translator.plugins.structures:
        cosines = unit(vectors) @ unit(points).T
        figures["ways"]["by hub vector"] = _ranked(cosines.astype(np.float64))
    return figures


def training_points(hub: Hub) -> tuple[Vectors, list[str]]:
    """Return the points (m, dimensions) and structures of a hub's reference chemicals to learn of.

    They are those of the train part.
    """
    table = hub.reference
    learned = np.array([part(entry.chemical.key) == "train" for entry in table.entries], bool)
    points: Vectors = np.asarray(table.vectors)[learned]
    return points, [table.entries[row].smiles for row in np.flatnonzero(learned).tolist()]


def _alike(
    translator: Translator,
    modality: str,
    samples: Sequence[Sample],
    seen: Measured,
    asked: Sequence[str],
    known: Sequence[str],
) -> Floats:
    """Return how alike the samples of n chemicals are to those of m others, (n, m).

    As a library search compares them: by the modality's signature, else by its metrics, in its own
    form; of structures and of what has neither, by hub vector.

    Args:
        seen: the samples in the encoder's form.
        asked, known: keys of the chemicals.
    """
    spec, encoder = translator.plugins.modality(modality), translator.encoder(modality)
    hub = modality == translator.plugins.structures or not (spec.signature or spec.metrics)
    form = encoder.form if hub or spec.form is None else resolve(spec.form)
    same = form is encoder.form
    found = seen if same else Measured.of(samples, form, lambda reject: None)
    if not found.arrays.keys() >= {*asked, *known}:  # fewer fit this form than the encoder's
        found = seen
    groups = found.some(asked), found.some(known)
    if spec.signature or hub:
        vectors = resolve(spec.signature) if spec.signature and not hub else encoder.encode
        products = unit(vectors(groups[0])) @ unit(vectors(groups[1])).T
        cosines: Floats = products.astype(np.float64)
        return cosines
    return _matrix(metrics_of(translator, modality), *groups)


def _matrix(measure: Metrics, made: Array, truth: Array) -> Floats:
    """Return the first metric of each of n arrays with each of m, (n, m)."""
    rows = [measure(np.broadcast_to(one, truth.shape), truth) for one in made]
    return np.stack([next(iter(figures.values())) for figures in rows])


def _ranked(similarities: Floats) -> Mapping[str, float]:
    """Return how often the right one, on the diagonal, is among the first; ties count half."""
    right = np.diagonal(similarities)[:, None]
    before = (similarities > right).sum(1) + ((similarities == right).sum(1) - 1) / 2
    return {f"recall@{k}": round(float((before < k).mean()), 4) for k in RANKS}
