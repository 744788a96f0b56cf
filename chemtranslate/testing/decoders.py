"""Whether a decoder maps hub vectors to arrays, and, where it can, makes new samples."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from chemtranslate.errors import InputError
from chemtranslate.models import GuardedDecoder
from chemtranslate.protocols import Array, Vectors
from chemtranslate.specs import DecoderSpec
from chemtranslate.testing.bench import Bench
from chemtranslate.testing.models import ROUNDING, ROWS, expect_card, loaded
from chemtranslate.testing.report import Finding
from chemtranslate.testing.rules import STRUCTURES, Rule, expect, expect_alike, tried, tried_if

VECTORS = 6
"""Hub vectors that a decoder is tried with."""


def checked(spec: DecoderSpec, bench: Bench) -> Iterator[Finding]:
    """Yield what comes of the checks of a decoder."""
    own = _Decoding(spec, bench)
    found = list(
        tried_if(
            f"decoder {spec.name}",
            ("loads", lambda: own.decoder),
            ("card and hub id", lambda: expect_card("decoder", spec, own.decoder, bench)),
            ("decoded arrays", own.arrays),
            ("decoded signals", own.signals),
            ("same twice", own.same_twice),
            ("batch as one by one", own.one_by_one),
            ("leaves its input as it was", own.leaves_its_input),
        )
    )
    yield from found
    if found[0].outcome == "passed":
        yield from tried(f"decoder {spec.name}", *own.more())


class _Decoding:
    """A decoder and the vectors that it is tried with."""

    def __init__(self, spec: DecoderSpec, bench: Bench) -> None:
        self.spec, self.bench = spec, bench

    @cached_property
    def decoder(self) -> GuardedDecoder:
        model = loaded("decoder", self.spec, self.bench)
        assert isinstance(model, GuardedDecoder)
        return model

    @property
    def vectors(self) -> Vectors:
        """(n, dimensions) float32; hub vectors vary by about 1."""
        rng = np.random.default_rng(self.bench.seed)
        shape = (VECTORS, self.bench.hub.dimensions)
        return rng.normal(size=shape).astype(np.float32)

    def arrays(self) -> Array:
        """Return what the border of the core lets through; it names shape, type and NaN."""
        return self.decoder.decode(self.vectors)

    def signals(self) -> None:
        reasons = []
        for array in self.arrays():
            try:
                self.decoder.form.to_signal(array)
            except InputError as error:
                reasons.append(str(error))
        expect(
            len(reasons) < VECTORS,
            f"a signal in none of {VECTORS} decoded arrays: {reasons[:1]}",
            "at least one",
        )

    def same_twice(self) -> None:
        expect_alike(self.arrays(), self.arrays(), 0.0, "equal arrays of equal vectors")

    def one_by_one(self) -> None:
        vectors = self.vectors
        rows = np.concatenate([self.decoder.decode(vectors[[row]]) for row in range(VECTORS)])
        expect_alike(self.arrays(), rows, ROUNDING, ROWS)

    def leaves_its_input(self) -> None:
        vectors = self.vectors
        self.decoder.decode(vectors)
        expect_alike(vectors, self.vectors, 0.0, "the vectors to stay as they were")

    def more(self) -> Iterator[Rule]:
        """Yield the rules of what a decoder may be besides."""
        if self.decoder.regions(self.vectors[:0]) is not None:
            yield "regions", self.regions
        if self.decoder.informed:
            yield "arrays of structures", self.of_structures
            yield "structures one by one", self.of_structures_one_by_one
        if self.decoder.generates:
            yield "generated arrays", lambda: self.generated(self.vectors)
            yield "generates the same under a seed", self.generates_the_same
            yield "generates a batch as one by one", self.generates_one_by_one

    def regions(self) -> None:
        vectors = self.vectors
        rows = [self.decoder.regions(vectors[[row]]) for row in range(VECTORS)]
        found = self.decoder.regions(vectors) or ()
        expect([[name] for name in found] == [list(row or ()) for row in rows],
               f"{list(found)} for a batch and {rows} one by one", "the same names")  # fmt: skip

    def of_structures(self) -> Array:
        """Return what the border of the core lets through, of structures and of none."""
        self.decoder.decode_structures(self.vectors, [""] * VECTORS)
        return self.decoder.decode_structures(self.vectors, STRUCTURES[:VECTORS])

    def of_structures_one_by_one(self) -> None:
        vectors = self.vectors
        rows = [
            self.decoder.decode_structures(vectors[[row]], STRUCTURES[row : row + 1])
            for row in range(VECTORS)
        ]
        expect_alike(self.of_structures(), np.concatenate(rows), ROUNDING, ROWS)

    def generated(self, vectors: Vectors, first: int = 0) -> Array:
        """Return new samples, made of the first ones that fit, each with a generator of its own."""
        sensor = self.bench.sensor(self.spec.modality)
        measured = np.stack(sensor.usable(self.decoder.form)[1])
        rows = range(first, first + len(vectors))
        rngs = [np.random.default_rng([self.bench.seed, row]) for row in rows]
        sources = measured[[row % len(measured) for row in rows]]
        return self.decoder.generate(sources, vectors, rngs)

    def generates_the_same(self) -> None:
        one, again = self.generated(self.vectors), self.generated(self.vectors)
        expect_alike(one, again, 0.0, "equal arrays under equal generators of random numbers")

    def generates_one_by_one(self) -> None:
        vectors = self.vectors
        rows = [self.generated(vectors[[row]], row) for row in range(VECTORS)]
        expect_alike(self.generated(vectors), np.concatenate(rows), ROUNDING, ROWS)
