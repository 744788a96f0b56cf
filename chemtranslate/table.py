"""Embedding tables: hub vectors with the identities they belong to, in shards on disk.

A table is a folder: `table.json` names the hub and the shards; each shard is one safetensors
file with the vectors (float16) and, as JSON lines, the identities. Appending adds a shard.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from chemtranslate.artefact import read_tensors
from chemtranslate.chemical import Chemical
from chemtranslate.errors import ArtefactError, HubMismatchError
from chemtranslate.files import folder_written_whole

CARD = "table.json"
SHARD_ROWS = 65_536


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
    """One file of a table and its number of rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    rows: int


class TableCard(BaseModel):
    """What a table holds: for which hub, made by which encoder, from what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["chemtranslate-table-1"] = "chemtranslate-table-1"
    hub: str
    encoder: str = ""
    description: str = ""
    dimensions: int
    shards: tuple[Shard, ...] = ()


class EmbeddingTable:
    """A table of n hub vectors, opened for reading.

    Attributes:
        card: the table's description.
        entries: n identities.
        vectors: (n, dimensions) float32.
    """

    def __init__(
        self,
        card: TableCard,
        entries: list[Entry],
        vectors: NDArray[np.float32],
    ) -> None:
        self.card = card
        self.entries = entries
        self.vectors = vectors

    def __len__(self) -> int:
        return len(self.entries)

    @classmethod
    def open(cls, folder: Path, hub: str | None = None) -> EmbeddingTable:
        """Open a table folder.

        Args:
            folder: the table.
            hub: id of the hub that its vectors will be used with.

        Raises:
            ArtefactError: missing, truncated or damaged.
            HubMismatchError: the table was made with another hub.
        """
        card = _read_card(folder)
        if hub is not None and card.hub != hub:
            raise HubMismatchError(
                f"{folder}: its vectors were made with hub {card.hub}, the hub in use is {hub}"
            )
        entries: list[Entry] = []
        blocks = [np.zeros((0, card.dimensions), np.float32)]
        for shard in card.shards:
            tensors = read_tensors(folder / shard.file)
            try:
                rows = [Entry(*row) for row in map(json.loads, _lines(tensors["identities"]))]
                vectors = tensors["vectors"].astype(np.float32)
            except (KeyError, ValueError, TypeError) as error:
                raise ArtefactError(f"{folder / shard.file}: not a table shard: {error}") from None
            if not len(rows) == len(vectors) == shard.rows or vectors.shape[1:] != (
                card.dimensions,
            ):
                raise ArtefactError(
                    f"{folder / shard.file}: found {len(rows)} identities and vectors of shape "
                    f"{vectors.shape}, expected {shard.rows} of {card.dimensions}"
                )
            entries += rows
            blocks.append(vectors)
        return cls(card, entries, np.concatenate(blocks))


class TableWriter:
    """Collects rows and writes them shard by shard, in constant memory."""

    def __init__(self, folder: Path, card: TableCard) -> None:
        self.folder = folder
        self.card = card
        self._entries: list[Entry] = []
        self._vectors: list[NDArray[np.float32]] = []

    def add(self, entry: Entry, vector: NDArray[np.float32]) -> None:
        """Add one row; `vector` is (dimensions,).

        Raises:
            ArtefactError: it has another length, or values that are not finite.
        """
        if vector.shape != (self.card.dimensions,) or not np.isfinite(vector).all():
            raise ArtefactError(
                f"{entry.id!r}: found a vector of shape {vector.shape}, expected "
                f"{self.card.dimensions} finite numbers"
            )
        self._entries.append(entry)
        self._vectors.append(vector)
        if len(self._entries) >= SHARD_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write the rows collected so far as a shard, and the card that names it."""
        from safetensors.numpy import save

        if self._entries:
            file = f"shard-{len(self.card.shards):05d}.safetensors"
            lines = "\n".join(json.dumps(astuple(e), ensure_ascii=False) for e in self._entries)
            aside = self.folder / f".{file}.part"
            tensors: dict[str, NDArray[Any]] = {
                "vectors": np.stack(self._vectors).astype(np.float16),
                "identities": np.frombuffer(lines.encode(), np.uint8),
            }
            aside.write_bytes(save(tensors))
            os.replace(aside, self.folder / file)
            shards = (*self.card.shards, Shard(file=file, rows=len(self._entries)))
            self.card = self.card.model_copy(update={"shards": shards})
            self._entries, self._vectors = [], []
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


def _lines(identities: NDArray[np.uint8]) -> list[str]:
    return identities.tobytes().decode().split("\n") if identities.size else []


def _read_card(folder: Path) -> TableCard:
    try:
        return TableCard.model_validate_json((folder / CARD).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise ArtefactError(f"{folder}: not an embedding table, expected {CARD} in it") from None
    except ValidationError as error:
        message = error.errors()[0]["msg"]
        raise ArtefactError(f"{folder / CARD}: not a table's card: {message}") from None
