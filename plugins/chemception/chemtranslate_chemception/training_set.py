"""The molecules that the hub is trained on: drawn once, with every target beside them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import standardise
from chemtranslate.errors import StructureError
from chemtranslate.splits import part
from chemtranslate_chemception.drawing import Drawing, draw
from chemtranslate_chemception.targets import (
    TARGETS,
    descriptors,
    fingerprint,
    read_end_points,
)


@dataclass(frozen=True)
class TrainingSet:
    """n molecules.

    Attributes:
        keys: (n,) first blocks of InChIKeys.
        smiles: (n,) canonical SMILES of the standardised structures.
        ends: (n,) where each molecule's points end in `points` and `values`.
        points, values: all drawings, one after the other.
        targets: (n, 14) measured end points, NaN where not measured.
        descriptors: (n, d), as `targets.descriptors` gives them.
        bits: (n, 256) packed fingerprints.
    """

    keys: NDArray[np.str_]
    smiles: NDArray[np.str_]
    ends: NDArray[np.intp]
    points: NDArray[np.float32]
    values: NDArray[np.float16]
    targets: NDArray[np.float32]
    descriptors: NDArray[np.float32]
    bits: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.keys)

    def drawing(self, index: int) -> Drawing:
        """Return one molecule's drawing."""
        start = self.ends[index - 1] if index else 0
        return Drawing(self.points[start : self.ends[index]], self.values[start : self.ends[index]])

    def parts(self) -> NDArray[np.str_]:
        """Return the part (train, valid, test) of each molecule."""
        return np.array([part(key) for key in self.keys])

    def save(self, path: Path) -> None:
        """Write the set, so that a resumed run need not draw again."""
        aside = path.with_name("part-" + path.name)
        np.savez(aside, **{f.name: getattr(self, f.name) for f in fields(self)})
        aside.rename(path)

    @classmethod
    def load(cls, path: Path) -> TrainingSet:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(**{f.name: arrays[f.name] for f in fields(cls)})


_Row = tuple[str, str, Drawing, NDArray[np.float32], NDArray[np.uint8]]


def build(folder: Path, more: Iterable[str], processes: int = 2) -> tuple[TrainingSet, list[str]]:
    """Draw all molecules and compute their targets.

    Molecules of the same key are one molecule; where their labels disagree, the mean counts.
    All parts are built; the trainer uses the train part's drawings and labels only.

    Args:
        folder: holds tox21.csv, hiv.csv, freesolv.csv.
        more: further SMILES, without labels.

    Returns:
        the set, and one line for each structure that could not be drawn.
    """
    labelled = read_end_points(folder)
    smiles = list(dict.fromkeys(itertools.chain((s for s, _ in labelled), more)))
    rows: dict[str, _Row] = {}
    key_of: dict[str, str] = {}
    rejects: list[str] = []
    with ProcessPoolExecutor(processes) as pool:
        for stated, row in zip(smiles, pool.map(_row, smiles, chunksize=256), strict=True):
            if isinstance(row, str):
                rejects.append(row)
            else:
                key_of[stated] = row[0]
                rows.setdefault(row[0], row)
    order = {key: i for i, key in enumerate(rows)}
    total = np.zeros((len(order), len(TARGETS)))
    count = np.zeros_like(total)
    for stated, values in labelled:
        if stated in key_of:
            for name, value in values.items():
                place = order[key_of[stated]], TARGETS.index(name)
                total[place] += value
                count[place] += 1
    with np.errstate(invalid="ignore"):
        targets = (total / count).astype(np.float32)
    drawings = [row[2] for row in rows.values()]
    return TrainingSet(
        keys=np.array(list(rows)),
        smiles=np.array([row[1] for row in rows.values()]),
        ends=np.cumsum([len(d.points) for d in drawings]),
        points=np.concatenate([d.points for d in drawings]),
        values=np.concatenate([d.values for d in drawings]),
        targets=targets,
        descriptors=np.stack([row[3] for row in rows.values()]),
        bits=np.stack([row[4] for row in rows.values()]),
    ), rejects


def _row(stated: str) -> _Row | str:
    from rdkit import Chem

    try:
        smiles, key = standardise(stated)
        drawing = draw(smiles)
    except StructureError as error:
        return str(error)
    mol = Chem.MolFromSmiles(smiles)
    return key, smiles, drawing, descriptors(mol), fingerprint(mol)
