"""What a plugin is tried with: samples of each modality, the hub, and models made for it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from chemtranslate.artefact import read_card
from chemtranslate.batching import as_arrays
from chemtranslate.chemical import Chemical
from chemtranslate.discovery import Plugin
from chemtranslate.errors import ArtefactError, ChemTranslateError, InputError, UnknownNameError
from chemtranslate.files import open_input
from chemtranslate.formats import format_for
from chemtranslate.hub import Hub, load_hub
from chemtranslate.models import Kind
from chemtranslate.plugins import Registry
from chemtranslate.protocols import Array, ArrayForm
from chemtranslate.sample import Reject, Sample
from chemtranslate.specs import FormatSpec, ModalitySpec, resolve
from chemtranslate.testing.rules import NotChecked

CHEMICALS = ("CCO", "CC(C)=O", "c1ccccc1", "Cc1ccccc1", "CCCCCC", "CCOC(C)=O")
"""Structures that every hub can place; samples that are made up are said to be of these."""
MODELS = ("encoder", "decoder", "augmenter")
"""Kinds of what a plugin may bring for a modality, its own or another's."""
READ = 12
"""Samples taken from each example file."""


@dataclass
class Bench:
    """Everything that the checks of one plugin share; arguments as of `check_plugin`."""

    plugins: Registry
    plugin: Plugin
    examples: tuple[Path, ...]
    models: tuple[Path, ...]
    hub_choice: Hub | str | Path | None
    seed: int
    patience: float
    _sensors: dict[str, Sensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.hub_choice is not None and not isinstance(self.hub_choice, Hub):
            self.hub_choice = load_hub(self.hub_choice, self.plugins)
        if self.plugin.state == "active":
            self._refuse_unread()
        cards = [(read_card(folder), folder) for folder in self.models]
        self._trained: dict[tuple[str, str], Path] = {
            (card.role, card.name): folder for card, folder in cards
        }

    def _refuse_unread(self) -> None:
        specs = self.plugin.specs
        of_models = (spec.modality for kind in MODELS for spec in specs[kind])
        names = {*(spec.name for spec in specs["modality"]), *of_models}
        known = [self.plugins.modality(n) for n in names & set(self.plugins.names("modality"))]
        for path in self.examples:
            if not any(formats_of(spec, [path]) for spec in known):
                raise InputError(
                    f"{path}: found an example that no modality of {self.plugin.name} reads, "
                    "expected a file with the ending of one of its formats"
                )

    @cached_property
    def hub(self) -> Hub:
        """The hub that the models are tried with; NotChecked where there is none."""
        if isinstance(self.hub_choice, Hub):
            return self.hub_choice
        try:
            return load_hub(None, self.plugins)
        except (ArtefactError, UnknownNameError) as error:
            raise NotChecked(f"there is no hub: {error}") from None

    def sensor(self, modality: str) -> Sensor:
        """Return what there is of a modality, of this plugin or of another."""
        if modality not in self._sensors:
            spec = self.plugins.modality(modality)
            self._sensors[modality] = Sensor(spec, self.examples, self.seed)
        return self._sensors[modality]

    def trained(self, kind: Kind, name: str) -> Path | None:
        """Return the folder among `models` that holds a model, if there is one."""
        return self._trained.get((kind, name))


@dataclass
class Sensor:
    """A modality with samples of it."""

    spec: ModalitySpec
    given: tuple[Path, ...]
    seed: int

    @cached_property
    def form(self) -> ArrayForm:
        """The modality's own array form; NotChecked where it has none."""
        if self.spec.form is None:
            raise NotChecked("the modality names no array form")
        form: ArrayForm = resolve(self.spec.form)
        return form

    @property
    def files(self) -> list[tuple[FormatSpec, Path]]:
        """The example files that one of the formats reads, each with its format."""
        return formats_of(self.spec, (*self.spec.examples, *self.given))

    @cached_property
    def samples(self) -> list[Sample]:
        """Samples read from the examples, and made up ones; NotChecked where there are none."""
        found = [*self._read(), *self._made()]
        if not found:
            raise NotChecked(
                "there are no samples: no example file could be read, and none can be made up "
                "from the array form; name an example file"
            )
        return found

    def usable(self, form: ArrayForm, least: int = 1) -> tuple[list[Sample], list[Array]]:
        """Return the samples that a form can take, and their arrays.

        Raises:
            NotChecked: there are fewer than `least`.
        """
        samples, arrays = as_arrays(self.samples, form, lambda reject: None)
        if len(samples) < least:
            raise NotChecked(
                f"{len(samples)} of {len(self.samples)} samples fit the array form, and at least "
                f"{least} are needed"
            )
        return samples, arrays

    def _read(self) -> Iterator[Sample]:
        for fmt, path in self.files:
            with suppress(Exception), open_input(str(path)) as stream:  # `examples` says why
                records = islice(resolve(str(fmt.read))(stream, str(path)), READ)
                yield from (record for record in records if isinstance(record, Sample))

    def _made(self) -> Iterator[Sample]:
        with suppress(Exception):  # `array form` says why
            form = self.form
            if form.dtype == "str":
                return
            rng = np.random.default_rng(self.seed)
            for number, smiles in enumerate(CHEMICALS, 1):
                chemical = Chemical(smiles)
                with suppress(InputError):
                    signal = form.to_signal(bands(form.shape, rng).astype(form.dtype))
                    yield Sample(f"made up {number}", signal, f"made up {number}", chemical)


def formats_of(spec: ModalitySpec, paths: Sequence[Path]) -> list[tuple[FormatSpec, Path]]:
    """Return those files whose ending is that of a format that the modality reads."""
    found = []
    for path in paths:
        with suppress(UnknownNameError):
            found.append((format_for(spec, str(path), None, "read"), path))
    return found


def bands(shape: Sequence[int], rng: np.random.Generator) -> Array:
    """Return a made-up signal, `shape`: a few bands along the last axis, nothing between them."""
    rows = np.zeros(shape).reshape(-1, shape[-1] if shape else 1)
    points = rows.shape[1]
    width, count = max(points // 50, 1), min(6, max(points // 3, 1))
    for row in rows:
        for start in rng.choice(max(points - width, 0) + 1, count, replace=False):
            row[start : start + width] = rng.uniform(0.2, 1)
    return rows.reshape(shape)


def written(fmt: FormatSpec, samples: Sequence[Sample]) -> bytes:
    """Return a file of samples, as the format's writer makes it of a stream of them."""
    stream = io.BytesIO()
    resolve(str(fmt.write))(iter(samples), stream)
    if stream.closed:
        raise ChemTranslateError("found the stream closed by the writer, expected it left open")
    return stream.getvalue()


def read_back(fmt: FormatSpec, data: bytes, file: str) -> list[Sample | Reject]:
    """Return the records that the format's reader finds in a file."""
    return list(resolve(str(fmt.read))(io.BufferedReader(io.BytesIO(data)), file))


def as_decoded(samples: Sequence[Sample], form: ArrayForm) -> list[Sample]:
    """Return samples as translations make them: each signal out of its own array."""
    return [replace(s, signal=form.to_signal(form.to_array(s))) for s in samples]
