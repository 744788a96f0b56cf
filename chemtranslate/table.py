"""Embedding tables: hub vectors with the identities they belong to, in shards on disk.

A table is a folder: `table.json` names the hub and the shards; each shard is one safetensors
file with the vectors (float16) and, as JSON lines, the identities. Appending adds a shard.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from chemtranslate.approximate import Graph, open_graph
from chemtranslate.artefact import mapped_tensors
from chemtranslate.chemical import Chemical
from chemtranslate.errors import ArtefactError, HubMismatchError, InputError, MissingExtraError
from chemtranslate.files import folder_written_whole
from chemtranslate.search import search, unit

CARD = "table.json"
SHARD_ROWS = 65_536
LARGE = 1_000_000
"""Rows above which a search may be approximate."""
_NEWLINE = ord("\n")


@dataclass(frozen=True, slots=True)
class Entry:
    """Whose vector a row of a table is; fields as in `Chemical`, `id` being the record's own."""

    id: str
    name: str = ""
    smiles: str = ""
    inchikey: str = ""
    cas: str = ""

    @property
    def chemical(self) -> Chemical:
        """The entry as a chemical."""
        return Chemical(self.smiles, self.inchikey, self.name or self.id, self.cas)


class Shard(BaseModel):
    """One file of a table, its number of rows and the digest of its bytes; older ones have none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    rows: int
    digest: str = ""


class TableCard(BaseModel):
    """What a table holds: for which hub, made by which encoder, from what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["chemtranslate-table-1"] = "chemtranslate-table-1"
    hub: str
    encoder: str = ""
    description: str = ""
    dimensions: int
    shards: tuple[Shard, ...] = ()


class Entries(Sequence[Entry]):
    """Identities of a table's rows, parsed from JSON lines when they are asked for.

    Args:
        lines: per shard, the JSON lines as (bytes,) uint8.
        files: per shard, where they came from.
    """

    def __init__(self, lines: Sequence[NDArray[np.uint8]], files: Sequence[Path]) -> None:
        self._lines, self._files = lines, files
        self._ends = [
            np.append(np.flatnonzero(shard == _NEWLINE), [len(shard)] * bool(len(shard)))
            for shard in lines
        ]
        self._firsts = np.cumsum([0, *map(len, self._ends)])

    def __len__(self) -> int:
        return int(self._firsts[-1])

    @overload
    def __getitem__(self, row: int) -> Entry: ...

    @overload
    def __getitem__(self, row: slice) -> list[Entry]: ...

    def __getitem__(self, row: int | slice) -> Entry | list[Entry]:
        """Return the identity of a row, or those of a range of rows.

        Raises:
            ArtefactError: it is not an identity; the file is damaged.
        """
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        place = row + len(self) if row < 0 else row
        if not 0 <= place < len(self):
            raise IndexError(f"row {row} of a table of {len(self)}")
        shard = int(np.searchsorted(self._firsts, place, "right")) - 1
        ends, line = self._ends[shard], place - int(self._firsts[shard])
        start = int(ends[line - 1]) + 1 if line else 0
        text = self._lines[shard][start : int(ends[line])].tobytes()
        try:
            return Entry(*json.loads(text))
        except (ValueError, TypeError) as error:
            raise ArtefactError(f"{self._files[shard]}: not an identity: {error}") from None

    def lines(self, shard: int) -> bytes:
        """Return the JSON lines of a shard."""
        return self._lines[shard].tobytes()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class EmbeddingTable:
    """A table of n hub vectors, opened for reading.

    On disk it stays on disk: vectors and identities are memory-mapped. The first search makes a
    float32 copy of unit vectors, which later ones use.

    Attributes:
        card: the table's description.
        entries: n identities.
        blocks: the vectors as they are held, each (rows, dimensions) of float16 or float32.
        folder: where it lies; None for one in memory.
    """

    def __init__(
        self,
        card: TableCard,
        entries: Sequence[Entry],
        *blocks: NDArray[np.floating],
        folder: Path | None = None,
    ) -> None:
        self.folder = folder
        self.card = card
        self.entries = entries
        self.blocks = blocks
        self._checked = False

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def vectors(self) -> NDArray[np.float32]:
        """All vectors in memory, (n, dimensions) float32."""
        nothing = np.zeros((0, self.card.dimensions), np.float32)
        return np.concatenate([nothing, *self.blocks], dtype=np.float32)

    def vectors_of(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the vectors of k rows, (k, dimensions) float32; the others are not read."""
        found = np.zeros((len(rows), self.card.dimensions), np.float32)
        ends = np.cumsum([len(block) for block in self.blocks])
        for place, row in enumerate(rows.tolist()):
            number = int(np.searchsorted(ends, row, "right"))
            block = self.blocks[number]
            found[place] = block[row - int(ends[number]) + len(block)]
        return found

    @cached_property
    def units(self) -> list[NDArray[np.float32]]:
        """The blocks, every vector scaled to length 1.

        Raises:
            ArtefactError: as `check`.
        """
        self.check()
        return [unit(block) for block in self.blocks]

    def search(
        self, queries: NDArray[np.floating], k: int, exact: bool | None = None
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Find the rows whose vectors have the largest cosines.

        Args:
            queries: (q, dimensions).
            k: how many rows; at most n are returned.
            exact: read every row. By default so, but for tables of more than LARGE rows that
                have a graph (`chemtranslate index approximate`) where usearch is installed.

        Returns:
            rows (q, k) and cosines (q, k), the largest first; ties go to the earlier row.

        Raises:
            InputError: queries of another shape or not finite, or k is negative.
            ArtefactError: an approximate search was asked for and there is no graph.
            MissingExtraError: it was asked for and usearch is not installed.
        """
        shape = (len(queries), self.card.dimensions)
        if queries.shape != shape or not np.isfinite(queries).all() or k < 0:
            raise InputError(
                f"found vectors of shape {queries.shape} and k = {k}, expected finite vectors of "
                f"{self.card.dimensions} numbers and k >= 0"
            )
        graph = None
        if exact is False:
            graph = self.graph
            if graph is None:
                raise ArtefactError("the table has no graph; `chemtranslate index approximate`")
        elif exact is None and len(self) > LARGE:
            with suppress(MissingExtraError):
                graph = self.graph
        return graph.search(queries, k) if graph else search(unit(queries), self.units, k)

    @cached_property
    def graph(self) -> Graph | None:
        """The table's approximate index, if one has been built for all its rows."""
        return open_graph(self.folder, len(self)) if self.folder else None

    def check(self) -> None:
        """Compare the shards with their digests on the card and look for NaN, once.

        Raises:
            ArtefactError: a shard is damaged.
        """
        if self._checked:
            return
        for number, block in enumerate(self.blocks):
            place = "the table"
            if self.folder is not None:
                shard = self.card.shards[number]
                place = str(self.folder / shard.file)
                if shard.digest and _digest(Path(place).read_bytes()) != shard.digest:
                    raise ArtefactError(f"{place}: damaged: its digest is not the one in {CARD}")
            if not np.isfinite(block).all():
                raise ArtefactError(f"{place}: found values that are not finite in its vectors")
        self._checked = True

    @classmethod
    def open(cls, folder: str | Path, hub: str | None = None) -> EmbeddingTable:
        """Open a table folder, and check it if it has at most LARGE rows.

        A larger one is checked when it is first read whole.

        Args:
            folder: the table.
            hub: id of the hub that its vectors will be used with.

        Raises:
            ArtefactError: missing, truncated or damaged.
            HubMismatchError: the table was made with another hub.
        """
        folder = Path(folder)
        card = _read_card(folder)
        if hub is not None and card.hub != hub:
            raise HubMismatchError(
                f"{folder}: its vectors were made with hub {card.hub}, the hub in use is {hub}"
            )
        files = [folder / shard.file for shard in card.shards]
        lines, blocks = [], []
        for shard, file in zip(card.shards, files, strict=True):
            tensors = mapped_tensors(file)
            try:
                identities, vectors = tensors["identities"], tensors["vectors"]
            except KeyError as error:
                raise ArtefactError(f"{file}: not a table shard: no {error} in it") from None
            rows = len(Entries([identities], [file]))
            if rows != shard.rows or vectors.shape != (shard.rows, card.dimensions):
                raise ArtefactError(
                    f"{file}: found {rows} identities and vectors of shape "
                    f"{vectors.shape}, expected {shard.rows} of {card.dimensions}"
                )
            lines.append(identities)
            blocks.append(vectors)
        table = cls(card, Entries(lines, files), *blocks, folder=folder)
        if len(table) <= LARGE:
            table.check()
        return table


class TableWriter:
    """Collects rows and writes them shard by shard, in constant memory."""

    def __init__(self, folder: Path, card: TableCard) -> None:
        self.folder = folder
        self.card = card
        self._entries: list[Entry] = []
        self._vectors: list[NDArray[np.float16]] = []

    def add(self, entry: Entry, vector: NDArray[np.float32]) -> None:
        """Add one row; `vector` is (dimensions,).

        Raises:
            ArtefactError: it has another length, or values that are not finite.
        """
        with np.errstate(over="ignore"):
            stored = vector.astype(np.float16)
        if stored.shape != (self.card.dimensions,) or not np.isfinite(stored).all():
            raise ArtefactError(
                f"{entry.id!r}: found a vector of shape {vector.shape}, expected "
                f"{self.card.dimensions} finite numbers that float16 can hold"
            )
        self._entries.append(entry)
        self._vectors.append(stored)
        if len(self._entries) >= SHARD_ROWS:
            self._write_shard()

    def _write_shard(self) -> None:
        lines = "\n".join(json.dumps(astuple(e), ensure_ascii=False) for e in self._entries)
        self.add_shard(np.stack(self._vectors), lines.encode())
        self._entries, self._vectors = [], []

    def add_shard(self, vectors: NDArray[np.float16], lines: bytes) -> None:
        """Write (n, dimensions) vectors and the n JSON lines of their identities as a shard.

        The card, and with it the table, does not name it before `flush`.
        """
        from safetensors.numpy import save

        file = f"shard-{len(self.card.shards):05d}.safetensors"
        aside = self.folder / f".{file}.part"
        tensors: dict[str, NDArray[Any]] = {
            "vectors": vectors,
            "identities": np.frombuffer(lines, np.uint8),
        }
        content = save(tensors)
        aside.write_bytes(content)
        os.replace(aside, self.folder / file)
        shard = Shard(file=file, rows=len(vectors), digest=_digest(content))
        shards = (*self.card.shards, shard)
        self.card = self.card.model_copy(update={"shards": shards})

    def flush(self) -> None:
        """Write the rows collected so far as a shard, and the card that names all shards."""
        if self._entries:
            self._write_shard()
        aside = self.folder / f".{CARD}.part"
        aside.write_text(self.card.model_dump_json(indent=2) + "\n", encoding="utf-8")
        os.replace(aside, self.folder / CARD)


@contextmanager
def new_table(folder: Path, card: TableCard, force: bool = False) -> Iterator[TableWriter]:
    """Write a table that appears under its name only when all rows are in it."""
    with folder_written_whole(folder, force, CARD) as aside:
        writer = TableWriter(aside, card)
        yield writer
        writer.flush()


def append(folder: Path, rows: Iterable[tuple[Entry, NDArray[np.float32]]], hub: str) -> int:
    """Add rows to an existing table as a new shard and return how many there were.

    Raises:
        HubMismatchError: the table was made with another hub.
    """
    card = EmbeddingTable.open(folder, hub).card
    writer, count = TableWriter(folder, card), 0
    for entry, vector in rows:
        writer.add(entry, vector)
        count += 1
    writer.flush()
    return count


def write_merged(table: EmbeddingTable, folder: Path) -> TableCard:
    """Write a table's shards, joined to as few as SHARD_ROWS allows, into a folder.

    Many small shards cost a file handle each; returns the card of the new table.
    """
    assert isinstance(table.entries, Entries)
    writer = TableWriter(folder, table.card.model_copy(update={"shards": ()}))
    group: list[int] = []
    for shard in range(len(table.blocks) + 1):
        last = shard == len(table.blocks)
        rows = sum(len(table.blocks[i]) for i in (*group, *([] if last else [shard])))
        if group and (last or rows > SHARD_ROWS):
            writer.add_shard(
                np.concatenate([np.asarray(table.blocks[i], np.float16) for i in group]),
                b"\n".join(table.entries.lines(i) for i in group),
            )
            group = []
        group.append(shard)
    writer.flush()
    return writer.card


def _read_card(folder: Path) -> TableCard:
    try:
        return TableCard.model_validate_json((folder / CARD).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise ArtefactError(f"{folder}: not an embedding table, expected {CARD} in it") from None
    except OSError as error:
        raise ArtefactError(f"{folder / CARD}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ArtefactError(
            f"{folder / CARD}: not a table's card: {place}: {first['msg']}"
        ) from None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
