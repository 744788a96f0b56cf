"""The hub: the one space in which every chemical has a fixed point, and look-ups in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import ModelCard, read_card
from chemtranslate.axes import Axes
from chemtranslate.cache import catalogue_folder
from chemtranslate.catalogue import resolve as resolve_chemical
from chemtranslate.chemical import Chemical, standardise
from chemtranslate.errors import ArtefactError, HubMismatchError, InputError, StructureError
from chemtranslate.plugins import Registry, registry
from chemtranslate.protocols import HubModel, Vectors
from chemtranslate.search import unit
from chemtranslate.specs import HubSpec, resolve
from chemtranslate.table import EmbeddingTable

REFERENCE = "reference"
"""Name of the folder, beside a hub's weights, that holds the table of reference chemicals."""

BULK = 2_000
"""Structures from which a `Remembered` model starts the processes of `in_bulk`."""

NEAREST = 5
"""Reference chemicals whose cosines are a vector's nearness."""

T = TypeVar("T")
Vector = np.ndarray[tuple[int], np.dtype[np.floating]]
Matrix = np.ndarray[tuple[int, int], np.dtype[np.floating]]


@dataclass(frozen=True, slots=True)
class Point:
    """A chemical in the hub.

    Attributes:
        chemical: who it is.
        vector: (512,) float32, where it is.
    """

    chemical: Chemical
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """A chemical near a hub vector.

    Attributes:
        chemical: who it is.
        similarity: cosine between the two hub vectors, -1 to 1.
    """

    chemical: Chemical
    similarity: float


def in_bulk(model: HubModel) -> AbstractContextManager[object]:
    """Return the context to place thousands of structures in: more processes, if the model can."""
    context: AbstractContextManager[object] = getattr(model, "in_bulk", nullcontext)()
    return context


class Remembered:
    """A hub's model that places each structure once and keeps its point; a `HubModel`.

    Training an encoder and then a decoder asks for the same structures twice, and placing them
    takes longer than the training.
    """

    def __init__(self, model: HubModel) -> None:
        self.model, self.card = model, model.card
        self._points: dict[str, NDArray[np.float32]] = {}

    def embed(self, smiles: Sequence[str]) -> Vectors:
        """Map canonical SMILES to (n, dimensions) float32, as the model does."""
        new = [one for one in dict.fromkeys(smiles) if one not in self._points]
        if new:
            with in_bulk(self.model) if len(new) >= BULK else nullcontext():
                self._points |= dict(zip(new, self.model.embed(new), strict=True))
        points = [self._points[one] for one in smiles]
        return np.stack(points) if points else self.model.embed([])


class Hub:
    """A space of chemicals.

    Attributes:
        model: the network that places structures in it.
        folder: where its weights came from.
    """

    def __init__(self, model: HubModel, folder: Path) -> None:
        self.model = model
        self.folder = folder

    @property
    def card(self) -> ModelCard:
        """The hub's model card."""
        return self.model.card

    @property
    def id(self) -> str:
        """Digest of weights, drawing, architecture and linear map: what the hub is."""
        return self.card.hub

    @property
    def dimensions(self) -> int:
        """Length of a hub vector."""
        return int(self.card.architecture.get("dimensions", 512))

    def remembered(self) -> Hub:
        """Return this hub with a model that keeps the points it has found, in memory."""
        return Hub(Remembered(self.model), self.folder)

    @cached_property
    def reference(self) -> EmbeddingTable:
        """The reference chemicals that ship with the hub.

        Raises:
            ArtefactError: this hub has none.
        """
        return EmbeddingTable.open(self.folder / REFERENCE, self.id)

    @cached_property
    def axes(self) -> Axes:
        """The principal axes of its reference chemicals.

        Raises:
            ArtefactError: this hub has none.
        """
        return Axes.of(self.reference.vectors.astype(np.float32))

    @cached_property
    def catalogue(self) -> EmbeddingTable | None:
        """The table of the whole catalogue, if `chemtranslate index build catalogue` made it.

        Raises:
            ArtefactError: it is damaged.
        """
        folder = catalogue_folder(self.id)
        return EmbeddingTable.open(folder, self.id) if folder.is_dir() else None

    def embed(self, chemicals: Sequence[str | Chemical], batch: int = 256) -> Vectors:
        """Return the points of n chemicals, each structure going through the network once.

        Args:
            chemicals: SMILES, or chemicals with a structure.
            batch: how many go through the network at once.

        Returns:
            (n, 512) float32.

        Raises:
            StructureError: a structure cannot be standardised or drawn; the message says which.
            InputError: `batch` is less than 1, or `chemicals` are none.
        """
        if batch < 1:
            raise InputError(f"found batch = {batch}, expected at least 1")
        if isinstance(chemicals, str | Chemical):
            chemicals = [chemicals]
        smiles = []
        for number, chemical in enumerate(_several(chemicals, "chemicals"), 1):
            stated = chemical.smiles if isinstance(chemical, Chemical) else chemical
            try:
                if not isinstance(stated, str):
                    raise StructureError(f"found {stated!r}, expected a SMILES or a Chemical")
                smiles.append(standardise(stated)[0])
            except StructureError as error:
                raise StructureError(f"chemical {number}: {error}") from None
        rows = {structure: row for row, structure in enumerate(dict.fromkeys(smiles))}
        blocks = [np.zeros((0, self.dimensions), np.float32)]
        once = iter(rows)
        while block := list(islice(once, batch)):
            blocks.append(self.model.embed(block))
        vectors: Vectors = np.concatenate(blocks)[[rows[structure] for structure in smiles]]
        return vectors

    @overload
    def lookup(self, text: str) -> Point: ...  # type: ignore[overload-overlap]

    @overload
    def lookup(self, text: Sequence[str]) -> list[Point]: ...

    def lookup(self, text: str | Sequence[str]) -> Point | list[Point]:
        """Find chemicals by name, CAS number, InChIKey or SMILES, and their points.

        Args:
            text: one such text, or several.

        Returns:
            the point of one, or a list of points.

        Raises:
            UnknownNameError: nothing matches; the message names the closest names.
            StructureError: it cannot be standardised or drawn.
            InputError: it is no text.
        """
        asked = [text] if isinstance(text, str) else list(_several(text, "texts"))
        for one in asked:
            if not isinstance(one, str):
                raise InputError(f"found {one!r}, expected a name, CAS number, InChIKey or SMILES")
        chemicals = [resolve_chemical(one) for one in asked]
        points = list(map(Point, chemicals, self.embed(chemicals)))
        return points[0] if isinstance(text, str) else points

    @overload
    def nearest(
        self, vectors: Vector, k: int = 5, among: EmbeddingTable | None = None
    ) -> list[Match]: ...

    @overload
    def nearest(
        self, vectors: Matrix, k: int = 5, among: EmbeddingTable | None = None
    ) -> list[list[Match]]: ...

    def nearest(
        self,
        vectors: NDArray[np.floating],
        k: int = 5,
        among: EmbeddingTable | None = None,
    ) -> list[Match] | list[list[Match]]:
        """Return the k chemicals nearest to a hub vector, or to each of several, nearest first.

        Rows of one key (salts and stereoisomers, which share a point) are one chemical, named as
        in the first of them.

        Args:
            vectors: (512,) or (n, 512).
            k: how many.
            among: a table of candidates; the reference chemicals by default.

        Returns:
            k matches for (512,), n lists of k for (n, 512).

        Raises:
            HubMismatchError: the table was made with another hub.
            InputError: the vectors are of another length or not finite, or k is negative.
        """
        table = self.reference if among is None else among
        if table.card.hub != self.id:
            raise HubMismatchError(
                f"a table made with hub {table.card.hub} cannot be searched with hub {self.id}"
            )
        asked = self._checked(vectors)
        wanted = k
        while True:
            rows, cosines = table.search(np.atleast_2d(asked), wanted)
            near = zip(rows, cosines.clip(-1, 1), strict=True)  # a product may round beyond 1
            found = [_matches(table, *one)[:k] for one in near]
            if wanted >= len(table) or all(len(matches) == k for matches in found):
                return found if asked.ndim == 2 else found[0]
            wanted *= 2

    def nearness(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the mean cosine of n vectors with the points nearest to them, (n, 512) -> (n,).

        These are the `NEAREST` nearest of the reference chemicals. A vector that lies where no
        chemical does is one that an encoder was not sure of.

        Raises:
            InputError: as `nearest`.
            ArtefactError: this hub has no reference chemicals.
        """
        cosines = self.reference.search(self._checked(vectors), NEAREST)[1]
        return np.asarray(cosines.mean(1), np.float32)

    def distance(self, a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the cosine distances (1 - cosine, 0 to 2) between paired vectors, (n, 512) each.

        Raises:
            InputError: they are of another length, not finite, or not as many.
        """
        unit_a, unit_b = unit(self._checked(a)), unit(self._checked(b))
        try:
            cosines: NDArray[np.float64] = (unit_a * unit_b).sum(-1, dtype=np.float64)
        except ValueError:
            raise InputError(
                f"found vectors of shapes {unit_a.shape} and {unit_b.shape}, expected pairs"
            ) from None
        return np.clip(1.0 - cosines, 0, 2)

    def _checked(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return hub vectors, (512,) or (n, 512), as float32; anything else is an InputError."""
        try:
            with np.errstate(over="ignore"):
                found = np.asarray(vectors, np.float32)
        except (TypeError, ValueError) as error:
            raise InputError(f"found no vectors, expected numbers: {error}") from None
        fits = found.ndim in (1, 2) and found.shape[-1] == self.dimensions
        if not fits or not np.isfinite(found).all():
            raise InputError(
                f"found vectors of shape {found.shape}, expected finite vectors of "
                f"{self.dimensions} numbers"
            )
        return found


def _several(items: Iterable[T], what: str) -> Iterable[T]:
    if not isinstance(items, Iterable):
        raise InputError(f"found {items!r}, expected {what}")
    return items


def _matches(
    table: EmbeddingTable, rows: NDArray[np.intp], cosines: NDArray[np.float32]
) -> list[Match]:
    """Return the chemicals of some rows, each key once; rows without a key are all different."""
    found: dict[str | int, Match] = {}
    named: dict[str | int, int] = {}
    for row, cosine in zip(rows.tolist(), cosines.tolist(), strict=True):
        chemical = table.entries[row].chemical
        key = chemical.key or row
        if row < named.setdefault(key, row):  # one point, but for the rounding of the product
            named[key] = row
            found[key] = Match(chemical, found[key].similarity)
        found.setdefault(key, Match(chemical, cosine))
    return list(found.values())


def load_hub(reference: str | Path | None = None, plugins: Registry | None = None) -> Hub:
    """Load a hub.

    Args:
        reference: a registered name, the folder of one trained by yourself, or None for the
            hub that ships with chemtranslate.
        plugins: where to look up names; everything installed by default.

    Raises:
        UnknownNameError, ArtefactError: there is no such hub, or it is damaged.
    """
    known = plugins or registry()
    folder, spec = _find(reference, known)
    model = resolve(spec.load)(folder)
    return Hub(model, folder)


def _find(reference: str | Path | None, known: Registry) -> tuple[Path, HubSpec]:
    names = known.names("hub")
    if reference is None:
        if not names:
            raise ArtefactError("no plugin brings a hub; `chemtranslate plugins list` says why")
        reference = names[0]
    if str(reference) in names:
        spec = known.hub(str(reference))
        return spec.folder, spec
    folder = Path(reference)
    if folder.is_dir():
        card = read_card(folder)
        if card.role != "hub":
            raise ArtefactError(f"{folder}: holds a model of role {card.role}, expected a hub")
        return folder, known.hub(card.name)
    return Path(), known.hub(str(reference))  # raises, suggesting a name
