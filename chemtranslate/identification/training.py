"""Learning how to weigh evidence, from unknowns whose chemical is known: those of the valid part.

Neither encoder nor decoder has learned from them. Each is looked for in lists of three kinds, drawn
from all chemicals that are known (the hub's references and those of the data): long ones, short
ones, and those of about its own mass; and once more where its chemical is missing from the list,
the right answer then being none. A library holds the samples of the train part. Chemicals of the
valid part that were measured several times are also looked for with their other samples in it.
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

from chemtranslate.artefact import ModelCard, versions
from chemtranslate.candidates import TOLERANCE, Candidates
from chemtranslate.errors import InputError
from chemtranslate.files import check_output
from chemtranslate.hub import Hub
from chemtranslate.identification.calibration import Calibration
from chemtranslate.identification.combination import Combination, scores_of
from chemtranslate.identification.evidence import Evidence, Floats, Library, Lineup, Seen, apart
from chemtranslate.identification.familiarity import (
    Familiarity,
    as_seen,
    inputs_of,
    learned_network,
    regression,
)
from chemtranslate.identification.identifier import (
    ALIKE,
    ALONE,
    EVERYONE,
    FEW,
    ROLE,
    SHORT,
    TOGETHER,
    tensors_of,
)
from chemtranslate.identification.naming import joined
from chemtranslate.identification.odd import DISORDERED, SPARSE, Maker
from chemtranslate.learning.folder import FEWEST, chosen, work_of, written
from chemtranslate.learning.library import Pairs, by_chemical
from chemtranslate.models import GuardedDecoder, GuardedEncoder
from chemtranslate.plugins import registry
from chemtranslate.protocols import Array, Training
from chemtranslate.splits import SCHEME, part
from chemtranslate.table import Entry

PENALTY = 1e-3
"""On the squares of the weights, and on how far "none" is from growing as lists do."""
STEPS = 100
"""Of the minimisation, at most; it is convex."""
SHORTEST = {SHORT: 5, EVERYONE: FEW}
"""Candidates of the shortest list of a kind; the longest holds FEW, or all."""
FLOOR = -30.0
"""Log odds of a list without any candidate."""
ROUNDS = 4
"""Samples of a chemical that are asked for, each with the others in the library, at most."""


class Settings(BaseModel):
    """Settings of the training.

    Attributes:
        seed: of lists and of made-up samples.
        terms: licence of the data, where records do not state it one by one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    terms: str = ""


@dataclass(frozen=True)
class Round:
    """One sample of each of n chemicals of the valid part, compared with all m candidates.

    Attributes:
        seen: the samples.
        own: (n,) numbers of their own chemicals.
        found: (k, n, m) evidence; the library holds the other samples of these chemicals.
        listed: (n,) whether there are any.
    """

    seen: Seen
    own: NDArray[np.intp]
    found: Floats
    listed: NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """n unknowns, each with a list of at most c candidates.

    Attributes:
        evidence: (k, n, c).
        there: (n, c): lists that are shorter end earlier.
        own: (n,) where in its list an unknown's own chemical stands.
        missing: whether they are also looked for where it is missing.
    """

    evidence: Tensor
    there: Tensor
    own: Tensor
    missing: bool

    @classmethod
    def of(
        cls, found: Floats, own: NDArray[np.intp], lists: Sequence[NDArray[np.intp]], missing: bool
    ) -> Asked:
        """Return unknowns with their lists of candidates.

        Args:
            found: (k, n, m).
            own: (n,) numbers of their chemicals, which the lists hold.
            lists: n times numbers of candidates, rising.
        """
        columns = np.zeros((len(own), max(map(len, lists))), np.intp)
        there = np.zeros(columns.shape, bool)
        for row, group in enumerate(lists):
            columns[row, : len(group)], there[row, : len(group)] = group, True
        evidence = torch.from_numpy(found[:, np.arange(len(own))[:, None], columns])
        place = ((columns == own[:, None]) & there).argmax(1)
        return cls(evidence, torch.from_numpy(there), torch.from_numpy(place), missing)

    def logits(self, weights: Tensor) -> Tensor:
        """Return the log odds of the candidates, (n, c); -inf beyond the ends of the lists."""
        summed = torch.einsum("k,knc->nc", weights, self.evidence)
        return summed.masked_fill(~self.there, -torch.inf)

    def loss(self, logits: Tensor, none: Tensor, *, missing: bool) -> Tensor:
        """Return the mean log loss among the lists and "none of these".

        Args:
            none: (3,), as of `Combination`.
            missing: whether the unknowns' own chemicals are left out, so that none is right.
        """
        right, count = self.own, self.there.sum(1)
        if missing:
            logits = logits.scatter(1, self.own[:, None], -torch.inf)
            right = torch.full_like(right, logits.shape[1])
        beside = none[0] + none[1] * count.log()  # the same length, which must not give it away
        beside = beside + none[2] * logits.logsumexp(1).clamp(min=FLOOR)
        return F.cross_entropy(torch.cat([logits, beside[:, None]], 1), right)


def fitted(groups: Sequence[Asked]) -> Combination:
    """Return the weights that make the right answers likeliest; the groups count alike.

    Args:
        groups: unknowns whose chemical no library has, then some whose one has, if there are any.
    """
    weights = torch.full((len(groups[0].evidence),), 0.3, requires_grad=True)
    none = torch.tensor([0.0, 1.0, 0.0], requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights, none], max_iter=STEPS, line_search_fn="strong_wolfe", tolerance_change=1e-6
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        losses = []
        for group in groups:
            logits = group.logits(weights)
            losses.append(group.loss(logits, none, missing=False))
            if group.missing:
                losses.append(group.loss(logits, none, missing=True))
        modest = (weights**2).sum() + (none[1] + none[2] - 1) ** 2 + none[2] ** 2
        loss = torch.stack(losses).mean() + PENALTY * modest
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        scores = [scores_of(g.logits(weights).numpy(), g.own.numpy()) for g in groups]
    return Combination(
        weights.detach().double().numpy(),
        none.detach().double().numpy(),
        *scores,
    )


def lists_of(
    own: NDArray[np.intp], masses: NDArray[np.float64], rng: np.random.Generator
) -> dict[str, list[NDArray[np.intp]]]:
    """Return a list of each kind for each of n unknowns, as numbers of candidates.

    Args:
        own: (n,) numbers of the unknowns' own chemicals, which are in their lists.
        masses: (m,) of the candidates, Da; NaN where unknown.
    """
    found = {}
    for kind, least in SHORTEST.items():
        most = min(FEW, len(masses)) if kind == SHORT else len(masses)
        lengths = np.exp(rng.uniform(np.log(min(least, most)), np.log(most), len(own))).astype(int)
        found[kind] = [rng.choice(len(masses), length, replace=False) for length in lengths]
    found[ALIKE] = [np.flatnonzero(np.abs(masses - masses[one]) <= TOLERANCE) for one in own]
    return {
        kind: [np.union1d(group, [one]) for group, one in zip(groups, own, strict=True)]
        for kind, groups in found.items()
    }


def everyone(hub: Hub, structures: Mapping[str, str], names: Mapping[str, str]) -> Candidates:
    """Return the hub's reference chemicals and others, each once.

    Args:
        structures: of the others, canonical SMILES by key.
        names: of the others.
    """
    others = [Entry(key, names[key], smiles, key) for key, smiles in structures.items()]
    return Candidates.of(joined(hub, hub.reference, others))


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
    unknown = sorted(key for key in known if part(key) == "valid")
    if len(unknown) < FEWEST:
        raise InputError(
            f"found {len(unknown)} chemicals of the valid part, expected at least {FEWEST} to "
            "learn from how to weigh evidence"
        )
    own = [(key, array) for key in known if part(key) == "train" for _, array in known[key]]
    arrays, keys = np.stack([array for _, array in own]), [key for key, _ in own]
    evidence.learn(arrays, [structures[key] for key in keys])
    names = {key: pairs[0][0].name for key, pairs in known.items()}
    candidates = everyone(training.hub, structures, names)
    lineup = evidence.lineup(candidates)
    valid = {key: sorted(known[key], key=lambda pair: pair[0].id) for key in unknown}
    rounds = _rounds(evidence, lineup, valid, keys, evidence.signature(arrays))
    alone, together = _weighed(rounds, candidates.masses, np.random.default_rng(settings.seed))
    first = rounds[0]
    familiarity = _familiarity(evidence, arrays, first.seen, settings.seed, training)
    of_own = first.found[:, np.arange(len(first.own)), first.own]
    calibration = Calibration.of(unknown, first.seen, of_own, first.listed)
    tensors = {
        **tensors_of(ALONE, alone),
        **tensors_of(TOGETHER, together),
        **{f"calibration.{name}": tensor for name, tensor in calibration.tensors().items()},
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
            "unknowns": len(unknown),
            "of them measured several times": int(rounds[0].listed.sum()),
            "candidates": len(candidates),
            "samples in the library": len(keys),
        },
        data_licence=settings.terms
        or "; ".join(f"{count} samples {terms}" for terms, count in licences.items()),
        split=f"{SCHEME}: weighed on the valid part",
        seed=settings.seed,
        versions=versions("torch", "numpy", "rdkit"),
        metrics={
            f"weight of {name}, long lists": round(float(weight), 3)
            for name, weight in zip(evidence.names[:-2], alone[EVERYONE].weights, strict=True)
        },
        command=training.command,
    )
    return written(training, tensors, card, marks=None)


def _rounds(
    evidence: Evidence,
    plain: Lineup,
    valid: Mapping[str, Pairs],
    keys: list[str],
    signatures: Floats,
) -> list[Round]:
    """Ask for the first sample of each chemical, then for the second of those that have one, ...

    Args:
        valid: samples of the valid part, by chemical.
        keys, signatures: of the samples of the train part, which are in every library.
    """
    place = {key: number for number, key in enumerate(plain.candidates.keys)}
    rounds = []
    for number in range(ROUNDS):
        asked = {key: pairs for key, pairs in valid.items() if len(pairs) > number}
        if number and not asked:
            break
        spare = [
            (key, array)
            for key, pairs in valid.items()
            for order, (_, array) in enumerate(pairs)
            if order != (number if key in asked else 0)
        ]
        more = [np.stack([array for _, array in spare])] if spare else []
        library = Library.of(
            [*keys, *(key for key, _ in spare)],
            np.concatenate([signatures, *map(evidence.signature, more)]),
        )
        lineup = plain.with_library(library)
        pairs = [own[number] for own in asked.values()]
        seen = evidence.seen(
            np.stack([array for _, array in pairs]),
            np.stack([evidence.encoder.form.to_array(sample) for sample, _ in pairs]),
        )
        own = np.array([place[key] for key in asked], np.intp)
        rounds.append(Round(seen, own, evidence.of(seen, lineup), lineup.listed[own] >= 0))
    return rounds


def _weighed(
    rounds: Sequence[Round], masses: NDArray[np.float64], rng: np.random.Generator
) -> tuple[dict[str, Combination], dict[str, Combination]]:
    """Return the weights by kind of list, without a library and with one."""
    first = rounds[0]
    lacking = first.found.copy()
    lacking[-2:, np.arange(len(first.own)), first.own] = 0
    lacking = apart(lacking)
    lists = lists_of(first.own, masses, rng)
    alone = {
        kind: fitted([Asked.of(first.found[:-2], first.own, group, missing=True)])
        for kind, group in lists.items()
    }
    together = {}
    drawn = [lists_of(one.own[one.listed], masses, rng) for one in rounds]
    for kind, group in lists.items():
        groups = [Asked.of(lacking, first.own, group, missing=True)]
        held = [(apart(r.found[:, r.listed]), r.own[r.listed]) for r in rounds if r.listed.any()]
        if held:
            found = np.concatenate([one for one, _ in held], 1)
            own = np.concatenate([one for _, one in held])
            wanted = [each for one in drawn for each in one[kind]]
            groups.append(Asked.of(found, own, wanted, missing=False))
        together[kind] = fitted(groups)
    return alone, together


def _familiarity(
    evidence: Evidence, learned: Array, valid: Seen, seed: int, training: Training
) -> Familiarity:
    """Learn to tell measured samples from odd ones.

    Args:
        learned: (n, *shape) arrays of the train part.
        valid: samples of the valid part.
    """
    form, seen_by = evidence.decoder.form, evidence.encoder.form
    network = learned_network(
        learned,
        seed,
        work_of(training),
        resume=training.resume,
        progress=training.progress,
    )
    rng = np.random.default_rng([seed, 1])

    def judged_by(kinds: Sequence[Maker]) -> list[Floats]:
        made = []
        for kind in kinds:
            odd = kind(valid.arrays, rng)
            rows, encodable = as_seen(odd, form, seen_by)
            made.append(inputs_of(network, evidence, evidence.seen(odd[rows], encodable)))
        return made

    own = inputs_of(network, evidence, valid)
    return regression(network, own, judged_by(DISORDERED), judged_by(SPARSE))
