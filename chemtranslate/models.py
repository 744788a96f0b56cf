"""Encoders and decoders by name or folder, and the checks at the border to plugins.

What a user trained is found by its folder and used exactly like what ships; every array that
crosses from a plugin into the core is checked, and a violation names the plugin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from chemtranslate.artefact import ModelCard, read_card, read_error
from chemtranslate.chemical import shorten
from chemtranslate.errors import ArtefactError, HubMismatchError, PluginError, UnknownNameError
from chemtranslate.hub import Hub
from chemtranslate.plugins import Registry
from chemtranslate.protocols import (
    Array,
    ArrayForm,
    Augmenter,
    Decoder,
    Encoder,
    Generator,
    Informed,
    Regional,
    Vectors,
)
from chemtranslate.specs import DecoderSpec, EncoderSpec, ModelSpec, resolve

Kind = Literal["encoder", "decoder"]
AUTO = "auto"
"""Stands for the decoder of a modality that chooses among its parts by region of the hub."""


class _Guarded:
    """A plugin's model with its name, owner, card and the folder it was loaded from."""

    role: Kind

    def __init__(
        self,
        model: Encoder | Decoder,
        spec: ModelSpec,
        owner: str,
        hub: Hub,
        folder: Path | None = None,
    ) -> None:
        self.name = spec.name
        self.folder = folder
        self.who = f"{spec.name} of {owner}"
        self.card: ModelCard = model.card
        self.form: ArrayForm = model.form
        self.hub = hub

    @property
    def label(self) -> str:
        """Name and digest, as records state them."""
        return f"{self.name} {self.card.digest}".strip()

    def _checked(self, array: Any, shape: tuple[int, ...], dtype: str, what: str) -> Array:
        found = np.asarray(array)
        kind = "str" if found.dtype.kind in "UO" else str(found.dtype)
        if found.shape != shape or kind != dtype:
            raise PluginError(
                f"{self.who} returned {what} of shape {found.shape} and type {kind}, "
                f"expected {shape} and {dtype}"
            )
        if kind != "str" and not np.isfinite(found).all():
            raise PluginError(f"{self.who} returned {what} with values that are not finite")
        return found


class GuardedEncoder(_Guarded):
    """An `Encoder` whose output is checked."""

    role: Kind = "encoder"

    def __init__(
        self,
        model: Encoder,
        spec: ModelSpec,
        owner: str,
        hub: Hub,
        folder: Path | None = None,
    ) -> None:
        super().__init__(model, spec, owner, hub, folder)
        self.model = model

    def encode(self, arrays: Array) -> Vectors:
        """Map (n, *form.shape) to float32 (n, dimensions).

        Raises:
            PluginError: the plugin returned something else.
        """
        shape = (len(arrays), self.hub.dimensions)
        return self._checked(self.model.encode(arrays), shape, "float32", "hub vectors")

    @property
    def temperature(self) -> float | None:
        """What its cosines are divided by to be log odds of chemicals; None if it states none."""
        return self.card.temperature

    def expected_similarity(self, vectors: Vectors) -> Vectors | None:
        """Return the cosine with its own chemical's point to be expected of each of n vectors.

        Args:
            vectors: (n, dimensions), as `encode` returns them.

        Returns:
            (n,), -1 to 1, the larger the surer; None if the encoder states none.
        """
        if self.card.expected is None:
            return None
        offset, slope = self.card.expected
        found: Vectors = (offset + slope * self.hub.nearness(vectors)).clip(-1, 1)
        return found.astype(np.float32)

    @property
    def error(self) -> Vectors | None:
        """Mean square error along each axis of the hub, (dimensions,); None if it states none.

        Raises:
            ArtefactError: the file that states it is damaged, or of another hub.
        """
        found = read_error(self.folder) if self.folder else None
        if found is not None and found.shape != (self.hub.dimensions,):
            raise ArtefactError(
                f"{self.folder}: found errors along {found.size} axes, the hub has "
                f"{self.hub.dimensions}"
            )
        return found


class GuardedDecoder(_Guarded):
    """A `Decoder` whose output is checked."""

    role: Kind = "decoder"

    def __init__(
        self,
        model: Decoder,
        spec: ModelSpec,
        owner: str,
        hub: Hub,
        folder: Path | None = None,
    ) -> None:
        super().__init__(model, spec, owner, hub, folder)
        self.model = model

    def decode(self, vectors: Vectors) -> Array:
        """Map float32 (n, dimensions) to (n, *form.shape).

        Raises:
            PluginError: the plugin returned something else.
        """
        shape = (len(vectors), *self.form.shape)
        return self._checked(self.model.decode(vectors), shape, self.form.dtype, "arrays")

    @property
    def informed(self) -> bool:
        """Whether the decoder is `Informed`."""
        return isinstance(self.model, Informed)

    def decode_structures(self, vectors: Vectors, smiles: Sequence[str]) -> Array:
        """Map float32 (n, dimensions), the points of n structures, to (n, *form.shape).

        Args:
            smiles: of the structures, as of `Informed`; a decoder that is not passes them over.

        Raises:
            PluginError: the plugin returned something else.
        """
        if not isinstance(self.model, Informed):
            return self.decode(vectors)
        made = self.model.decode_structures(vectors, smiles)
        shape = (len(vectors), *self.form.shape)
        return self._checked(made, shape, self.form.dtype, "arrays of structures")

    @property
    def generates(self) -> bool:
        """Whether the decoder is a `Generator`."""
        return isinstance(self.model, Generator)

    def generate(
        self, arrays: Array, vectors: Vectors, rngs: Sequence[np.random.Generator]
    ) -> Array:
        """Map (n, *form.shape) and float32 (n, dimensions) to one new array each.

        Args:
            rngs: n, one for each row.

        Raises:
            PluginError: the decoder does not generate, or returned something else.
        """
        if not isinstance(self.model, Generator):
            raise PluginError(f"{self.who} does not generate samples")
        made = self.model.generate(arrays, vectors, rngs)
        shape = (len(vectors), *self.form.shape)
        return self._checked(made, shape, self.form.dtype, "generated arrays")

    def regions(self, vectors: Vectors) -> Sequence[str] | None:
        """Return which part of the decoder decodes each of n vectors; None if it has no parts.

        Raises:
            PluginError: the plugin returned something else than n names.
        """
        if not isinstance(self.model, Regional):
            return None
        found: Any = self.model.regions(vectors)
        names = list(found) if isinstance(found, Iterable) and not isinstance(found, str) else []
        if len(names) != len(vectors) or not all(isinstance(name, str) for name in names):
            raise PluginError(
                f"{self.who} returned regions {shorten(repr(found))}, expected {len(vectors)} names"
            )
        return names


def load_encoder(
    reference: str | Path | None,
    modality: str,
    hub: Hub,
    plugins: Registry,
) -> GuardedEncoder:
    """Load an encoder of a modality for a hub.

    Args:
        reference: a registered name, a model folder, or None for the modality's own choice.

    Raises:
        UnknownNameError: no such model, or the modality has none.
        HubMismatchError: the model was made for another hub.
    """
    spec, folder = find_model("encoder", reference, modality, hub, plugins)
    owner = plugins.owner("encoder", spec.name).distribution
    return GuardedEncoder(_loaded(spec, folder, hub), spec, owner, hub, folder)


def load_decoder(
    reference: str | Path | None,
    modality: str,
    hub: Hub,
    plugins: Registry,
) -> GuardedDecoder:
    """Load a decoder of a modality for a hub.

    Args:
        reference: as for `load_encoder`, or AUTO.

    Raises:
        UnknownNameError, HubMismatchError: as `load_encoder`.
    """
    spec, folder = find_model("decoder", reference, modality, hub, plugins)
    owner = plugins.owner("decoder", spec.name).distribution
    return GuardedDecoder(_loaded(spec, folder, hub), spec, owner, hub, folder)


def _loaded(spec: ModelSpec, folder: Path | None, hub: Hub) -> Any:
    try:
        return resolve(spec.load)(folder, hub)
    except ArtefactError as error:
        if folder is None:
            raise ArtefactError(f"{spec.name}: {error}") from None
        raise


def load_augmenter(modality: str, plugins: Registry, **settings: Any) -> Augmenter:
    """Load a modality's own augmenter with the given settings."""
    name = plugins.modality(modality).augmenter
    if name is None:
        raise UnknownNameError(f"modality {modality!r} has no augmenter")
    augmenter: Augmenter = resolve(plugins.augmenter(name).load)(**settings)
    return augmenter


def auto_decoder(modality: str, plugins: Registry) -> str:
    """Return the name of a modality's decoder that chooses by region of the hub.

    Raises:
        UnknownNameError: it has none.
    """
    name = plugins.modality(modality).auto
    if name is None:
        raise UnknownNameError(
            f"modality {modality!r} has no decoder that chooses by region, found the decoder "
            f"{AUTO!r}, expected a name or a model folder"
        )
    return name


def find_model(
    kind: Kind, reference: str | Path | None, modality: str, hub: Hub, plugins: Registry
) -> tuple[EncoderSpec | DecoderSpec, Path | None]:
    """Find a model's spec and the folder of its weights, and check that they fit.

    Raises:
        UnknownNameError, ArtefactError, HubMismatchError: as `load_encoder`.
    """
    name: str | None
    folder: Path | None = None
    if kind == "decoder" and str(reference) == AUTO:
        reference = auto_decoder(modality, plugins)
    if reference is not None and str(reference) not in plugins.names(kind):
        if not Path(reference).is_dir():
            raise UnknownNameError.of(
                f"{kind} (and no such model folder)", str(reference), plugins.names(kind)
            )
        folder = Path(reference)
        card = read_card(folder)
        if card.role != kind:
            raise ArtefactError(f"{folder}: holds a model of role {card.role}, expected {kind}")
        name = card.name
    else:
        own = plugins.modality(modality)
        default = own.encoder if kind == "encoder" else own.decoder
        name = default if reference is None else str(reference)
    if name is None:
        raise UnknownNameError(f"modality {modality!r} has no {kind}")
    spec = plugins.encoder(name) if kind == "encoder" else plugins.decoder(name)
    if spec.modality != modality:
        raise ArtefactError(
            f"{kind} {spec.name!r} belongs to modality {spec.modality!r}, not to {modality!r}"
        )
    folder = folder or spec.folder
    if folder is not None:
        made_for = read_card(folder).hub
        if made_for != hub.id:
            raise HubMismatchError(
                f"{folder}: this {kind} was made for hub {made_for}, the hub in use is {hub.id} "
                f"({hub.folder})"
            )
    return spec, folder
