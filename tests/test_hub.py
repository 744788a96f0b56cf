from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemtranslate.chemical import Chemical, standardise
from chemtranslate.errors import (
    ArtefactError,
    HubMismatchError,
    InputError,
    StructureError,
    UnknownNameError,
)
from chemtranslate.hub import BULK, Hub, Remembered, load_hub
from chemtranslate.protocols import Vectors
from chemtranslate.search import nearest_rows, unit
from chemtranslate.table import EmbeddingTable, Entry, TableCard


@given(n=st.integers(1, 6), m=st.integers(1, 30), k=st.integers(1, 40), seed=st.integers(0, 99))
def test_the_search_finds_what_sorting_all_cosines_finds(n: int, m: int, k: int, seed: int,
                                                         ) -> None:
    rng = np.random.default_rng(seed)
    queries, table = rng.normal(size=(n, 4)), rng.normal(size=(m, 4))
    table[rng.integers(m)] = table[rng.integers(m)]
    rows, cosines = nearest_rows(queries, table, k)
    exact = unit(queries) @ unit(table).T
    assert rows.shape == cosines.shape == (n, min(k, m))
    np.testing.assert_allclose(cosines, -np.sort(-exact, axis=1)[:, :k], atol=1e-6)
    np.testing.assert_allclose(cosines, np.take_along_axis(exact, rows, 1), atol=1e-6)
    assert all(len(set(row)) == len(row) for row in rows.tolist())


def test_equal_neighbours_come_in_the_order_of_the_table() -> None:
    table = np.array([[0, 1], [1, 0], [2, 0], [1, 0], [0, 2]], float)
    assert nearest_rows(np.array([[3.0, 0.0]]), table, 3)[0].tolist() == [[1, 2, 3]]
    assert nearest_rows(np.array([[3.0, 0.0]]), table, 2)[0].tolist() == [[1, 2]]
    many = np.concatenate([np.eye(4)] * 50)
    for k in (1, 5, 40):
        assert nearest_rows(np.eye(4)[:1], many, k)[0].tolist() == [list(range(0, 4 * k, 4))]


def test_the_search_does_not_depend_on_how_many_are_asked_at_once() -> None:
    rng = np.random.default_rng(0)
    queries, table = rng.normal(size=(1030, 4)), rng.normal(size=(50, 4))
    rows, _ = nearest_rows(queries, table, 3)
    for row in (0, 1023, 1024, 1029):
        assert rows[row].tolist() == nearest_rows(queries[row : row + 1], table, 3)[0][0].tolist()


def test_an_empty_table_has_no_neighbours(tiny_hub: Hub) -> None:
    empty = EmbeddingTable(TableCard(hub=tiny_hub.id, dimensions=512), [],
                           np.zeros((0, 512), np.float32))
    assert tiny_hub.nearest(np.ones(512), 3, among=empty) == []


def test_each_reference_chemical_is_its_own_nearest_neighbour(tiny_hub: Hub) -> None:
    entries = tiny_hub.reference.entries
    vectors = tiny_hub.embed([entry.smiles for entry in entries])
    assert vectors.shape == (len(entries), 512)
    assert vectors.dtype == np.float32
    for entry, matches in zip(entries, tiny_hub.nearest(vectors, 2), strict=True):
        assert matches[0].chemical == entry.chemical
        assert matches[0].similarity > max(0.999, matches[1].similarity)


def test_salts_stereoisomers_and_isotopologues_share_a_point(tiny_hub: Hub) -> None:
    acetic, salt, heavy, alanine, l_alanine, ethanol = tiny_hub.embed(
        ["CC(=O)O", "CC(=O)[O-].[Na+]", "[13CH3]C(=O)O", "CC(N)C(=O)O", "C[C@H](N)C(=O)O", "CCO"])
    assert np.array_equal(acetic, salt)
    assert np.array_equal(acetic, heavy)
    assert np.array_equal(alanine, l_alanine)
    assert not np.allclose(acetic, ethanol, atol=1e-2)


def test_batch_size_does_not_change_embeddings(tiny_hub: Hub) -> None:
    smiles = [entry.smiles for entry in tiny_hub.reference.entries]
    np.testing.assert_allclose(tiny_hub.embed(smiles, batch=1), tiny_hub.embed(smiles), atol=1e-4)
    np.testing.assert_allclose(tiny_hub.embed(smiles, batch=7), tiny_hub.embed(smiles), atol=1e-4)


def test_embed_takes_one_chemical_several_or_none(tiny_hub: Hub) -> None:
    assert tiny_hub.embed("CCO").shape == (1, 512)
    assert tiny_hub.embed(Chemical("CCO")).shape == (1, 512)
    assert tiny_hub.embed([]).shape == (0, 512)


def test_a_structure_that_cannot_be_embedded_is_named_and_never_zeros(tiny_hub: Hub) -> None:
    with pytest.raises(StructureError, match="chemical 2: cannot parse SMILES 'C1CC'"):
        tiny_hub.embed(["CCO", "C1CC"])
    with pytest.raises(StructureError, match="chemical 1: no structure"):
        tiny_hub.embed([Chemical(name="unknown")])


def test_distance_is_zero_to_itself_and_two_to_its_opposite(tiny_hub: Hub) -> None:
    vectors = tiny_hub.embed(["CCO", "CC(C)=O"])
    np.testing.assert_allclose(tiny_hub.distance(vectors, 3 * vectors), 0, atol=1e-6)
    np.testing.assert_allclose(tiny_hub.distance(vectors, -vectors), 2, atol=1e-6)


def test_similarities_and_distances_stay_in_their_range(tiny_hub: Hub) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 512)).astype(np.float32)
    table = EmbeddingTable(TableCard(hub=tiny_hub.id, dimensions=512),
                           [Entry(str(row)) for row in range(300)], vectors)
    near = tiny_hub.nearest(vectors, 1, among=table)
    assert all(-1 <= match.similarity <= 1 for (match,) in near)
    assert (tiny_hub.distance(vectors, 3 * vectors) >= 0).all()
    assert (tiny_hub.distance(vectors, -3 * vectors) <= 2).all()


@pytest.mark.parametrize("vectors", [np.ones(511), np.full(512, np.nan), np.ones((1, 1, 512)),
                                     np.array(1.0), "CCO", None])
def test_what_is_no_hub_vector_is_refused(tiny_hub: Hub, vectors: object) -> None:
    with pytest.raises(InputError, match="expected .*numbers"):
        tiny_hub.distance(np.ones(512), vectors)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected .*numbers"):
        tiny_hub.nearest(vectors)  # type: ignore[call-overload]


def test_distances_are_of_pairs(tiny_hub: Hub) -> None:
    with pytest.raises(InputError, match="expected pairs"):
        tiny_hub.distance(np.ones((2, 512)), np.ones((3, 512)))


def test_what_is_no_chemical_is_refused_in_a_sentence(tiny_hub: Hub) -> None:
    with pytest.raises(InputError, match="found batch = 0, expected at least 1"):
        tiny_hub.embed(["CCO"], batch=0)
    with pytest.raises(StructureError, match="chemical 2: found None, expected a SMILES"):
        tiny_hub.embed(["CCO", None])  # type: ignore[list-item]
    with pytest.raises(InputError, match="found None, expected chemicals"):
        tiny_hub.embed(None)  # type: ignore[arg-type]
    for asked in (None, [None], 64175):
        with pytest.raises(InputError, match="expected"):
            tiny_hub.lookup(asked)  # type: ignore[call-overload]


def test_a_table_of_another_hub_cannot_be_searched(tiny_hub: Hub) -> None:
    other = EmbeddingTable(TableCard(hub="00000000000000bb", dimensions=512), [Entry("x")],
                           np.ones((1, 512), np.float32))
    with pytest.raises(HubMismatchError, match=f"00000000000000bb.*{tiny_hub.id}"):
        tiny_hub.nearest(np.ones(512), among=other)


def test_a_hub_is_loaded_by_folder_and_an_unknown_one_is_refused(
        tiny_hub_folder: Path, tiny_encoder_folder: Path, tmp_path: Path) -> None:
    assert load_hub(tiny_hub_folder).folder == tiny_hub_folder
    assert load_hub(str(tiny_hub_folder)).id == load_hub(tiny_hub_folder).id
    with pytest.raises(UnknownNameError, match="did you mean chemception"):
        load_hub("chemceptoin-0")
    with pytest.raises(ArtefactError, match="role encoder, expected a hub"):
        load_hub(tiny_encoder_folder)
    with pytest.raises(ArtefactError, match="not a model folder"):
        load_hub(tmp_path)


def test_hubs_of_other_weights_have_other_ids(tiny_hub: Hub, other_hub_folder: Path) -> None:
    assert load_hub(other_hub_folder).id != tiny_hub.id


def test_a_chemical_is_looked_up_with_its_point(tiny_hub: Hub) -> None:
    point = tiny_hub.lookup("64-17-5")
    assert (point.chemical.name, point.chemical.smiles) == ("ethanol", "CCO")
    np.testing.assert_array_equal(point.vector, tiny_hub.embed(["OCC"])[0])
    with pytest.raises(UnknownNameError, match="caffeine"):
        tiny_hub.lookup("caffeinne")


def test_nearest_answers_in_the_shape_of_the_question(tiny_hub: Hub) -> None:
    vectors = tiny_hub.embed(["CCO", "c1ccccc1O"])
    one, both = tiny_hub.nearest(vectors[1], 3), tiny_hub.nearest(vectors, 3)
    assert len(both) == 2
    assert [match.chemical for match in both[1]] == [match.chemical for match in one]
    assert len(one) == 3


def test_several_chemicals_are_looked_up_at_once(tiny_hub: Hub) -> None:
    names = ["caffeine", "64-17-5", "CC(C)=O"]
    several = tiny_hub.lookup(names)
    for name, point in zip(names, several, strict=True):
        alone = tiny_hub.lookup(name)
        assert point.chemical == alone.chemical
        np.testing.assert_allclose(point.vector, alone.vector, atol=1e-3)
    assert tiny_hub.lookup([]) == []


def test_salts_of_one_chemical_are_one_neighbour(tiny_hub: Hub) -> None:
    acetates = [f"[{metal}+].CC(=O)[O-]" for metal in ("Na", "K", "Li")] * 8
    smiles = ["CC(=O)O", *acetates, "CCO", "CCN"]
    keys = [standardise(text)[1] for text in smiles]
    table = EmbeddingTable(
        TableCard(hub=tiny_hub.id, dimensions=512),
        [Entry(str(i), smiles=text, inchikey=key)
         for i, (text, key) in enumerate(zip(smiles, keys, strict=True))],
        tiny_hub.embed(smiles))
    found = tiny_hub.nearest(tiny_hub.embed(["CC(=O)O"])[0], 3, among=table)
    assert found[0].chemical.smiles == "CC(=O)O"
    assert sorted(match.chemical.key for match in found) == sorted(set(keys))
    assert len(tiny_hub.nearest(tiny_hub.embed(["CCO", "CCN"]), 99, among=table)[0]) == 3


def test_a_hub_that_remembers_places_each_structure_once(tiny_hub: Hub) -> None:
    asked: list[str] = []
    processes: list[int] = []

    class Counting:
        card = tiny_hub.card

        def embed(self, smiles: Sequence[str]) -> Vectors:
            asked.extend(smiles)
            return np.array([[float(len(one))] * 2 for one in smiles], np.float32).reshape(-1, 2)

        @contextmanager
        def in_bulk(self) -> Iterator[None]:
            processes.append(len(asked))
            yield

    model = Remembered(Counting())
    assert model.embed(["C", "CC", "C"]).tolist() == [[1, 1], [2, 2], [1, 1]]
    assert model.embed(["CCC", "CC"]).tolist() == [[3, 3], [2, 2]]
    assert model.embed([]).shape == (0, 2)
    assert asked == ["C", "CC", "CCC"]
    assert not processes
    model.embed(["C" * (number + 4) for number in range(BULK)])
    assert processes == [3]
    hub = tiny_hub.remembered()
    assert hub.id == tiny_hub.id
    np.testing.assert_array_equal(hub.embed(["CCO"]), tiny_hub.embed(["CCO"]))
