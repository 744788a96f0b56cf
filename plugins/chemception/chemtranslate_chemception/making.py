"""Making a hub: train the network, fix the linear map, measure, embed the reference chemicals."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from chemtranslate.artefact import (
    ModelCard,
    digest_of_records,
    halved,
    versions,
    write_metrics,
    write_model,
)
from chemtranslate.catalogue import ORGANIC_MASS, named, organics
from chemtranslate.checkpoint import work_folder
from chemtranslate.chemical import Chemical, standardise
from chemtranslate.errors import InputError, MissingExtraError, StructureError
from chemtranslate.files import check_output, put_in_place
from chemtranslate.hub import REFERENCE, Hub
from chemtranslate.protocols import HubTraining
from chemtranslate.search import unit
from chemtranslate.splits import SCHEME, Part, part
from chemtranslate.table import Entry, TableCard, new_table
from chemtranslate_chemception.drawing import COLUMNS, ROWS, draw
from chemtranslate_chemception.hub_model import CANARIES, VIEWS, ChemceptionHub, hub_id, load
from chemtranslate_chemception.network import EMBEDDING, Chemception, Heads
from chemtranslate_chemception.targets import (
    TARGETS,
    TOX21,
    fingerprint,
    read_end_points,
)
from chemtranslate_chemception.training import FREESOLV, HubSettings, Model, Scales, train
from chemtranslate_chemception.training_set import TrainingSet, build

NAME = "chemception-v1"
REFERENCE_CHEMICALS = 17_000
"""Rows of the reference table: 18 MB."""
WHITENING = 0.35
"""Principal axes are divided by their variance to this power: 0 leaves them, 0.5 whitens."""
ALIKE = 0.3
"""Share of the hub's inner product that is fitted to the similarity of fingerprints."""
FLOOR = 1e-5
"""Axes with less than this share of the largest variance are left out."""
LICENCE = (
    "Trained on Tox21 and HIV (US government data), FreeSolv (CC BY-NC-SA reported), structures "
    "of the chemicals catalogue (MIT) and of MassBank (mostly CC BY-NC-SA): use the weights under "
    "CC BY-NC-SA 4.0"
)


def train_hub(training: HubTraining) -> ModelCard:
    """Train a hub and write its folder with the reference table; a `HubTrainer`."""
    check_output(training.folder, training.force)
    read_end_points(training.data)  # refused before anything is left behind
    work = work_folder(training.folder)
    work.mkdir(parents=True, exist_ok=True)
    settings = HubSettings(seed=training.seed)
    if training.epochs is not None:
        settings = settings.model_copy(update={"epochs": training.epochs})
    data = training_set(training, work)
    model, scales = train(data, settings, work, resume=training.resume, progress=training.progress)
    tensors, architecture = export(model, scales)
    card = ModelCard(
        role="hub",
        name=NAME,
        hub=hub_id(tensors, architecture),
        description=f"Chemception (Goh et al. 2017) over {ROWS}x{COLUMNS}x4 drawings, one block of "
        "each kind",
        architecture=architecture,
        settings={
            **settings.model_dump(),
            "whitening": WHITENING,
            "alike": ALIKE,
            "floor": FLOOR,
        },
        data={
            "molecules": len(data),
            "train": int((data.parts() == "train").sum()),
            "digest": digest_of_records(data.keys.tolist()),
        },
        data_licence=LICENCE,
        split=f"{SCHEME}: labels and drawings of the train part",
        seed=training.seed,
        versions=versions("rdkit", "torch", "numpy"),
        command=training.command,
    )
    made = work / "model"
    write_model(made, tensors, card, force=True)
    hub = Hub(load(made), made)
    write_reference(hub)
    card = write_metrics(made, evaluate_hub(hub, training.data))
    put_in_place(made, training.folder)
    shutil.rmtree(work)
    return card


def training_set(training: HubTraining, work: Path) -> TrainingSet:
    """Build the training set, or read the one that an interrupted run left."""
    path = work / "training_set.npz"
    if training.resume and path.exists():
        return TrainingSet.load(path)
    more = itertools.chain((chemical.smiles for chemical in organics()), training.structures)
    data, rejects = build(training.data, more)
    data.save(path)
    (work / "rejects.txt").write_text("\n".join(rejects) + "\n", encoding="utf-8")
    return data


def export(
    model: Model, scales: Scales, views: int = VIEWS
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return a trained model's tensors as they are stored, and its architecture.

    Of the heads, those of the measured end points are kept; FreeSolv's scale is folded into its
    head, which thus gives kcal/mol. The linear map is computed from the stored (float16) weights
    over the reference chemicals of the train part.

    Args:
        views: of a drawing, over which outputs are averaged.
    """
    ends = model.heads.head("end_points")
    with torch.no_grad():
        ends.weight[FREESOLV].mul_(scales.freesolv_std)
        ends.bias[FREESOLV].mul_(scales.freesolv_std).add_(scales.freesolv_mean)
    tensors = halved(
        {
            **{f"network.{k}": v.numpy() for k, v in model.trunk.state_dict().items()},
            **{f"heads.groups.end_points.{k}": v.numpy() for k, v in ends.state_dict().items()},
        }
    )
    kept = {"end_points": len(TARGETS)}
    architecture = {
        "filters": model.trunk.filters,
        "late": model.trunk.late,
        "heads": kept,
        "dimensions": EMBEDDING,
        "views": views,
    }
    network = Chemception(model.trunk.filters, model.trunk.late)
    network.load_state_dict(
        {
            k.removeprefix("network."): torch.from_numpy(v).float()
            for k, v in tensors.items()
            if k.startswith("network.")
        }
    )
    plain = ChemceptionHub(
        ModelCard(role="hub", name="", hub="", data_licence="", split=""),
        network,
        Heads(kept),
        np.zeros(EMBEDDING, np.float32),
        np.eye(EMBEDDING, dtype=np.float32),
        views,
    )
    seen = [chemical.smiles for chemical in references() if part(chemical.key) == "train"]
    tensors["map.mean"], tensors["map.matrix"] = linear_map(plain.outputs(seen), bits_of(seen))
    plain.mean, plain.matrix = tensors["map.mean"], tensors["map.matrix"]
    tensors["canaries"] = plain.embed(CANARIES)
    return tensors, architecture


def linear_map(
    outputs: NDArray[np.float32],
    bits: NDArray[np.float32],
    whitening: float = WHITENING,
    alike: float = ALIKE,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean (d,) and matrix (d, d) that make hub vectors of network outputs.

    The hub's inner product is a mixture of two: that of the partly whitened principal axes (axes
    below FLOOR left out), in which every difference between chemicals counts, and the one that
    says best how similar their fingerprints are. Each is scaled to a mean variance of 1 per
    dimension; the matrix is the symmetric root of the mixture.

    Args:
        outputs: (n, d) outputs of the network.
        bits: (n, b) fingerprints of the same chemicals, 0 or 1.
        whitening: variances are divided by themselves to twice this power.
        alike: share of the second inner product.
    """
    mean = outputs.mean(0, dtype=np.float64)
    centred = outputs.astype(np.float64) - mean
    variances, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    strong = variances > FLOOR * variances.max()
    variances, axes = variances[strong], axes[:, strong]
    standard = axes / np.sqrt(variances)
    whitened = np.diag(variances ** (1 - 2 * whitening))
    form = sum(
        share * part * (len(mean) / np.trace(part))
        for share, part in (
            (1 - alike, whitened),
            (alike, similarity_form((centred @ standard).astype(np.float32), bits)),
        )
    )
    strengths, turned = np.linalg.eigh(standard @ form @ standard.T)
    matrix = (turned * np.sqrt(strengths.clip(0))) @ turned.T
    return mean.astype(np.float32), matrix.astype(np.float32)


def similarity_form(
    standard: NDArray[np.float32], bits: NDArray[np.float32], block: int = 1024
) -> NDArray[np.float64]:
    """Return the inner product that fits the similarity of fingerprints best.

    That is the positive part of the least-squares solution G of z G z' = k, where k is the root
    of the Tanimoto similarity, centred; with standard axes, G = Z' K Z / n^2.

    Args:
        standard: (n, d) outputs, centred, uncorrelated, of variance 1.
        bits: (n, b) fingerprints, 0 or 1.
        block: rows taken at a time.

    Returns:
        (d, d), symmetric and positive semi-definite.
    """
    fitted = np.zeros((standard.shape[1],) * 2)
    for start in range(0, len(bits), block):
        rows = slice(start, start + block)
        # centring the similarities is left to `standard`, whose columns have mean 0
        alike = np.sqrt(tanimoto(bits[rows], bits))
        fitted += standard[rows].T @ (alike @ standard)
    strengths, axes = np.linalg.eigh((fitted + fitted.T) / (2 * len(bits) ** 2))
    positive: NDArray[np.float64] = (axes * strengths.clip(0)) @ axes.T
    return positive


def tanimoto(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the Tanimoto similarities of (m, b) and (n, b) fingerprints, (m, n)."""
    shared = some @ others.T
    either = some.sum(1)[:, None] + others.sum(1)[None] - shared
    similarities: NDArray[np.float32] = shared / np.maximum(either, 1)
    return similarities


def bits_of(smiles: Sequence[str]) -> NDArray[np.float32]:
    """Return the fingerprints of n structures, (n, 2048) of 0 and 1."""
    from rdkit import Chem

    packed = np.stack([fingerprint(Chem.MolFromSmiles(text)) for text in smiles])
    return np.unpackbits(packed, axis=1).astype(np.float32)


@lru_cache(maxsize=1)
def references() -> tuple[Chemical, ...]:
    """Return the reference chemicals: the best known organics of the catalogue, standardised.

    What is left of a salt or a complex is named as the catalogue names that structure, and left out
    where it is no chemical that one could have: a radical, an anion or lighter than 40 Da.
    """
    found: dict[str, Chemical] = {}
    for stated in organics():
        try:
            chemical = stated.standardised()
            if chemical.key in found or not _stands_alone(chemical.smiles):
                continue
            draw(chemical.smiles)
        except StructureError:
            continue
        found[chemical.key] = named(chemical)
        if len(found) >= REFERENCE_CHEMICALS:
            break
    return tuple(found.values())


def _stands_alone(smiles: str) -> bool:
    from rdkit import Chem
    from rdkit.Chem.Descriptors import (  # type: ignore[attr-defined]
        MolWt,
        NumRadicalElectrons,
    )

    mol = Chem.MolFromSmiles(smiles)
    lightest, heaviest = ORGANIC_MASS
    return bool(
        lightest <= MolWt(mol) <= heaviest
        and not NumRadicalElectrons(mol)
        and Chem.GetFormalCharge(mol) >= 0
    )


def write_reference(hub: Hub) -> None:
    """Write the table of reference chemicals into the hub's folder."""
    card = TableCard(
        hub=hub.id,
        dimensions=hub.dimensions,
        description="organic chemicals of 40-500 Da of the catalogue, best known "
        "(lowest PubChem number) first",
    )
    assert isinstance(hub.model, ChemceptionHub)
    with hub.model.in_bulk():
        vectors = hub.model.embed([chemical.smiles for chemical in references()])
    with new_table(hub.folder / REFERENCE, card, force=True) as table:
        for c, vector in zip(references(), vectors, strict=True):
            table.add(Entry(c.cas or c.key, c.name, c.smiles, c.key, c.cas), vector)


def evaluate_hub(hub: Hub, data: Path, only: Part = "test") -> dict[str, Any]:
    """Measure a hub on one part: end points read from the embedding, and its geometry.

    Args:
        hub: a Chemception hub.
        data: folder with tox21.csv, hiv.csv, freesolv.csv.
        only: the part; that of the published figures is test.

    Returns:
        ROC-AUCs (Tox21: mean of 12), RMSE in kcal/mol, counts, effective rank.

    Raises:
        InputError: an end point has too few labels in that part.
    """
    try:
        from sklearn.metrics import roc_auc_score
    except ImportError:
        raise MissingExtraError.of("evaluating a hub", "experiment") from None
    model = hub.model
    assert isinstance(model, ChemceptionHub)
    measured = labelled(data, only)
    if not measured:
        raise InputError(f"{data}: found no chemical of the {only} part, expected some")
    outputs = model.outputs([smiles for smiles, _ in measured.values()])
    with torch.inference_mode():
        raw = model.heads.head("end_points")(torch.from_numpy(outputs)).numpy()
    truth = np.array(
        [[values.get(name, np.nan) for name in TARGETS] for _, values in measured.values()]
    )

    def auc(column: int) -> float:
        known = np.isfinite(truth[:, column])
        active = truth[known, column] > 0.5
        if active.all() or not active.any():
            raise InputError(
                f"{data}: found {active.sum()} active chemicals of {len(active)} with "
                f"{TARGETS[column]} in the {only} part, expected active and inactive ones"
            )
        return float(roc_auc_score(active, raw[known, column]))

    solvated = np.isfinite(truth[:, FREESOLV])
    if not solvated.any():
        raise InputError(f"{data}: found no freesolv value in the {only} part, expected some")
    errors = (raw - truth)[solvated, FREESOLV]
    vectors = model.mapped(outputs)
    return {
        "part": f"{only} (chemicals never seen, labels and drawings; chosen by hash)",
        "chemicals": len(measured),
        "tox21 mean ROC-AUC": round(float(np.mean([auc(i) for i in range(len(TOX21))])), 4),
        "hiv ROC-AUC": round(auc(TARGETS.index("HIV_active")), 4),
        "freesolv RMSE kcal/mol": round(float(np.sqrt((errors**2).mean())), 3),
        "freesolv chemicals": int(solvated.sum()),
        "effective rank": round(effective_rank(vectors), 1),
        "pairs over cosine 0.999": coinciding(vectors),
    }


def labelled(data: Path, only: Part | None = None) -> dict[str, tuple[str, dict[str, float]]]:
    """Return structure and end points of the labelled chemicals (of one part), by key."""
    measured: dict[str, tuple[str, dict[str, float]]] = {}
    for stated, values in read_end_points(data):
        try:
            smiles, key = standardise(stated)
            if only not in (None, part(key)):
                continue
            draw(smiles)
        except StructureError:
            continue
        else:
            measured.setdefault(key, (smiles, {}))[1].update(values)
    return measured


def effective_rank(vectors: NDArray[np.float32]) -> float:
    """Return exp of the entropy of the covariance eigenvalues of (n, d) vectors."""
    variances = np.linalg.eigvalsh(np.cov(vectors, rowvar=False)).clip(0)
    shares = variances / variances.sum()
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def coinciding(vectors: NDArray[np.float32], threshold: float = 0.999) -> int:
    """Count pairs of (n, d) vectors whose cosine is over the threshold."""
    scaled = unit(vectors)
    total = 0
    for start in range(0, len(scaled), 1024):
        block = scaled[start : start + 1024] @ scaled[start:].T
        total += int((np.triu(block, 1) > threshold).sum())
    return total
