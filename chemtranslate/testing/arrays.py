"""Whether a modality's array form turns samples into arrays, and arrays into signals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from chemtranslate.errors import InputError
from chemtranslate.protocols import Array, ArrayForm
from chemtranslate.sample import Sample
from chemtranslate.testing.bench import Sensor
from chemtranslate.testing.report import Finding
from chemtranslate.testing.rules import NotChecked, expect, expect_alike, tried_if

ROUNDING = 0.02
"""Share of the largest number by which an array may change on its way through a signal."""


def checked(sensor: Sensor) -> Iterator[Finding]:
    """Yield what comes of the checks of the array form."""
    yield from tried_if(
        sensor.spec.name,
        ("array form", lambda: _described(sensor.form)),
        ("arrays", lambda: _arrays(sensor)),
        ("array and signal", lambda: _there_and_back(sensor)),
        ("no signal", lambda: _nothing(sensor.form)),
        ("parts left out", lambda: _left_out(sensor)),
    )


def _described(form: ArrayForm) -> None:
    sizes = isinstance(form.shape, tuple) and all(isinstance(n, int) and n > 0 for n in form.shape)
    expect(sizes, f"the shape {form.shape!r}", "a tuple of whole numbers above 0")
    expect(form.dtype in ("float32", "str"), f"the dtype {form.dtype!r}", "'float32' or 'str'")


def _arrays(sensor: Sensor) -> None:
    samples, arrays = sensor.usable(sensor.form)
    for sample, array in zip(samples, arrays, strict=True):
        expect_of_form(array, sensor.form, f"of sample {sample.id!r}")


def expect_of_form(array: Array, form: ArrayForm, which: str) -> None:
    """Raise `Broken` unless an array is one of a form: its shape, its dtype, and finite."""
    dtype = getattr(array, "dtype", None)
    kind = "str" if dtype is not None and dtype.kind == "U" else str(dtype)
    expect(
        np.shape(array) == form.shape and kind == form.dtype,
        f"an array {which} of shape {np.shape(array)} and type {kind}",
        f"{form.shape} and {form.dtype}",
    )
    if kind != "str":
        bad = int((~np.isfinite(array)).sum())
        expect(not bad, f"{bad} numbers in the array {which} that are not finite", "none")


def _there_and_back(sensor: Sensor) -> None:
    form = sensor.form
    for sample, array in zip(*sensor.usable(form), strict=True):
        again = form.to_array(replace(sample, signal=form.to_signal(array)))
        expect_alike(
            array, again, ROUNDING,
            f"to_array(to_signal(array)) of sample {sample.id!r} to be the array again, but for "
            f"{ROUNDING:.0%}",
        )  # fmt: skip


def _nothing(form: ArrayForm) -> None:
    if form.dtype == "str":
        raise NotChecked("the arrays are texts")
    for value in (0.0, -1.0):
        try:
            signal = form.to_signal(np.full(form.shape, value, np.float32))
            array = form.to_array(Sample("nothing", signal))
        except InputError as error:
            expect(str(error), f"an InputError without text for an array of {value:g}", "a reason")
            continue
        expect_of_form(array, form, f"of a signal made of an array of {value:g}")


def _left_out(sensor: Sensor) -> None:
    count = getattr(sensor.form, "left_out", None)
    if count is None:
        raise NotChecked("the array form does not count them")
    for sample in sensor.usable(sensor.form)[0]:
        found = count(sample)
        expect(
            isinstance(found, int | np.integer) and found >= 0,
            f"{found!r} parts left out of sample {sample.id!r}",
            "a whole number from 0",
        )
