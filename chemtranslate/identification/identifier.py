"""Naming unknowns: which candidate each is, how likely that is, and when to name nobody."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import ModelCard, Tensors, read_model
from chemtranslate.batching import OnReject, as_arrays, batches, refuse
from chemtranslate.candidates import Candidates
from chemtranslate.chemical import Chemical
from chemtranslate.errors import ArtefactError, HubMismatchError, InputError
from chemtranslate.hub import Hub
from chemtranslate.identification.calibration import Calibration
from chemtranslate.identification.combination import Combination, Floats
from chemtranslate.identification.evidence import (
    WORKERS,
    Evidence,
    Library,
    Lineup,
    apart,
    likeness,
    unprefixed,
)
from chemtranslate.identification.familiarity import Familiarity, inputs_of
from chemtranslate.identification.verdict import Order
from chemtranslate.models import GuardedDecoder, GuardedEncoder
from chemtranslate.plugins import Registry, registry
from chemtranslate.protocols import Array
from chemtranslate.sample import Sample

ROLE: Literal["identifier"] = "identifier"
MOST = 256
"""Unknowns that are compared at once."""
EVERYONE, SHORT, ALIKE = LISTS = "everyone", "short", "alike"
"""Kinds of lists, each with weights of its own: long ones, short ones, candidates of one mass."""
FEW = 1000
"""Candidates of the longest short list."""


@dataclass(frozen=True)
class Guess:
    """A candidate for an unknown.

    Attributes:
        chemical: who it is.
        probability: that it is this one.
        similarity: cosine of the encoder's vector with the chemical's point.
        predicted: how alike the sample is to the predicted one, 0 to 1.
        library: how alike it is to the most similar measured sample; None where there is none.
        row: of the candidates.
        inside: whether it is in the set of the asked coverage; None where none was asked for.
    """

    chemical: Chemical
    probability: float
    similarity: float
    predicted: float
    library: float | None
    row: int
    inside: bool | None = None


@dataclass(frozen=True)
class Answer:
    """What is known of an unknown.

    Attributes:
        sample: the unknown.
        guesses: candidates, the most likely first, or the one that matches best.
        none: probability that it is none of the candidates.
        familiarity: 1 for a sample like those of this kind, near 0 for one like nothing seen:
            another kind of measurement, a mixture, noise.
        expected: cosine of the encoder's vector with the chemical's own point that is to be
            expected, the larger the surer the encoder; None where it states none.
        size: how many candidates the set of the asked coverage holds; None where none was asked
            for.
        likelier: how many candidates are likelier than that it is none of them.
        by: what the guesses are ranked by.
    """

    sample: Sample
    guesses: list[Guess]
    none: float
    familiarity: float
    expected: float | None = None
    size: int | None = None
    likelier: int = 0
    by: Order = "evidence"


class Identifier:
    """Says which of given chemicals an unknown is.

    Args:
        card, tensors: of its folder.
        encoder, decoder: those with which it was trained.

    Raises:
        ArtefactError: it was trained with others, or is damaged.
    """

    def __init__(
        self,
        card: ModelCard,
        tensors: Tensors,
        encoder: GuardedEncoder,
        decoder: GuardedDecoder,
        plugins: Registry,
    ) -> None:
        for model in (encoder, decoder):
            stated = card.architecture.get(f"{model.role} digest")
            if stated != model.card.digest:
                raise ArtefactError(
                    f"{card.name} weighs what {model.role} {card.architecture.get(model.role)} "
                    f"({stated}) says, found {model.label}"
                )
        self.card = card
        try:
            self.evidence = Evidence(encoder, decoder, plugins, unprefixed(tensors, "clues."))
            self.weights = {
                (name, kind): tensors[f"{name}.{kind}.weights"]
                for name in (ALONE, TOGETHER)
                for kind in LISTS
            }
            self.alike = {
                name: Combination(*(tensors[f"{name}.{ALIKE}.{part}"] for part in PARTS))
                for name in (ALONE, TOGETHER)
            }
            self.calibration = Calibration.of_tensors(unprefixed(tensors, "calibration."))
            self.familiarity = Familiarity.of_tensors(unprefixed(tensors, "familiarity."))
        except (KeyError, RuntimeError) as error:
            raise ArtefactError(f"{card.name}: not an identifier: {error!r}") from None

    def library(self, samples: Iterable[tuple[str, NDArray[Any]]]) -> Library:
        """Return measured samples, given as keys of chemicals and arrays in the decoder's form."""
        keys, arrays = zip(*samples, strict=True)
        return Library.of(keys, self.evidence.signature(np.stack(arrays)))

    def lineup(self, candidates: Candidates, library: Library | None = None) -> Lineup:
        """Return candidates ready to be compared with any number of unknowns."""
        return self.evidence.lineup(candidates, library)

    def answers(
        self,
        samples: Iterable[Sample],
        lineup: Lineup,
        *,
        k: int = 5,
        by: Order = "evidence",
        coverage: float | None = None,
        on_reject: OnReject = refuse,
    ) -> Iterator[Answer]:
        """Yield an answer for each sample.

        Args:
            samples: of the modality.
            lineup: the candidates.
            k: guesses for each, at least; of a set for an asked coverage all that are in it, with
                those that are likelier than the last of them.
            by: what the guesses are ranked by. By the library, only chemicals that it holds are
                named. Probabilities are always those of all evidence.
            coverage: share of the sets that are to hold the chemical, if it is a candidate.
            on_reject: called with each sample that encoder or decoder have no form for.

        Raises:
            InputError: the coverage cannot be had, or the order is another, which has no sets; or
                there is no library to rank by.
        """
        if by == "library" and lineup.library is None:
            raise InputError("ranking by library match needs a library of measured samples")
        if coverage is not None and by != "evidence":
            raise InputError(f"sets for a coverage are of candidates by all evidence, not by {by}")
        combination = self.combination(lineup)
        allowed = None if coverage is None else combination.allowed(coverage, lineup.listed >= 0)
        size = min(MOST, self.evidence.at_once(lineup))
        waiting: deque[Future[list[Answer]]] = deque()
        with ThreadPoolExecutor(WORKERS) as pool:
            for batch in batches(samples, size):
                decodable, _ = as_arrays(batch, self.evidence.decoder.form, on_reject)
                usable, encodable = as_arrays(decodable, self.evidence.encoder.form, on_reject)
                if usable:
                    asked = usable, np.stack(encodable), lineup, combination, k, by, allowed
                    waiting.append(pool.submit(self._answers, *asked))
                if len(waiting) > WORKERS:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()

    def combination(self, lineup: Lineup) -> Combination:
        """Return the weights for a list of its kind, with or without a library.

        Among candidates that are alike they are those that were learned; among others they are
        calibrated on these very candidates, which takes as long as some hundred unknowns do.
        """
        name = ALONE if lineup.library is None else TOGETHER
        kind = kind_of(lineup.candidates)
        if kind == ALIKE:
            return self.alike[name]
        return self.calibration.on(self.evidence, lineup, self.weights[name, kind])

    def _answers(
        self,
        samples: list[Sample],
        encodable: Array,
        lineup: Lineup,
        combination: Combination,
        k: int,
        by: Order,
        allowed: Floats | None,
    ) -> list[Answer]:
        arrays = np.stack([self.evidence.decoder.form.to_array(sample) for sample in samples])
        library = lineup.library
        timed = library is not None and library.indices is not None
        indices = self.evidence.indices(samples) if timed else None
        seen = self.evidence.seen(arrays, encodable, indices)
        found = self.evidence.of(seen, lineup)
        used = apart(found) if lineup.library is not None else found[:-2]
        logits = combination.logits(used)
        shares, none = combination.probabilities(logits)
        familiar = self.familiarity.of(inputs_of(self.familiarity.network, self.evidence, seen))
        expected = self.evidence.encoder.expected_similarity(seen.vectors)
        order = logits if by == "evidence" else found[1]
        if by == "library":
            listed = lineup.listed >= 0
            order, k = np.where(listed, found[-2], -np.inf), min(k, int(listed.sum()))
        answers = []
        for row, sample in enumerate(samples):
            inside = None if allowed is None else logits[row] >= logits[row].max() - allowed
            count = k
            if inside is not None:
                count = max(k, int((logits[row] >= logits[row][inside].min()).sum()))
            guesses = [
                self._guess(lineup, found[:, row], shares[row], inside, column)
                for column in _largest(order[row], count)
            ]
            answers.append(
                Answer(
                    sample,
                    guesses,
                    float(none[row]),
                    float(familiar[row]),
                    None if expected is None else float(expected[row]),
                    None if inside is None else int(inside.sum()),
                    int((shares[row] > none[row]).sum()),
                    by,
                )
            )
        return answers

    def _guess(
        self,
        lineup: Lineup,
        found: Floats,
        shares: Floats,
        inside: NDArray[np.bool_] | None,
        column: int,
    ) -> Guess:
        table, row = lineup.candidates.table, int(lineup.candidates.rows[column])
        listed = lineup.listed[column] >= 0
        return Guess(
            table.entries[row].chemical,
            float(shares[column]),
            float(np.clip(found[0, column] * self.evidence.temperature, -1, 1)),
            float(likeness(found[1, column])),
            float(likeness(found[-2, column])) if listed else None,
            column,
            None if inside is None else bool(inside[column]),
        )


PARTS = ("weights", "none", "scores", "held")
ALONE, TOGETHER = "alone", "library"


def tensors_of(
    name: str, combinations: Mapping[str, Combination]
) -> dict[str, NDArray[Any]]:
    """Return what is kept of combinations, by kind of list, as tensors of an identifier's folder.

    Of all but ALIKE that is the weights: the rest is calibrated on the candidates in question.
    """
    return {
        f"{name}.{kind}.{part}": getattr(combination, part)
        for kind, combination in combinations.items()
        for part in (PARTS if kind == ALIKE else PARTS[:1])
    }


def kind_of(candidates: Candidates) -> str:
    """Return which of LISTS candidates are like."""
    if candidates.alike:
        return ALIKE
    return EVERYONE if len(candidates) > FEW else SHORT


def load_identifier(
    folder: Path,
    hub: Hub,
    encoder: GuardedEncoder,
    decoder: GuardedDecoder,
    plugins: Registry | None = None,
) -> Identifier:
    """Load an identifier from its folder.

    Raises:
        ArtefactError: it is missing or damaged, no identifier, or was trained with other models.
        HubMismatchError: it was made for another hub.
    """
    tensors, card = read_model(folder)
    if card.role != ROLE:
        raise ArtefactError(f"{folder}: holds a model of role {card.role}, expected {ROLE}")
    if card.hub != hub.id:
        raise HubMismatchError(
            f"{folder}: this identifier was made for hub {card.hub}, the hub in use is {hub.id}"
        )
    return Identifier(card, tensors, encoder, decoder, plugins or registry())


def _largest(values: Floats, k: int) -> list[int]:
    """Return the places of the k largest values, the largest first; ties go to the earlier."""
    k = min(k, len(values))
    places = np.argpartition(-values, k - 1)[:k] if 0 < k < len(values) else np.arange(len(values))
    return sorted(places.tolist()[: len(values)], key=lambda place: (-values[place], place))[:k]
