"""What plugins register: small frozen descriptions that say where the real objects are.

A spec holds names and import strings ("package.module:attribute"), so that listing all plugins
imports none of their models. The objects behind the strings are described in `protocols`.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chemtranslate.errors import PluginError

API_VERSION = 1
"""Version of hooks, specs and protocols; a plugin made for another one is refused."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
ModelName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*/[a-z0-9][a-z0-9_.-]*$")
]
ImportString = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]


class Spec(BaseModel):
    """Common part of all specs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = ""
    api: int = API_VERSION


class FormatSpec(BaseModel):
    """A file format of a modality.

    Attributes:
        name: the format's name, as in `--format`.
        suffixes: file name endings, lower case, with their dot.
        read: a `Reader`, or None if the format is only written.
        write: a `Writer`, or None if the format is only read.
        holds_all: whether files hold all of any sample. False where the format has no place for
            an id, for other sensors' chemicals or for what was translated; the writer then raises
            InputError for samples that would come back as something else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    suffixes: tuple[str, ...]
    read: ImportString | None = None
    write: ImportString | None = None
    holds_all: bool = True


class HubSpec(Spec):
    """A space and the model that places chemicals in it.

    Attributes:
        name: for instance "chemception-v1".
        load: `load(folder) -> HubModel`.
        folder: the shipped weights, with the table of reference chemicals in `reference/`.
        structures: name of the modality whose samples are chemicals.
        train: a `HubTrainer`, or None.
        evaluate: `evaluate(hub, data) -> {figure: value}`, or None.
        predict: a `HubPredictor`, or None.
    """

    name: Name
    load: ImportString
    folder: Path
    structures: Name
    train: ImportString | None = None
    evaluate: ImportString | None = None
    predict: ImportString | None = None


class ModalitySpec(Spec):
    """A kind of sample: what a sensor measures, or structures.

    Attributes:
        name: for instance "mass_spec".
        formats: file formats, the first being the default for writing.
        encoder, decoder, augmenter: names of the models used unless the user names others.
        generator: name of the decoder that makes new samples unless the user names another; the
            modality's `decoder` where there is none.
        auto: name of the decoder that `--decoder auto` stands for: one of several parts that
            chooses among them by region of the hub.
        form: an `ArrayForm` object, the modality's default one.
        prepare: a `Preparer`.
        metrics: a `Metrics` function.
        signature: a `Signature`: what is compared of two samples where many are; the flattened
            arrays, scaled to length 1, where there is none.
        clues: a `Clues` object: what else signals of this kind say of their molecule.
        retention: `retention(sample) -> float | None`: the retention index that a sample states,
            where samples come from chromatography.
        identifier: folder of the shipped identifier, which weighs all evidence.
        plot: `plot(above, below, stream, kind, title)`: draw samples, and beneath each the one
            of `below` (None: no such) that names it in `Source_id` or has its id, and write the
            picture to a binary stream as `kind` ("png", "svg", ...: the file name's ending). The
            core gives the picture its name when it is whole.
        examples: files of a few sound samples that ship with the plugin; `plugins check` uses
            them.
    """

    name: Name
    formats: tuple[FormatSpec, ...] = Field(min_length=1)
    encoder: ModelName | None = None
    decoder: ModelName | None = None
    augmenter: ModelName | None = None
    generator: ModelName | None = None
    auto: ModelName | None = None
    form: ImportString | None = None
    prepare: ImportString | None = None
    metrics: ImportString | None = None
    signature: ImportString | None = None
    clues: ImportString | None = None
    retention: ImportString | None = None
    identifier: Path | None = None
    plot: ImportString | None = None
    examples: tuple[Path, ...] = ()


class ModelSpec(Spec):
    """Common part of encoders and decoders.

    Attributes:
        name: "modality/model".
        modality: the modality it belongs to, of this or another plugin.
        load: `load(folder, hub)`, for the shipped folder and for any that a user trained.
        folder: the shipped weights; None if there are none, or if the hub itself is the model.
        train: a `Trainer`, or None.
    """

    name: ModelName
    modality: Name
    load: ImportString
    folder: Path | None = None
    train: ImportString | None = None


class EncoderSpec(ModelSpec):
    """Modality -> hub; `load` returns an `Encoder`."""


class DecoderSpec(ModelSpec):
    """Hub -> modality; `load` returns a `Decoder`."""


class AugmenterSpec(Spec):
    """Sample -> damaged sample.

    What it adds beyond `moves` and `lifts` would speak of another chemical; `plugins check` looks
    for it. By default it may only take away, or change how strong something is.

    Attributes:
        name: "modality/augmenter".
        modality: the modality it belongs to.
        load: `load(**settings) -> Augmenter`.
        moves: points, along the last axis of the modality's array, by which it may move or widen
            what is there.
        lifts: what it may add anywhere (noise, a drifting baseline), as a share of the strongest
            value.
    """

    name: ModelName
    modality: Name
    load: ImportString
    moves: int = Field(default=0, ge=0)
    lifts: float = Field(default=0.0, ge=0, lt=1)


def shipped(folder: Path) -> Path | None:
    """Return the folder of a model if it is there; None says that it ships without weights."""
    return folder if folder.is_dir() else None


def resolve(reference: str) -> Any:
    """Import what "package.module:attribute" names.

    Raises:
        PluginError: the module cannot be imported or lacks the attribute.
    """
    module, _, attribute = reference.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except Exception as error:  # a stranger's module may raise anything
        raise PluginError(f"cannot load {reference!r}: {type(error).__name__}: {error}") from error
