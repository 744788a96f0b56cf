"""What a sensor would show, on average, of all chemicals that a signal leaves possible.

An encoder states odds: of chemicals with points h_i, the one that its vector v came from is the
i-th with the probability softmax_i(cos(v, h_i) / T). Its temperature T was measured on chemicals
that it had not learned from (`chemtranslate.learning.folder.temperature_of`). One vector decodes to
the sample of one chemical, sharp where it should be in doubt; the mean of what all chemicals decode
to, weighed by these odds, is nearer in shape (by cosine) to what is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import InputError
from chemtranslate.models import GuardedDecoder, GuardedEncoder
from chemtranslate.protocols import Array, Vectors
from chemtranslate.search import unit

BLOCK = 1024
"""Points that are decoded at once."""


class Expectation:
    """The expected sample of a modality, for the vectors of one encoder.

    Args:
        encoder: whose odds these are.
        decoder: of the modality.
        points: (m, dimensions) of the chemicals that are thought possible.
        smiles: their m standardised structures.

    Raises:
        InputError: the encoder states no odds, or what the decoder makes has no mean.
    """

    def __init__(
        self,
        encoder: GuardedEncoder,
        decoder: GuardedDecoder,
        points: Vectors,
        smiles: Sequence[str],
    ) -> None:
        temperature = encoder.temperature
        if temperature is None:
            raise InputError(
                f"encoder {encoder.name} states no odds: its card names no temperature; expected "
                "one that `chemtranslate train` measured on 20 or more samples of the valid part"
            )
        if np.dtype(decoder.form.dtype).kind != "f":
            raise InputError(
                f"decoder {decoder.name} makes arrays of type {decoder.form.dtype}, which have no "
                "mean; expected one that makes numbers"
            )
        self.temperature = temperature
        self.decoder = decoder
        self.points = points.astype(np.float32)
        self.smiles = smiles

    def odds(self, vectors: Vectors) -> NDArray[np.float32]:
        """Return how likely each of the m chemicals is for each of n vectors, (n, m)."""
        logits = unit(vectors) @ self._aims.T / self.temperature
        weights = np.exp(logits - logits.max(1, keepdims=True))
        odds: NDArray[np.float32] = weights / weights.sum(1, keepdims=True)
        return odds

    def decode(self, vectors: Vectors) -> Array:
        """Map float32 (n, dimensions) to the expected arrays, (n, *form.shape)."""
        form = self.decoder.form
        expected: Array = (self.odds(vectors) @ self._samples).astype(form.dtype)
        return expected.reshape(-1, *form.shape)

    @cached_property
    def _aims(self) -> NDArray[np.float32]:
        return unit(self.points)

    @cached_property
    def _samples(self) -> NDArray[np.float32]:
        """What each chemical decodes to, (m, size)."""
        blocks = [slice(start, start + BLOCK) for start in range(0, len(self.points), BLOCK)]
        decode = self.decoder.decode_structures
        made = [decode(self.points[block], self.smiles[block]) for block in blocks]
        return np.concatenate(made).reshape(len(self.points), -1)
