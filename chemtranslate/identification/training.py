"""Learning how to weigh evidence, from unknowns whose chemical is known: those of the valid part.

Neither encoder nor decoder has learned from them. Each is looked for among all chemicals that are
known (the hub's references and those of the data), among FEW of them, and among those of about its
own mass; and once more where its chemical is missing from the list, the right answer then being
none. A library holds the samples of the train part, and of the valid part all but one sample of
each chemical: chemicals measured several times are looked for with and without their others in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import ModelCard, versions, write_model
from chemtranslate.candidates import TOLERANCE, Candidates
from chemtranslate.errors import InputError
from chemtranslate.files import check_output
from chemtranslate.hub import Hub
from chemtranslate.identification.combination import Combination, scores_of
from chemtranslate.identification.evidence import Evidence, Floats, Library, Lineup, Seen
from chemtranslate.identification.familiarity import (
    KINDS,
    Familiarity,
    as_seen,
    inputs_of,
    learned_network,
    regression,
)
from chemtranslate.identification.identifier import ROLE, tensors_of
from chemtranslate.learning.folder import FEWEST, chosen
from chemtranslate.learning.library import Pairs, by_chemical
from chemtranslate.models import GuardedDecoder, GuardedEncoder
from chemtranslate.plugins import registry
from chemtranslate.protocols import Array, Training
from chemtranslate.splits import SCHEME, Part, part
from chemtranslate.table import EmbeddingTable, Entry, TableCard

FEW = 300
"""Candidates of a short list."""
PENALTY = 1e-3
"""On the squares of the weights."""
STEPS = 60
"""Of the minimisation, at most; it is convex."""


@dataclass(frozen=True)
class Lists:
    """For each of n unknowns, the candidates among which it is looked for.

    Attributes:
        columns: (n, c) numbers of candidates; where a list is shorter, -1 at its end.
        own: (n,) where in its list an unknown's own chemical stands.
    """

    columns: Tensor
    own: Tensor

    @property
    def sizes(self) -> Tensor:
        """How long each list is, (n,)."""
        return (self.columns >= 0).sum(1)

    def of(self, logits: Tensor) -> Tensor:
        """Return the log odds (n, m) of those in the lists, (n, c); -inf beyond their ends."""
        listed = logits.gather(1, self.columns.clamp(min=0))
        return listed.masked_fill(self.columns < 0, -torch.inf)

    def some(self, rows: Tensor) -> Lists:
        """Return the lists of some unknowns."""
        return Lists(self.columns[rows], self.own[rows])


def lists_of(own: NDArray[np.intp], masses: NDArray[np.float64], seed: int) -> list[Lists]:
    """Return three lists for each of n unknowns: all candidates, few, those of about its mass.

    Args:
        own: (n,) numbers of the unknowns' own chemicals.
        masses: (m,) of the candidates, Da; NaN where unknown.
    """
    rng, every = np.random.default_rng(seed), np.arange(len(masses))
    few = [
        np.append(rng.choice(every, min(FEW, len(every)), replace=False)[1:], one) for one in own
    ]
    near = [np.flatnonzero(np.abs(masses - masses[one]) <= TOLERANCE) for one in own]
    return [
        Lists(torch.from_numpy(every).expand(len(own), -1), torch.from_numpy(own)),
        _padded([np.unique(one) for one in few], own),
        _padded([np.union1d(group, [one]) for group, one in zip(near, own, strict=True)], own),
    ]


def _padded(groups: Sequence[NDArray[np.intp]], own: NDArray[np.intp]) -> Lists:
    columns = np.full((len(groups), max(map(len, groups))), -1)
    for row, group in enumerate(groups):
        columns[row, : len(group)] = group
    place = (columns == own[:, None]).argmax(1)
    return Lists(torch.from_numpy(columns), torch.from_numpy(place))


def loss_of(logits: Tensor, lists: Lists, none: Tensor, *, missing: bool) -> Tensor:
    """Return the mean log loss of n unknowns among their lists and "none of these".

    Args:
        logits: (n, m).
        none: (2,), as of `Combination`.
        missing: whether each unknown's own chemical is left out, so that none is right.
    """
    listed = lists.of(logits)
    right, count = lists.own, lists.sizes
    if missing:
        listed = listed.scatter(1, lists.own[:, None], -torch.inf)
        right, count = torch.full_like(right, listed.shape[1]), count - 1
    beside = none[0] + none[1] * count.clamp(min=1).log()
    return F.cross_entropy(torch.cat([listed, beside[:, None]], 1), right)


@dataclass(frozen=True)
class Kind:
    """Unknowns of one kind: their evidence, and the lists that they are looked for in.

    Attributes:
        evidence: (k, n, m).
        lists: of n unknowns each.
        missing: whether they are also looked for where their chemical is missing.
    """

    evidence: Tensor
    lists: list[Lists]
    missing: bool


def fitted(kinds: Sequence[Kind]) -> Combination:
    """Return the weights under which unknowns of several kinds, which count alike, are likeliest.

    The scores are those of all of them where their chemical is listed.
    """
    count = kinds[0].evidence.shape[0]
    weights = torch.full((count,), 0.5, requires_grad=True)
    none = torch.tensor([0.0, 1.0], requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights, none], max_iter=STEPS, line_search_fn="strong_wolfe", tolerance_change=1e-6
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        losses = []
        for kind in kinds:
            logits = torch.einsum("k,knm->nm", weights, kind.evidence)
            for lists in kind.lists:
                losses += [
                    loss_of(logits, lists, none, missing=missing)
                    for missing in (False, True)[: 1 + kind.missing]
                ]
        loss = torch.stack(losses).mean() + PENALTY * (weights**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        scores = [
            scores_of(lists.of(logits).numpy(), lists.own.numpy())
            for kind in kinds
            for logits in (torch.einsum("k,knm->nm", weights, kind.evidence),)
            for lists in kind.lists
        ]
    return Combination(
        weights.detach().double().numpy(),
        none.detach().double().numpy(),
        np.sort(np.concatenate(scores)),
    )


def everyone(hub: Hub, structures: dict[str, str], names: dict[str, str]) -> Candidates:
    """Return the hub's reference chemicals and others, each once.

    Args:
        structures: of the others, canonical SMILES by key.
        names: of the others.
    """
    table = hub.reference
    known = {entry.chemical.key for entry in table.entries}
    new = [key for key in structures if key not in known]
    entries = [Entry(key, names[key], structures[key], key) for key in new]
    points = hub.model.embed([structures[key] for key in new])
    card = TableCard(hub=hub.id, dimensions=hub.dimensions)
    joined = EmbeddingTable(card, [*table.entries, *entries], table.vectors, points)
    return Candidates.of(joined)


class Settings(BaseModel):
    """Settings of the training.

    Attributes:
        seed: of the short lists and of made-up samples.
        terms: licence of the data, where records do not state it one by one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    terms: str = ""


def train(training: Training) -> ModelCard:
    """Learn how to weigh evidence with an encoder and a decoder; a `Trainer`.

    Raises:
        InputError: as `Evidence`, a sample cannot be used, or too few are of the valid part.
    """
    check_output(training.folder, training.force)
    settings = chosen(Settings(), training)
    encoder, decoder = training.encoder, training.decoder
    if not isinstance(encoder, GuardedEncoder) or not isinstance(decoder, GuardedDecoder):
        raise InputError("an identifier is trained with an encoder and a decoder")
    evidence = Evidence(encoder, decoder, registry())
    known, structures = by_chemical(training.samples, decoder.form)
    unknowns = _Unknowns.of(known)
    if len(unknowns.asked) < FEWEST:
        raise InputError(
            f"found {len(unknowns.asked)} chemicals of the valid part, expected at least {FEWEST} "
            "to learn from how to weigh evidence"
        )
    arrays, keys = unknowns.arrays(known, "train")
    evidence.learn(arrays, [structures[key] for key in keys])
    listed, others = [*keys, *unknowns.others_keys], [arrays, unknowns.others(decoder.form.shape)]
    library = Library.of(listed, evidence.signature(np.concatenate(others)))
    names = {key: pairs[0][0].name for key, pairs in known.items()}
    candidates = everyone(training.hub, structures, names)
    lineup = evidence.lineup(candidates, library)
    place = {key: number for number, key in enumerate(candidates.keys)}
    own = np.array([place[key] for key in unknowns.keys], np.intp)
    seen = evidence.seen(
        np.stack([array for _, array in unknowns.asked]),
        np.stack([encoder.form.to_array(sample) for sample, _ in unknowns.asked]),
    )
    found = evidence.of(seen, lineup)
    lists = lists_of(own, candidates.masses, settings.seed)
    alone = fitted([Kind(torch.from_numpy(found[:-2]), lists, missing=True)])
    together = fitted(_kinds(found, own, lineup.listed[own] >= 0, lists))
    familiarity = _familiarity(evidence, arrays, seen, lineup, alone, settings.seed)
    tensors = {
        **tensors_of("alone", alone),
        **tensors_of("library", together),
        **{f"clues.{name}": tensor for name, tensor in evidence.learned.items()},
        **{f"familiarity.{name}": tensor for name, tensor in familiarity.tensors().items()},
    }
    samples = [sample for pairs in known.values() for sample, _ in pairs]
    licences = Counter(sample.metadata.get("License", "not stated") for sample in samples)
    card = ModelCard(
        role=ROLE,
        name=f"{encoder.card.modality}/identifier",
        modality=encoder.card.modality,
        hub=training.hub.id,
        description="weights of the evidence that a sample gives of its chemical, and how often "
        "they are right",
        architecture={
            "encoder": encoder.name,
            "encoder digest": encoder.card.digest,
            "decoder": decoder.name,
            "decoder digest": decoder.card.digest,
            "evidence": list(evidence.names),
        },
        settings=settings.model_dump(),
        data={
            "unknowns": len(unknowns.asked),
            "of them measured several times": int((lineup.listed[own] >= 0).sum()),
            "candidates": len(candidates),
            "samples in the library": len(library.signatures),
        },
        data_licence=settings.terms
        or "; ".join(f"{count} samples {terms}" for terms, count in licences.items()),
        split=f"{SCHEME}: weighed on the valid part",
        seed=settings.seed,
        versions=versions("torch", "numpy", "rdkit"),
        metrics={
            f"weight of {name}": round(float(weight), 3)
            for name, weight in zip(evidence.names, together.weights, strict=True)
        },
        command=training.command,
    )
    return write_model(training.folder, tensors, card, force=training.force)


def _familiarity(
    evidence: Evidence,
    learned: Array,
    seen: Seen,
    lineup: Lineup,
    combination: Combination,
    seed: int,
) -> Familiarity:
    """Learn to tell measured samples from odd ones.

    Args:
        learned: (n, *shape) arrays of the train part.
        seen: unknowns of the valid part.
        combination: of the evidence without a library.
    """
    form, seen_by = evidence.decoder.form, evidence.encoder.form
    network = learned_network(learned, form, seen_by, seed)
    rng = np.random.default_rng([seed, 1])

    def judged(these: Seen) -> Floats:
        found = evidence.of(these, lineup)[:-2]
        return inputs_of(network, these, found[0] * evidence.temperature,
                         combination.logits(found))

    made = []
    for kind in KINDS:
        odd = kind(seen.arrays, rng)
        rows, encodable = as_seen(odd, form, seen_by)
        made.append(judged(evidence.seen(odd[rows], encodable)))
    return regression(network, judged(seen), np.concatenate(made))


@dataclass(frozen=True)
class _Unknowns:
    """Samples of the valid part: one of each chemical is asked for, the others are its library.

    Attributes:
        keys: of n chemicals.
        asked: n samples with their arrays.
        spare: the other samples' arrays.
        others_keys: of the chemicals of these.
    """

    keys: list[str]
    asked: Pairs
    spare: list[NDArray[np.float32]]
    others_keys: list[str]

    @classmethod
    def of(cls, known: Mapping[str, Pairs]) -> _Unknowns:
        keys, asked, spare, others = [], [], [], []
        for key in sorted(key for key in known if part(key) == "valid"):
            first, *rest = sorted(known[key], key=lambda pair: pair[0].id)
            keys.append(key)
            asked.append(first)
            spare += [array for _, array in rest]
            others += [key] * len(rest)
        return cls(keys, asked, spare, others)

    def others(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the arrays of the other samples, (n, *shape)."""
        return np.array(self.spare, np.float32).reshape(-1, *shape)

    @staticmethod
    def arrays(known: Mapping[str, Pairs], name: Part) -> tuple[NDArray[np.float32], list[str]]:
        """Return all arrays of a part, and the keys of their chemicals."""
        own = [(array, key) for key, pairs in known.items() if part(key) == name
               for _, array in pairs]
        return np.stack([array for array, _ in own]), [key for _, key in own]


def _kinds(
    found: Floats, own: NDArray[np.intp], listed: NDArray[np.bool_], lists: list[Lists]
) -> list[Kind]:
    """Return unknowns whose own samples a library lacks, and those of whom it has some.

    Args:
        found: (k, n, m), of a library that has them.
        own: (n,) their own chemicals.
        listed: (n,) whether the library has samples of them.
    """
    lacking = found.copy()
    lacking[-2:, np.arange(len(own)), own] = 0
    kinds = [Kind(torch.from_numpy(lacking), lists, missing=True)]
    if listed.any():
        rows = torch.from_numpy(np.flatnonzero(listed))
        kinds.append(Kind(torch.from_numpy(found[:, listed]), [one.some(rows) for one in lists],
                          missing=False))
    return kinds
