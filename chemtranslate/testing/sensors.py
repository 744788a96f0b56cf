"""What a modality may bring besides: preparation, figures, pictures."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator

import numpy as np

from chemtranslate.errors import MissingExtraError
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate.specs import resolve
from chemtranslate.testing.bench import Sensor
from chemtranslate.testing.report import Finding
from chemtranslate.testing.rules import NotChecked, Rule, expect, tried


def checked(sensor: Sensor) -> Iterator[Finding]:
    """Yield what comes of the checks of those parts that there are."""
    rules: dict[str, Rule] = {
        "prepare": ("preparation", lambda: _prepare(sensor)),
        "metrics": ("figures", lambda: _metrics(sensor)),
        "plot": ("picture", lambda: _plot(sensor)),
    }
    there = [rule for field, rule in rules.items() if getattr(sensor.spec, field)]
    yield from tried(sensor.spec.name, *there)


def _prepare(sensor: Sensor) -> None:
    spoilt = Reject(Place("(memory)", 1), "spoilt", "spoilt for a check", "malformed", True)
    records = [spoilt, *sensor.samples]
    found = list(resolve(str(sensor.spec.prepare))(iter(records)))
    kinds = Counter(type(record).__name__ for record in found)
    expect(
        len(found) == len(records) and set(kinds) <= {"Sample", "Reject"},
        f"{dict(kinds)} out of {len(records)} records",
        "every record again, as a Sample or as a Reject",
    )
    expect(
        any(isinstance(one, Reject) and one.reason == spoilt.reason for one in found),
        "a malformed record that is no longer a reject",
        "what is rejected to stay so",
    )


def _metrics(sensor: Sensor) -> None:
    arrays = np.stack(sensor.usable(sensor.form)[1])
    figures = resolve(str(sensor.spec.metrics))(arrays, arrays)
    expect(figures, "no figures", "at least one")
    for name, values in figures.items():
        shape = np.shape(values)
        expect(shape == (len(arrays),), f"{name!r} of shape {shape}", f"{(len(arrays),)}")
        expect(np.isfinite(values).all(), f"{name!r} not finite for equal arrays", "numbers")


def _plot(sensor: Sensor) -> None:
    samples: list[Sample] = sensor.usable(sensor.form)[0][:2]
    stream = io.BytesIO()
    try:
        resolve(str(sensor.spec.plot))(samples, samples, stream, "png", "a check")
    except MissingExtraError as error:
        raise NotChecked(str(error)) from None
    start = stream.getvalue()[:8]
    expect(start == b"\x89PNG\r\n\x1a\n", f"a picture that starts with {start!r}", "a PNG")
