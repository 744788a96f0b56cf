"""What a modality may bring besides: preparation, figures, pictures."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator

import numpy as np

from chemtranslate.candidates import Candidates
from chemtranslate.errors import MissingExtraError
from chemtranslate.protocols import Clues
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate.specs import resolve
from chemtranslate.table import EmbeddingTable, Entry, TableCard
from chemtranslate.testing.bench import Sensor
from chemtranslate.testing.models import ROUNDING, ROWS
from chemtranslate.testing.report import Finding
from chemtranslate.testing.rules import (
    STRUCTURES,
    NotChecked,
    Rule,
    expect,
    expect_alike,
    tried,
)


def checked(sensor: Sensor) -> Iterator[Finding]:
    """Yield what comes of the checks of those parts that there are."""
    rules: dict[str, Rule] = {
        "prepare": ("preparation", lambda: _prepare(sensor)),
        "metrics": ("figures", lambda: _metrics(sensor)),
        "signature": ("signature", lambda: _signature(sensor)),
        "clues": ("clues", lambda: _clues(sensor)),
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


def _signature(sensor: Sensor) -> None:
    arrays = np.stack(sensor.usable(sensor.form)[1])
    signature = resolve(str(sensor.spec.signature))
    made = signature(arrays)
    expect(
        made.ndim == 2 and len(made) == len(arrays) and np.isfinite(made).all(),
        f"an array of shape {made.shape}",
        f"({len(arrays)}, s) of finite numbers",
    )
    longest = float(np.linalg.norm(made, axis=1).max())
    expect(longest <= 1 + ROUNDING, f"a vector of length {longest:.4g}", "lengths of 1 or less")
    rows = np.concatenate([signature(array[None]) for array in arrays])
    expect_alike(made, rows, ROUNDING, ROWS)


def _clues(sensor: Sensor) -> None:
    arrays = np.stack(sensor.usable(sensor.form)[1])
    clues: Clues = resolve(str(sensor.spec.clues))
    structures = [STRUCTURES[row % len(STRUCTURES)] for row in range(len(arrays))]
    learned = clues.learn(arrays, structures)
    entries = [Entry(str(row), "", one, "") for row, one in enumerate((*STRUCTURES, ""))]
    card = TableCard(hub="any", dimensions=2)
    points = np.zeros((len(entries), 2), np.float32)
    candidates = Candidates.of(EmbeddingTable(card, entries, points))
    found = clues.weigh(learned, arrays, candidates)
    shape = (len(clues.names), len(arrays), len(candidates))
    expect(found.shape == shape, f"clues of shape {found.shape}", f"{shape}")
    expect(np.isfinite(found).all(), "clues that are not finite", "numbers")
    expect(not found[:, :, -1].any(), "a clue on a candidate without a structure", "0")


def _plot(sensor: Sensor) -> None:
    samples: list[Sample] = sensor.usable(sensor.form)[0][:2]
    stream = io.BytesIO()
    try:
        resolve(str(sensor.spec.plot))(samples, samples, stream, "png", "a check")
    except MissingExtraError as error:
        raise NotChecked(str(error)) from None
    start = stream.getvalue()[:8]
    expect(start == b"\x89PNG\r\n\x1a\n", f"a picture that starts with {start!r}", "a PNG")
