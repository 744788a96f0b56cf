from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chemtranslate import table as table_module
from chemtranslate.errors import (
    ArtefactError,
    ChemTranslateError,
    HubMismatchError,
    InputError,
    OutputError,
)
from chemtranslate.table import (
    EmbeddingTable,
    Entry,
    TableCard,
    append,
    new_table,
    write_merged,
)

HUB = "00000000000000aa"
ENTRIES = [Entry(f"T{i}", f'a "name"\nof two lines, {i}', "CCO", "LFQSCWFLJHTTHZ", "64-17-5")
           for i in range(5)]


def _vectors(rows: int, seed: int = 0, dimensions: int = 8) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(rows, dimensions)).astype(np.float32)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    folder = tmp_path / "table"
    with new_table(folder, TableCard(hub=HUB, dimensions=8, encoder="toy/linear")) as writer:
        for entry, vector in zip(ENTRIES, _vectors(5), strict=True):
            writer.add(entry, vector)
    return folder


def test_a_table_reads_back_as_it_was_written(table: Path) -> None:
    opened = EmbeddingTable.open(table, HUB)
    assert opened.entries == ENTRIES
    assert opened.vectors.dtype == np.float32
    np.testing.assert_allclose(opened.vectors, _vectors(5), rtol=1e-3)
    assert opened.card.encoder == "toy/linear"


def test_appending_adds_a_shard_and_leaves_the_others_alone(table: Path) -> None:
    before = {path.name: path.read_bytes() for path in table.glob("*.safetensors")}
    more = [Entry("T9"), Entry("T10")]
    assert append(table, zip(more, _vectors(2, seed=1), strict=True), HUB) == 2
    after = {path.name: path.read_bytes() for path in table.glob("*.safetensors")}
    assert before.items() < after.items()
    assert len(after) == len(before) + 1
    opened = EmbeddingTable.open(table, HUB)
    assert opened.entries == [*ENTRIES, *more]
    np.testing.assert_allclose(opened.vectors[5:], _vectors(2, seed=1), rtol=1e-3)
    rows = np.array([6, 0, 4, 5, 6])
    np.testing.assert_array_equal(opened.vectors_of(rows), opened.vectors[rows])


def test_a_long_table_is_written_in_shards_that_read_as_one(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "SHARD_ROWS", 3)
    vectors = _vectors(8)
    with new_table(tmp_path / "table", TableCard(hub=HUB, dimensions=8)) as writer:
        for row, vector in enumerate(vectors):
            writer.add(Entry(str(row)), vector)
    opened = EmbeddingTable.open(tmp_path / "table")
    assert [shard.rows for shard in opened.card.shards] == [3, 3, 2]
    assert [entry.id for entry in opened.entries] == list(map(str, range(8)))
    np.testing.assert_allclose(opened.vectors, vectors, rtol=1e-3)


def test_a_table_of_another_hub_is_refused_and_left_as_it_is(table: Path) -> None:
    before = {path: path.read_bytes() for path in table.iterdir()}
    for use in (lambda: EmbeddingTable.open(table, "00000000000000bb"),
                lambda: append(table, [(Entry("T9"), _vectors(1)[0])], "00000000000000bb")):
        with pytest.raises(HubMismatchError, match=f"{HUB}.*00000000000000bb"):
            use()
    assert {path: path.read_bytes() for path in table.iterdir()} == before


@pytest.mark.parametrize("vector", [np.ones(9, np.float32), np.ones((1, 8), np.float32),
                                    np.full(8, np.nan, np.float32)])
def test_rows_that_do_not_fit_the_table_are_refused_and_harm_nothing(
        table: Path, vector: NDArray[np.float32]) -> None:
    with pytest.raises(ChemTranslateError):
        append(table, [(Entry("T9"), vector)], HUB)
    assert EmbeddingTable.open(table, HUB).entries == ENTRIES


def test_whoever_may_read_the_card_may_read_the_shards(table: Path) -> None:
    assert len({path.stat().st_mode for path in table.iterdir()}) == 1


def test_a_failure_while_appending_leaves_the_table_as_it_was(table: Path) -> None:
    def rows() -> object:
        yield Entry("T9"), _vectors(1)[0]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        append(table, rows(), HUB)
    assert EmbeddingTable.open(table, HUB).entries == ENTRIES


def test_a_failure_while_writing_a_table_leaves_nothing(tmp_path: Path) -> None:
    card = TableCard(hub=HUB, dimensions=8)
    with pytest.raises(RuntimeError), new_table(tmp_path / "table", card) as writer:
        writer.add(Entry("T1"), _vectors(1)[0])
        writer.flush()
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_table_is_overwritten_only_with_force(table: Path) -> None:
    card = TableCard(hub=HUB, dimensions=8)
    with pytest.raises(OutputError, match="--force"), new_table(table, card):
        pass
    with new_table(table, card, force=True) as writer:
        writer.add(Entry("new"), _vectors(1)[0])
    assert [entry.id for entry in EmbeddingTable.open(table).entries] == ["new"]


def _truncate(shard: Path) -> None:
    shard.write_bytes(shard.read_bytes()[:-5])


def _garbage(shard: Path) -> None:
    shard.write_bytes(b"\x00" * 64)


def _gone(shard: Path) -> None:
    shard.unlink()


def _other_rows(shard: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(shard)
    save_file({**tensors, "vectors": tensors["vectors"][:3]}, shard)


def _other_tensors(shard: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"weights": np.zeros(3)}, shard)


@pytest.mark.parametrize(("damage", "sentence"), [
    (_truncate, "damaged or truncated"),
    (_garbage, "damaged or truncated"),
    (_gone, "no such file"),
    (_other_rows, "expected 5 of 8"),
    (_other_tensors, "not a table shard"),
])
def test_a_damaged_shard_is_refused_by_name(table: Path, damage: object, sentence: str) -> None:
    damage(next(table.glob("*.safetensors")))
    with pytest.raises(ArtefactError, match=rf"shard-00000.safetensors: .*{sentence}"):
        EmbeddingTable.open(table, HUB)


@pytest.mark.parametrize("tensor", ["vectors", "identities"])
def test_bytes_that_were_changed_in_a_shard_are_noticed(
        table: Path, tensor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors.numpy import load_file, save_file

    shard = table / "shard-00000.safetensors"
    tensors = load_file(shard)
    tensors[tensor].flat[3] += 1
    save_file(tensors, shard)
    with pytest.raises(ArtefactError, match="shard-00000.safetensors: damaged: its digest"):
        EmbeddingTable.open(table)
    monkeypatch.setattr(table_module, "LARGE", 2)
    opened = EmbeddingTable.open(table)  # fast, whatever its size
    with pytest.raises(ArtefactError, match="shard-00000.safetensors: damaged: its digest"):
        opened.search(np.ones((1, 8)), 1, exact=True)


def test_a_table_without_digests_opens_if_its_vectors_are_finite(table: Path) -> None:
    from safetensors.numpy import load_file, save_file

    card = json.loads((table / "table.json").read_text())
    del card["shards"][0]["digest"]
    (table / "table.json").write_text(json.dumps(card))
    assert EmbeddingTable.open(str(table)).entries == ENTRIES
    shard = table / "shard-00000.safetensors"
    tensors = load_file(shard)
    tensors["vectors"][1, 2] = np.nan
    save_file(tensors, shard)
    with pytest.raises(ArtefactError, match="shard-00000.safetensors: found values .* not finite"):
        EmbeddingTable.open(table)


def test_a_surplus_field_of_a_card_is_named(table: Path) -> None:
    card = json.loads((table / "table.json").read_text())
    (table / "table.json").write_text(json.dumps({**card, "colour": "red"}))
    with pytest.raises(ArtefactError, match="table.json: not a table's card: colour: "):
        EmbeddingTable.open(table)


def test_a_folder_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="not an embedding table"):
        EmbeddingTable.open(tmp_path)
    (tmp_path / "table.json").write_text("{}")
    with pytest.raises(ArtefactError, match="not a table's card"):
        EmbeddingTable.open(tmp_path)


def test_a_failure_after_a_full_shard_leaves_the_table_as_it_was(
        table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "SHARD_ROWS", 2)
    before = EmbeddingTable.open(table)
    good = (Entry("new"), np.ones(before.card.dimensions, np.float32))
    with pytest.raises(ArtefactError, match="finite"):
        append(table, [good, good, good, (Entry("bad"), good[1] * np.nan)], before.card.hub)
    assert EmbeddingTable.open(table).entries == before.entries
    assert append(table, [good, good, good], before.card.hub) == 3
    assert len(EmbeddingTable.open(table)) == len(before) + 3


def test_what_float16_cannot_hold_is_refused(table: Path) -> None:
    card = EmbeddingTable.open(table).card
    with pytest.raises(ArtefactError, match="float16"):
        append(table, [(Entry("far"), np.full(card.dimensions, 1e6, np.float32))], card.hub)


def test_many_small_shards_are_merged_to_few(tmp_path: Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    with new_table(tmp_path / "small", TableCard(hub="00", dimensions=4)) as writer:
        for row in range(11):
            writer.add(Entry(f"é {row}"), np.full(4, row, np.float32))
            if row % 2:
                writer.flush()
    monkeypatch.setattr(table_module, "SHARD_ROWS", 5)
    (tmp_path / "large").mkdir()
    opened = EmbeddingTable.open(tmp_path / "small")
    card = write_merged(opened, tmp_path / "large")
    assert [shard.rows for shard in card.shards] == [4, 4, 3]
    merged = EmbeddingTable.open(tmp_path / "large")
    assert merged.entries == opened.entries
    np.testing.assert_array_equal(merged.vectors, opened.vectors)


@pytest.mark.parametrize(("queries", "k"), [
    (np.ones((1, 3)), 1), (np.ones(4), 1), (np.full((1, 4), np.nan), 1), (np.ones((1, 4)), -1)])
def test_questions_that_make_no_sense_are_refused(queries: np.ndarray, k: int) -> None:
    table = EmbeddingTable(TableCard(hub="00", dimensions=4), [Entry("a")],
                           np.ones((1, 4), np.float32))
    with pytest.raises(InputError, match="finite vectors of 4 numbers"):
        table.search(queries, k)
