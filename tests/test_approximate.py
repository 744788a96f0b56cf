from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from chemtranslate import table as table_module
from chemtranslate.approximate import GRAPH, build_graph
from chemtranslate.errors import ArtefactError, MissingExtraError, OutputError
from chemtranslate.table import EmbeddingTable, Entry, TableCard, append, new_table

pytestmark = pytest.mark.skipif(find_spec("usearch") is None, reason="usearch is not installed")
HUB, ROWS = "00000000000000aa", 900


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    vectors = np.random.default_rng(0).normal(size=(ROWS, 32)).astype(np.float32)
    with new_table(tmp_path / "t", TableCard(hub=HUB, dimensions=32)) as writer:
        for row, vector in enumerate(vectors):
            writer.add(Entry(str(row)), vector)
            if row % 400 == 399:
                writer.flush()
    return tmp_path / "t"


def test_the_graph_finds_nearly_what_reading_every_row_finds(folder: Path) -> None:
    note = build_graph(EmbeddingTable.open(folder), folder)
    assert note.rows == ROWS
    assert note.recall > 0.95
    table = EmbeddingTable.open(folder)
    asked = table.vectors[::50]
    rows, cosines = table.search(asked, 5, exact=False)
    exact_rows, exact_cosines = table.search(asked, 5, exact=True)
    assert (rows == exact_rows).mean() > 0.95
    np.testing.assert_allclose(cosines[:, 0], exact_cosines[:, 0], atol=5e-3)
    assert rows[:, 0].tolist() == list(range(0, ROWS, 50))


def test_the_graph_of_a_table_is_always_the_same_and_loses_no_row(folder: Path) -> None:
    graphs = []
    for _ in range(2):
        build_graph(EmbeddingTable.open(folder), folder)
        graphs.append((folder / GRAPH).read_bytes())
    assert graphs[0] == graphs[1]
    table = EmbeddingTable.open(folder)
    rows, _ = table.search(table.vectors, 1, exact=False)
    assert rows[:, 0].tolist() == list(range(ROWS))


def test_only_large_tables_are_searched_through_their_graph(
        folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_graph(EmbeddingTable.open(folder), folder)
    table = EmbeddingTable.open(folder)
    asked = []
    graph = table.graph
    assert graph is not None
    monkeypatch.setattr(type(graph), "search",
                        lambda self, queries, k: asked.append(k) or (None, None))
    table.search(table.vectors[:1], 3)
    assert not asked
    monkeypatch.setattr(table_module, "LARGE", 100)
    table.search(table.vectors[:1], 3)
    assert asked == [3]


def test_a_graph_older_than_its_table_is_not_used(folder: Path) -> None:
    build_graph(EmbeddingTable.open(folder), folder)
    append(folder, [(Entry("new"), np.ones(32, np.float32))], HUB)
    table = EmbeddingTable.open(folder)
    assert table.graph is None
    with pytest.raises(ArtefactError, match="index approximate"):
        table.search(table.vectors[:1], 3, exact=False)


def test_a_graph_that_cannot_be_written_is_one_error(
        folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from usearch.index import Index

    before = sorted(folder.iterdir())
    monkeypatch.setattr(Index, "save", lambda index, path: Index.restore(path))
    with pytest.raises(OutputError, match=f"{GRAPH}: cannot be written"):
        build_graph(EmbeddingTable.open(folder), folder)
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(OutputError, match="not writable"):
        build_graph(EmbeddingTable.open(folder), folder)
    assert sorted(folder.iterdir()) == before


def test_a_damaged_graph_is_named(folder: Path) -> None:
    build_graph(EmbeddingTable.open(folder), folder)
    (folder / GRAPH).write_bytes(b"\0" * 100)
    with pytest.raises(ArtefactError, match=GRAPH):
        _ = EmbeddingTable.open(folder).graph


def test_a_search_through_the_graph_leaves_rdkit_usable(folder: Path) -> None:
    build_graph(EmbeddingTable.open(folder), folder)
    script = (
        "import sys; from pathlib import Path; import numpy as np;"
        "from chemtranslate.table import EmbeddingTable;"
        "EmbeddingTable.open(Path(sys.argv[1])).search(np.ones((1, 32)), 3, exact=False);"
        "from rdkit import Chem; print(Chem.MolFromSmiles('CCO').GetNumAtoms())"
    )
    made = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True,
                          text=True, check=False)
    assert (made.returncode, made.stdout.strip()) == (0, "3"), made.stderr


def test_without_usearch_a_large_table_is_searched_exactly(
        folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_graph(EmbeddingTable.open(folder), folder)
    monkeypatch.setitem(sys.modules, "usearch", None)
    monkeypatch.setattr(table_module, "LARGE", 10)
    table = EmbeddingTable.open(folder)
    queries = table.vectors[:3]
    np.testing.assert_array_equal(table.search(queries, 5)[0],
                                  table.search(queries, 5, exact=True)[0])
    with pytest.raises(MissingExtraError):
        table.search(queries, 5, exact=False)
