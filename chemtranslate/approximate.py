"""Approximate search in very large embedding tables: a graph of neighbours beside the shards.

Exact search reads every row for every question. Above a million rows a graph (HNSW, as `usearch`
builds it) answers from a few thousand; what it misses is measured when it is built.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from chemtranslate.errors import ArtefactError, MissingExtraError, OutputError
from chemtranslate.files import check_output
from chemtranslate.search import search, unit

if TYPE_CHECKING:
    from chemtranslate.table import EmbeddingTable

GRAPH = "approximate.usearch"
NOTE = "approximate.json"
SEARCHED = 256
"""Candidates that the graph keeps while it searches; more find more and take longer."""
QUESTIONS, NEIGHBOURS = 500, 10
_ROWS = 16_384


class GraphNote(BaseModel):
    """What a graph was built from, and what it finds.

    Attributes:
        rows: of the table when it was built.
        recall: share of the true 10 nearest rows that it finds, over 500 rows of the table moved
            by a tenth of their length.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    recall: float


@dataclass(frozen=True)
class Graph:
    """An approximate index of a table, memory-mapped."""

    note: GraphNote
    index: Any

    def search(
        self, queries: NDArray[np.floating], k: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return rows (n, k) and cosines (n, k) near n queries, the largest first."""
        found = self.index.search(unit(queries), min(k, self.note.rows))
        rows = np.atleast_2d(found.keys).astype(np.intp)
        cosines = 1.0 - np.atleast_2d(found.distances).astype(np.float32)
        return rows, cosines


def build_graph(table: EmbeddingTable, folder: Path) -> GraphNote:
    """Build the graph of an opened table, measure it, and put both beside the shards.

    Raises:
        ArtefactError: the table is damaged.
        MissingExtraError: usearch is not installed.
        OutputError: the folder cannot be written.
    """
    check_output(folder / GRAPH, force=True)
    table.check()
    index = _usearch().Index(
        ndim=table.card.dimensions, metric="cos", dtype="f16", expansion_search=SEARCHED
    )
    first = 0
    for block in table.blocks:
        for start in range(0, len(block), _ROWS):
            rows = np.asarray(block[start : start + _ROWS], np.float32)
            # One thread: rows added at once may miss each other and are then never found.
            index.add(np.arange(first, first + len(rows)), rows, threads=1)
            first += len(rows)
    note = GraphNote(rows=first, recall=_recall(table, index))
    aside = folder / f".{GRAPH}.part"
    try:
        index.save(str(aside))
        os.replace(aside, folder / GRAPH)
        (folder / NOTE).write_text(note.model_dump_json() + "\n", encoding="utf-8")
    except (OSError, RuntimeError) as error:  # usearch has the second for a full disk, too
        raise OutputError(f"{folder / GRAPH}: cannot be written: {error}") from None
    finally:
        aside.unlink(missing_ok=True)
    return note


def open_graph(folder: Path, rows: int) -> Graph | None:
    """Open the graph of a table, if there is one for all its rows.

    Raises:
        ArtefactError: it is damaged.
        MissingExtraError: usearch is not installed.
    """
    if not (folder / NOTE).is_file():
        return None
    try:
        note = GraphNote.model_validate_json((folder / NOTE).read_bytes())
        if note.rows != rows:
            return None
        index = _usearch().Index.restore(str(folder / GRAPH), view=True)
    except (ValidationError, RuntimeError, ValueError, OSError) as error:
        raise ArtefactError(f"{folder / GRAPH}: damaged: {error}") from None
    if index is None or len(index) != rows:
        raise ArtefactError(f"{folder / GRAPH}: damaged, or not of this table")
    index.expansion_search = SEARCHED
    return Graph(note, index)


def _recall(table: EmbeddingTable, index: Any) -> float:
    rng = np.random.default_rng(0)
    rows = np.sort(rng.choice(len(table), min(QUESTIONS, len(table)), replace=False))
    starts = np.cumsum([0, *map(len, table.blocks)])
    owner = np.searchsorted(starts, rows, "right") - 1
    exact = unit(
        np.stack([table.blocks[b][r - starts[b]] for b, r in zip(owner, rows, strict=True)])
    )
    asked = unit(exact + 0.1 * unit(rng.normal(size=exact.shape)))
    k = min(NEIGHBOURS, len(table))
    true = _exact(asked, table.blocks, k)
    found = np.atleast_2d(index.search(asked, k).keys)
    shared = [len(set(a) & set(b)) for a, b in zip(true.tolist(), found.tolist(), strict=True)]
    return round(float(np.mean(shared)) / k, 4)


def _exact(
    asked: NDArray[np.float32], blocks: Sequence[NDArray[np.floating]], k: int
) -> NDArray[np.intp]:
    """Return the k nearest rows as `search` does, with only a part of the table in memory."""
    rows = np.zeros((len(asked), 0), np.intp)
    cosines = np.zeros((len(asked), 0), np.float32)
    first = 0
    for block in blocks:
        for start in range(0, len(block), _ROWS):
            part = unit(block[start : start + _ROWS])
            found, near = search(asked, [part], k)
            rows = np.concatenate([rows, found + first], 1)
            cosines = np.concatenate([cosines, near], 1)
            best = np.argsort(-cosines, 1, kind="stable")[:, :k]
            rows, cosines = np.take_along_axis(rows, best, 1), np.take_along_axis(cosines, best, 1)
            first += len(part)
    return rows


def _usearch() -> Any:
    from rdkit import Chem  # noqa: F401  (loaded after usearch, it crashes the interpreter)

    try:
        from usearch import index
    except ImportError:
        raise MissingExtraError.of("approximate search", "ann") from None
    return index
