"""Whether an augmenter damages samples as it says, the same under a seed, and adds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cached_property
from itertools import product

import numpy as np

from chemtranslate.protocols import Array, ArrayForm, Augmenter
from chemtranslate.sample import Sample
from chemtranslate.specs import AugmenterSpec, resolve
from chemtranslate.testing.arrays import expect_of_form
from chemtranslate.testing.bench import Bench, Sensor
from chemtranslate.testing.report import Finding
from chemtranslate.testing.rules import NotChecked, alike, expect, expect_alike, tried_if

COPIES = 8
"""Copies made of each sample, with a seed each."""


def checked(spec: AugmenterSpec, bench: Bench) -> Iterator[Finding]:
    """Yield what comes of the checks of an augmenter."""
    own = _Damage(spec, bench)
    yield from tried_if(
        spec.name,
        ("loads", lambda: own.augmenter),
        ("same under a seed", own.same_under_a_seed),
        ("damages", own.damages),
        ("leaves the sample as it was", own.leaves_the_sample),
        ("adds nothing", own.adds_nothing),
    )


class _Damage:
    """An augmenter and what it makes of samples."""

    def __init__(self, spec: AugmenterSpec, bench: Bench) -> None:
        self.spec, self.bench = spec, bench

    @cached_property
    def augmenter(self) -> Augmenter:
        augmenter = resolve(self.spec.load)()
        expect(
            isinstance(augmenter, Augmenter),
            f"a {type(augmenter).__name__}",
            "an object with `augment(sample, rng)`",
        )
        return augmenter  # type: ignore[no-any-return]

    @property
    def sensor(self) -> Sensor:
        return self.bench.sensor(self.spec.modality)

    @property
    def form(self) -> ArrayForm:
        return self.sensor.form

    @property
    def samples(self) -> list[Sample]:
        return self.sensor.usable(self.form)[0]

    def copy(self, sample: Sample, number: int = 0) -> Sample:
        rng = np.random.default_rng([self.bench.seed, number])
        return self.augmenter.augment(sample, rng)

    def array(self, sample: Sample, number: int = 0) -> Array:
        return self.form.to_array(self.copy(sample, number))

    def same_under_a_seed(self) -> None:
        for sample, number in product(self.samples, range(COPIES)):
            expect_alike(
                self.array(sample, number), self.array(sample, number), 0.0,
                f"two copies of {sample.id!r} under one seed to be the same: all that is random "
                "is drawn from `rng`",
            )  # fmt: skip

    def damages(self) -> None:
        changed = 0
        for sample in self.samples:
            array = self.form.to_array(sample)
            for number in range(COPIES):
                made = self.copy(sample, number)
                expect(
                    isinstance(made, Sample)
                    and (made.id, made.chemical) == (sample.id, sample.chemical),
                    f"{made!r:.80} made of {sample.id!r}",
                    "a Sample with the id and chemical of its source",
                )
                damaged = self.form.to_array(made)
                expect_of_form(damaged, self.form, f"of a copy of {sample.id!r}")
                changed += not alike(array, damaged, 0.0)
        expect(changed, f"{COPIES} copies of {len(self.samples)} samples, none changed", "damage")

    def leaves_the_sample(self) -> None:
        for sample in self.samples:
            before, metadata = deepcopy(self.form.to_array(sample)), dict(sample.metadata)
            self.copy(sample)
            expect(metadata == sample.metadata, "metadata of the source changed", "a copy")
            expect_alike(before, self.form.to_array(sample), 0.0, "the source to stay as it was")

    def adds_nothing(self) -> None:
        if self.form.dtype == "str" or not self.form.shape:
            raise NotChecked("the arrays are no rows of numbers")
        looked_at = 0
        for sample in self.samples:
            array = self.form.to_array(sample)
            empty = reach(array, self.spec.moves) == 0
            looked_at += int(empty.sum())
            for number in range(COPIES):
                self._expect_nothing(sample, empty, np.abs(self.array(sample, number)))
        if not looked_at:
            raise NotChecked("there is something everywhere in all samples")

    def _expect_nothing(self, sample: Sample, empty: Array, made: Array) -> None:
        added = np.where(empty, made, 0) / max(float(made.max()), 1e-30)
        at = np.unravel_index(int(added.argmax()), added.shape)
        lifts, moves = self.spec.lifts, self.spec.moves
        expect(
            added[at] <= lifts,
            f"{added[at]:.2%} of the strongest at {tuple(map(int, at))} of a copy of "
            f"{sample.id!r}, where nothing was",
            f"at most {lifts:.2%} farther than {moves} points from what was there (the spec's "
            "`lifts` and `moves`)",
        )


def reach(array: Array, points: int) -> Array:
    """Return the largest magnitude within some points along the last axis, of `array`'s shape."""
    padded = np.pad(np.abs(array), [(0, 0)] * (array.ndim - 1) + [(points, points)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * points + 1, axis=-1)
    largest: Array = windows.max(-1)
    return largest
