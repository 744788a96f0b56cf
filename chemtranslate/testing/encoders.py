"""Whether an encoder maps arrays to hub vectors, each by itself and always the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from chemtranslate.models import GuardedEncoder
from chemtranslate.protocols import Array, Vectors
from chemtranslate.specs import EncoderSpec
from chemtranslate.testing.bench import Bench
from chemtranslate.testing.models import ROUNDING, ROWS, expect_card, loaded
from chemtranslate.testing.report import Finding
from chemtranslate.testing.rules import expect_alike, tried_if


def checked(spec: EncoderSpec, bench: Bench) -> Iterator[Finding]:
    """Yield what comes of the checks of an encoder."""
    own = _Encoding(spec, bench)
    yield from tried_if(
        f"encoder {spec.name}",
        ("loads", lambda: own.encoder),
        ("card and hub id", lambda: expect_card("encoder", spec, own.encoder, bench)),
        ("hub vectors", own.vectors),
        ("same twice", own.same_twice),
        ("batch as one by one", own.one_by_one),
        ("leaves its input as it was", own.leaves_its_input),
    )


class _Encoding:
    """An encoder and the arrays that it is tried with."""

    def __init__(self, spec: EncoderSpec, bench: Bench) -> None:
        self.spec, self.bench = spec, bench

    @cached_property
    def encoder(self) -> GuardedEncoder:
        model = loaded("encoder", self.spec, self.bench)
        assert isinstance(model, GuardedEncoder)
        return model

    @property
    def arrays(self) -> Array:
        """(n, *form.shape), n at least 2."""
        sensor = self.bench.sensor(self.spec.modality)
        return np.stack(sensor.usable(self.encoder.form, least=2)[1])

    def vectors(self) -> Vectors:
        """Return what the border of the core lets through; it names shape, type and NaN."""
        return self.encoder.encode(self.arrays)

    def same_twice(self) -> None:
        expect_alike(self.vectors(), self.vectors(), 0.0, "equal vectors of equal arrays")

    def one_by_one(self) -> None:
        arrays = self.arrays
        rows = np.concatenate([self.encoder.encode(arrays[[row]]) for row in range(len(arrays))])
        expect_alike(self.encoder.encode(arrays), rows, ROUNDING, ROWS)

    def leaves_its_input(self) -> None:
        arrays, kept = self.arrays, self.arrays.copy()
        self.encoder.encode(arrays)
        expect_alike(arrays, kept, 0.0, "the arrays to stay as they were")
