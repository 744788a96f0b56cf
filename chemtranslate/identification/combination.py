"""All evidence together: the probability of each candidate, and of none of them.

Log odds are a weighted sum of the evidence (`chemtranslate.identification.evidence`), a conditional
logit model (McFadden 1974). "None of these" has log odds of its own beside those of m candidates,
a + b log m + c s, where s is the log of the sum of their odds: the more there are, the better the
best of them fits by chance; and how well they fit says less of whether the right one is among them
than of which it is, as its isomers fit, too.

Sets for an asked coverage are those of split conformal prediction (Vovk et al. 2005): the score
of a candidate is how far its log odds lie below the best one's. Of unknowns whose chemical is among
the candidates, the asked share scored no higher on the chemical itself; so much is let into a set.
Candidates that a library has are let in as unknowns scored that it had, too, and others as those
that it lacked (Mondrian conformal prediction): so the coverage holds for either.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import InputError

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Combination:
    """Weights of the evidence, and the scores of unknowns whose chemical is known.

    Attributes:
        weights: (k,).
        none: (3,) a, b and c of "none of these".
        scores: (n,) of those whose chemical no library had, sorted.
        held: (h,) of those whose chemical one had, by other samples; where there are none, `scores`
            hold for these, too.

    A chemical of several samples may stand among `held` several times.
    """

    weights: NDArray[np.float64]
    none: NDArray[np.float64]
    scores: NDArray[np.float64]
    held: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def logits(self, evidence: Floats) -> Floats:
        """Return the log odds of each candidate, (k, n, m) -> (n, m)."""
        return weighed(self.weights, evidence)

    def probabilities(self, logits: Floats) -> tuple[Floats, Floats]:
        """Return the probability of each candidate, (n, m), and of none of them, (n,)."""
        shares, together = softmax(logits)
        offset, by_length, by_fit = self.none.tolist()
        beside = offset + by_length * np.log(max(logits.shape[1], 1)) + by_fit * together
        none = 1 / (1 + np.exp(np.clip(together - beside, -80, 80)))
        return shares * (1 - none[:, None]), none

    def allowed(self, coverage: float, listed: NDArray[np.bool_]) -> Floats:
        """Return by how much log odds may lie below the best for candidates to be in a set, (m,).

        Args:
            coverage: share of the sets that are to hold the chemical, if it is a candidate at all.
            listed: (m,) which candidates a library has.

        Raises:
            InputError: it is not between 0 and 1, or there were too few unknowns to calibrate it.
        """
        if not 0 < coverage < 1:
            raise InputError(f"found a coverage of {coverage:g}, expected one between 0 and 1")
        if not len(self.held):
            listed = np.zeros_like(listed)
        found = np.zeros(len(listed), np.float32)
        for there, scores, whose in (
            (~listed, self.scores, "unknowns"),
            (listed, self.held, "unknowns that a library had by other samples"),
        ):
            if there.any():
                found[there] = _within(scores, coverage, whose)
        return found


def _within(scores: NDArray[np.float64], coverage: float, whose: str) -> float:
    """Return the score that the asked share of new unknowns does not exceed."""
    rank = int(np.ceil((len(scores) + 1) * coverage))
    if rank > len(scores):
        raise InputError(
            f"found a coverage of {coverage:g}, expected at most "
            f"{len(scores) / (len(scores) + 1):.3f}: it was calibrated on {len(scores)} {whose}"
        )
    return float(scores[rank - 1])


def softmax(logits: Floats) -> tuple[Floats, Floats]:
    """Return shares, (n, m), in proportion to the odds, and the log of the sum of these, (n,)."""
    largest = logits.max(1, keepdims=True)
    odds = np.exp(logits - largest)
    summed = odds.sum(1, keepdims=True)
    odds /= summed
    return odds, (largest + np.log(summed))[:, 0]


def weighed(weights: NDArray[np.float64], evidence: Floats) -> Floats:
    """Return the weighted sum of (k, n, m) evidence, (n, m)."""
    summed = np.zeros(evidence.shape[1:], np.float32)
    for weight, one in zip(weights.tolist(), evidence, strict=True):
        summed += np.float32(weight) * one
    return summed


def scores_of(logits: Floats, own: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how far the own candidates of n unknowns lie below their best ones; sorted."""
    right = logits[np.arange(len(own)), own]
    scores: NDArray[np.float64] = np.sort((logits.max(1) - right).astype(np.float64))
    return scores
