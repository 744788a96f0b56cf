"""Labelled chemicals for trainings of a few steps."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.catalogue import organics
from chemtranslate.splits import PARTS, part
from chemtranslate_chemception.targets import END_POINTS


@pytest.fixture(scope="session")
def labelled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three files of end points for 90 small organic chemicals, with made-up values."""
    folder = tmp_path_factory.mktemp("labelled")
    chemicals = list(itertools.islice(organics(), 90))
    seen = {name: itertools.count() for name in PARTS}
    active = [next(seen[part(chemical.key)]) % 2 for chemical in chemicals]
    rng = np.random.default_rng(0)
    for name, columns in END_POINTS.items():
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["smiles", *columns])
            for chemical, label in zip(chemicals, active, strict=True):
                values = [str(label if rng.random() < 0.7 or part(chemical.key) != "train" else "")
                          for _ in columns]
                if name == "freesolv.csv":
                    values = [f"{rng.normal():.2f}"]
                writer.writerow([chemical.smiles, *values])
    return folder
