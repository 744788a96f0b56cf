"""How far evidence can be trusted on the very candidates that are asked for.

How often the best candidate is right depends on the others: on how many there are, and how like
real answers they look. So unknowns of the valid part, whose chemicals are known and were learned
from by nothing, are looked for among the candidates in question, each with its own chemical beside
them and without. From that come one factor for all weights, the log odds of "none of these", and
the scores behind the sets for an asked coverage: all on lists like the one that is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import Tensors
from chemtranslate.identification.combination import Combination, softmax, weighed
from chemtranslate.identification.evidence import WORKERS, Evidence, Floats, Lineup, Seen, apart

BEST = 256
"""Candidates of each unknown whose log odds are kept one by one; the others count together."""
PENALTY = 1e-3
"""On the squares of c and of the log of the factor; this is above zero: ranks stay as they are."""
NOBODY = -1e4
"""Log odds of who is no candidate."""
BLOCK = 64
"""Unknowns that are compared at once, at most."""


@dataclass(frozen=True)
class Calibration:
    """n unknowns whose chemicals are known.

    Attributes:
        keys: (n,) of their chemicals.
        arrays: (n, *shape), in the decoder's form.
        vectors: (n, dimensions), as the encoder places them.
        lacking: (k, n) the evidence that each gives of its own chemical, without a library.
        held: (k, n) the same where a library has other samples of the chemical; NaN where there
            are none.
    """

    keys: NDArray[np.bytes_]
    arrays: NDArray[Any]
    vectors: NDArray[Any]
    lacking: Floats
    held: Floats

    @classmethod
    def of(
        cls,
        keys: Sequence[str],
        seen: Seen,
        own: Floats,
        held: NDArray[np.bool_] | None = None,
    ) -> Calibration:
        """Return n unknowns ready to be looked for.

        Args:
            keys: of their chemicals.
            own: (k, n) the evidence that each gives of its own chemical, that of a library last.
            held: (n,) of which the library had other samples; of none by default.
        """
        lacking, measured = own.copy(), own.copy()
        lacking[-2:] = 0
        measured[:, ~held if held is not None else slice(None)] = np.nan
        return cls(
            np.array([key.encode() for key in keys]), seen.arrays, seen.vectors, lacking, measured
        )

    @classmethod
    def of_tensors(cls, tensors: Tensors) -> Calibration:
        """Return it from what `tensors` gave; KeyError where something is missing."""
        keys = tensors["keys"]
        return cls(
            np.ascontiguousarray(keys).view(f"S{keys.shape[1]}")[:, 0],
            *(tensors[one.name] for one in fields(cls)[1:]),
        )

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return all of it as tensors; arrays and vectors in half precision."""
        return {
            "keys": self.keys[:, None].view(np.uint8),
            "arrays": self.arrays.astype(np.float16),
            "vectors": self.vectors.astype(np.float16),
            "lacking": self.lacking,
            "held": self.held,
        }

    def on(self, evidence: Evidence, lineup: Lineup, weights: NDArray[np.float64]) -> Combination:
        """Return these weights as they can be trusted on the candidates.

        Args:
            weights: of the evidence, `apart` where the candidates come with a library.
        """
        places = {key: number for number, key in enumerate(lineup.candidates.keys)}
        arrays = self.arrays.astype(np.float32)
        signatures = evidence.signature(arrays)
        groups = [_Own(weights, self.lacking, lineup)]
        holds_some = lineup.library is not None and (lineup.listed >= 0).any()
        if holds_some and np.isfinite(self.held).any():
            groups.append(_Own(weights, self.held, lineup))

        size = min(BLOCK, evidence.at_once(lineup))

        def of_others(start: int) -> _Others:
            block = slice(start, start + size)
            vectors = self.vectors[block].astype(np.float32)
            seen = Seen(arrays[block], arrays[block], vectors, signatures[block])
            logits = weighed(weights, _used(evidence.of(seen, lineup), lineup))
            for row, key in enumerate(self.keys[block].tolist()):
                if (place := places.get(key.decode())) is not None:
                    logits[row, place] = NOBODY
            return _Others.of(logits)

        with ThreadPoolExecutor(WORKERS) as pool:
            others = list(pool.map(of_others, range(0, len(arrays), size)))
        return _calibrated(weights, groups, _Others.joined(others))


class _Own:
    """The log odds of the unknowns' own chemicals, as of one group.

    Attributes:
        rows: of the unknowns that are of the group.
        logits: (len(rows),).
    """

    def __init__(self, weights: NDArray[np.float64], own: Floats, lineup: Lineup) -> None:
        self.rows = np.flatnonzero(np.isfinite(own).all(0))
        used = _used(own[:, self.rows, None].astype(np.float32), lineup)
        self.logits = weighed(weights, used)[:, 0]


@dataclass(frozen=True)
class _Others:
    """The log odds of all candidates but their own, of n unknowns.

    Attributes:
        best: (n, b) the largest.
        rest: (n,) the others together, log of the sum of their odds; -inf where there are none.
        count: how many these are.
    """

    best: Floats
    rest: Floats
    count: int

    @classmethod
    def of(cls, logits: Floats) -> _Others:
        count = max(0, logits.shape[1] - BEST)
        if not count:
            return cls(logits, np.full(len(logits), -np.inf, np.float32), 0)
        parted = np.partition(logits, count, 1)
        return cls(parted[:, count:], softmax(parted[:, :count])[1], count)

    @classmethod
    def joined(cls, parts: Sequence[_Others]) -> _Others:
        return cls(
            np.concatenate([part.best for part in parts]),
            np.concatenate([part.rest for part in parts]),
            parts[0].count,
        )

    def sharpened(self, factor: Tensor, rows: NDArray[np.intp]) -> Tensor:
        """Return the log of the sum of the odds, (len(rows),), if all weights were multiplied."""
        best = torch.from_numpy(self.best[rows]).double() * factor
        rest = torch.from_numpy(self.rest[rows]).double()
        if self.count:
            level = rest * factor + (1 - factor) * float(np.log(self.count))
            best = torch.cat([best, level[:, None]], 1)
        return best.logsumexp(1)


def _used(found: Floats, lineup: Lineup) -> Floats:
    """Return the evidence that counts for these candidates, (K, n, m) -> (k, n, m)."""
    return found[:-2] if lineup.library is None else apart(found)


def _calibrated(
    weights: NDArray[np.float64], groups: Sequence[_Own], others: _Others
) -> Combination:
    """Return the combination that makes the right answers likeliest; the groups count alike.

    All are asked for with their own chemicals among the candidates; those of the first group, which
    no library has, also without, so that none is right.
    """
    sharpness = torch.zeros(1, dtype=torch.double, requires_grad=True)  # log of the factor
    none = torch.zeros(2, dtype=torch.double, requires_grad=True)
    with torch.no_grad():
        none[0] = others.sharpened(sharpness.exp(), groups[0].rows).clamp(min=-100).median()
    optimizer = torch.optim.LBFGS([sharpness, none], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        factor, losses = sharpness.exp(), []
        for number, group in enumerate(groups):
            rest = others.sharpened(factor, group.rows)
            right = torch.from_numpy(group.logits).double() * factor
            both = torch.logaddexp(right, rest)
            losses.append((both + F.softplus(none[0] + (none[1] - 1) * both) - right).mean())
            if number == 0:
                losses.append(F.softplus((1 - none[1]) * rest - none[0]).mean())
        modest = (sharpness**2).sum() + none[1] ** 2
        loss = torch.stack(losses).mean() + PENALTY * modest
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    best = others.best.max(1, initial=-np.inf)
    sharper = float(sharpness.detach().exp())
    scores = [
        np.sort(np.maximum(best[group.rows] - group.logits, 0).astype(np.float64)) * sharper
        for group in groups
    ]
    return Combination(
        weights * sharper,
        np.array([float(none[0].detach()), 0.0, float(none[1].detach())]),
        *scores,
    )
