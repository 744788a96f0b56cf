"""Whether files are read and written: examples, round trips, malformed input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count

from chemtranslate.errors import InputError
from chemtranslate.files import open_input
from chemtranslate.sample import Reject, Sample
from chemtranslate.specs import FormatSpec, resolve
from chemtranslate.testing import malformed
from chemtranslate.testing.bench import Sensor, as_decoded, read_back, written
from chemtranslate.testing.report import Finding
from chemtranslate.testing.rules import NotChecked, Rule, expect, expect_alike, tried

DIGITS = 1e-3
"""Share of the largest number by which an array may change in a file."""
ID = 'kit 7, "b" ü#{}'
"""An id as another sensor's file may state it, with what `augment` adds to ids."""
PROVENANCE = {"Source_id": "kit", "Hub": "0123", "Encoder": "e 0123", "Decoder": "d 0123"}
"""Metadata as translations have them."""
SOUND = 3
"""Samples in the sound file that malformed ones are made of."""


def checked(sensor: Sensor, patience: float) -> Iterator[Finding]:
    """Yield what comes of the checks of all formats of a modality."""
    yield from tried(sensor.spec.name, ("examples", lambda: _examples(sensor)))
    for fmt in sensor.spec.formats:
        yield from tried(f"{sensor.spec.name} {fmt.name}", *_rules(sensor, fmt, patience))


def _rules(sensor: Sensor, fmt: FormatSpec, patience: float) -> Iterator[Rule]:
    if fmt.write and fmt.read:
        yield "round trip", lambda: _round_trip(sensor, fmt)
    elif fmt.write:
        yield "writing", lambda: _writes(sensor, fmt)
    if fmt.read:
        yield "malformed input", lambda: _malformed(sensor, fmt, patience)


def _examples(sensor: Sensor) -> None:
    if not sensor.files:
        raise NotChecked("no example file is named in the modality's spec, and none was given")
    for fmt, path in sensor.files:
        with open_input(str(path)) as stream:
            records = list(resolve(str(fmt.read))(stream, str(path)))
        expect(records, f"no record in {path.name}", "at least one")
        for number, record in enumerate(records, 1):
            where = f"record {number} of {path.name}"
            expect(isinstance(record, Sample), f"{where}: {record}", "a sound sample")
            expect(record.id, f"{where} without an id", "an accession or a name")
            place = record.place and (record.place.file, record.place.record)
            expect(place == (str(path), number), f"{where} placed at {record.place}",
                   f"Place({str(path)!r}, {number})")  # fmt: skip


def _round_trip(sensor: Sensor, fmt: FormatSpec) -> None:
    usable = _usable(sensor)  # one a file: spectra of several axes may need one each
    for one in _held(fmt, [*usable, *(_renamed(sample, 0) for sample in usable)]):
        _there_and_back(sensor, fmt, [one])
    _there_and_back(sensor, fmt, _held(fmt, _to_write(sensor)))


def _held(fmt: FormatSpec, samples: list[Sample]) -> list[Sample]:
    """Return the samples that a format can hold: all, unless its spec says otherwise."""
    if fmt.holds_all:
        return samples
    held = []
    for sample in samples:
        with suppress(InputError):
            written(fmt, [sample])
            held.append(sample)
    if not held:
        raise NotChecked("the writer holds none of the samples; name an example file")
    return held


def _there_and_back(sensor: Sensor, fmt: FormatSpec, samples: Sequence[Sample]) -> None:
    again = read_back(fmt, written(fmt, samples), f"kit{(*fmt.suffixes, '')[0]}")
    rejects = [str(record) for record in again if isinstance(record, Reject)]
    expect(not rejects, f"a written sample rejected: {rejects[:1]}", "it to be read")
    expect(len(again) == len(samples), f"{len(again)} samples read", f"the {len(samples)} written")
    for before, after in zip(samples, again, strict=True):
        assert isinstance(after, Sample)
        if fmt.holds_all:
            written_as = f"{before.id!r} as it was written"
            expect(after.id == before.id, f"the id {after.id!r}", written_as)
        if sensor.spec.form is not None:
            expect_alike(
                sensor.form.to_array(before), sensor.form.to_array(after), DIGITS,
                f"the array of {before.id!r} as it was written, but for {DIGITS:.1%}",
            )  # fmt: skip


def _usable(sensor: Sensor) -> list[Sample]:
    return sensor.samples if sensor.spec.form is None else sensor.usable(sensor.form)[0]


def _to_write(sensor: Sensor) -> list[Sample]:
    """Return samples as translations make them, under ids of this sensor and of others."""
    samples = _usable(sensor)
    if sensor.spec.form is not None:
        samples = as_decoded(samples, sensor.form)
    return [*samples, *map(_renamed, samples, count(1))]


def _renamed(sample: Sample, number: int) -> Sample:
    return replace(sample, id=ID.format(number), name="another name", metadata=PROVENANCE)


def _writes(sensor: Sensor, fmt: FormatSpec) -> None:
    expect(written(fmt, _to_write(sensor)), "an empty file", "the samples")


def _malformed(sensor: Sensor, fmt: FormatSpec, patience: float) -> str:
    sound, remark = _sound(sensor, fmt)
    tried = malformed.try_all(
        malformed.Task(
            read=str(fmt.read),
            form=sensor.spec.form,
            file=f"kit{(*fmt.suffixes, '')[0]}",
            seed=sensor.seed,
            patience=patience,
        ),
        sound,
    )
    return f"{tried} files{remark}"


def _sound(sensor: Sensor, fmt: FormatSpec) -> tuple[bytes, str]:
    """Return a sound file of a format, empty where there is none, and what that means."""
    for own, path in sensor.files:
        if own is fmt:
            with suppress(InputError), open_input(str(path)) as stream:  # `examples` says why
                return stream.read(malformed.LARGEST), ""
    if fmt.write:
        with suppress(Exception):  # `round trip` says why
            return written(fmt, _to_write(sensor)[:SOUND]), ""
    return b"", ", none of them a spoilt sound one: there is no example of this format"
