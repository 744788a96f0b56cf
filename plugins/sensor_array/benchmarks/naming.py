"""What the benchmarks share: readings by batch, and ways to name the gas of a reading."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chemtranslate import Translator
from chemtranslate.chemical import standardise
from chemtranslate.hub import Hub
from chemtranslate.learning import dense
from chemtranslate.protocols import Training
from chemtranslate.sample import Sample
from chemtranslate.search import nearest_rows
from chemtranslate_sensor_array.augmenter import Drift
from chemtranslate_sensor_array.channels import Channels
from chemtranslate_sensor_array.gases import GASES
from chemtranslate_sensor_array.models import DAMAGE, SETTINGS, damage_of
from chemtranslate_sensor_array.preparation import prepare
from chemtranslate_sensor_array.reading import BATCH

KEYS = [gas.key for gas in GASES.values()]


@dataclass(frozen=True)
class Readings:
    """Prepared readings of some batches.

    Attributes:
        samples: n.
        gases: (n,) numbers of their gases, from 0.
    """

    samples: list[Sample]
    gases: NDArray[np.intp]

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> Readings:
        found = list(samples)
        keys = [standardise(one.chemical.smiles if one.chemical else "")[1] for one in found]
        return cls(found, np.array([KEYS.index(key) for key in keys], np.intp))

    def arrays(self, form: Channels) -> NDArray[np.float32]:
        return np.stack([form.to_array(sample) for sample in self.samples])


def by_batch(translator: Translator, files: Sequence[Path]) -> dict[str, list[Sample]]:
    """Return the readings of files that are fit for training, by the batch that they state."""
    found: dict[str, list[Sample]] = {}
    for record in prepare(translator.records(*files, modality="sensor_array")):
        if isinstance(record, Sample):
            found.setdefault(record.metadata[BATCH], []).append(record)
    return found


def by_hub(
    hub: Hub,
    form: Channels,
    learned: Readings,
    seed: int,
    asked: Sequence[Readings],
    drift: Drift = DAMAGE,
    settings: Mapping[str, str] | None = None,
) -> list[NDArray[np.intp]]:
    """Name gases by the one of the six whose point is nearest to the encoder's vector, by cosine.

    Returns:
        numbers of gases, (n,) for each of `asked`.
    """
    with tempfile.TemporaryDirectory() as folder:
        training = Training(
            learned.samples, hub, Path(folder) / "encoder", seed=seed, settings=settings or {}
        )
        dense.train_encoder(
            training, "sensor_array/candidate", form, settings=SETTINGS,
            damage=damage_of(form, drift),
        )
        encoder = dense.load_encoder(training.folder, hub, form)
    points = hub.embed([gas.smiles for gas in GASES.values()])
    return [nearest_rows(encoder.encode(one.arrays(form)), points, 1)[0][:, 0] for one in asked]


def by_classifier(
    name: str, form: Channels, learned: Readings, seed: int, asked: Sequence[Readings]
) -> list[NDArray[np.intp]]:
    """Name gases by a random forest or the nearest neighbour, on standardised arrays of a form."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    made = {
        "random forest": RandomForestClassifier(200, random_state=seed),
        "nearest neighbour": KNeighborsClassifier(1),
    }[name]
    model = make_pipeline(StandardScaler(), made)
    model.fit(learned.arrays(form), learned.gases)
    return [model.predict(one.arrays(form)) for one in asked]


def accuracy(named: NDArray[np.intp], asked: Readings) -> float:
    """Return the share of readings whose gas was named."""
    return float((named == asked.gases).mean())
