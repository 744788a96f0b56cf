"""What takes long to make is kept in the cache, and made again when anything has changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chemtranslate import kept as module
from chemtranslate.cache import VARIABLE
from chemtranslate.candidates import Candidates, facts_of
from chemtranslate.chemical import standardise
from chemtranslate.kept import KEPT, kept
from chemtranslate.table import EmbeddingTable, Entry, TableCard
from tests.conftest import ALKANES


class Made:
    """Makes rows, and counts how often."""

    def __init__(self, rows: int = 6) -> None:
        self.times, self.rows = 0, rows

    def __call__(self) -> dict[str, np.ndarray]:
        self.times += 1
        return {"rows": np.arange(self.rows, dtype=np.float32)}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(module, "LARGE", 5)
    return tmp_path / "rows"


def test_arrays_are_made_once_and_are_the_same_when_read_again() -> None:
    make = Made()
    first, again = (kept("rows", ["a", np.ones(3)], 6, make) for _ in range(2))
    assert make.times == 1
    np.testing.assert_array_equal(first["rows"], again["rows"])


@pytest.mark.parametrize("other", [["b", np.ones(3)], ["a", np.zeros(3)], ["a"]])
def test_whatever_they_depend_on_makes_them_anew(other: list[object]) -> None:
    make = Made()
    kept("rows", ["a", np.ones(3)], 6, make)
    kept("rows", other, 6, make)  # type: ignore[arg-type]
    assert make.times == 2


def test_few_rows_leave_nothing_behind(cache: Path) -> None:
    kept("rows", ["a"], 4, Made(4))
    assert not cache.exists()


def test_a_damaged_file_is_made_again(cache: Path) -> None:
    make = Made()
    kept("rows", ["a"], 6, make)
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:-5])
    for _ in range(2):
        kept("rows", ["a"], 6, make)
    assert make.times == 2


def test_a_cache_that_cannot_be_written_is_no_obstacle(cache: Path) -> None:
    cache.write_text("a file where a folder should be")
    assert len(kept("rows", ["a"], 6, Made())["rows"]) == 6


def test_old_files_make_room_for_new_ones(cache: Path) -> None:
    for number in range(KEPT + 2):
        kept("rows", [str(number)], 6, Made())
    assert len(list(cache.iterdir())) == KEPT


def test_what_structures_say_is_the_same_from_the_cache() -> None:
    smiles = [*(standardise(one)[0] for one in ALKANES), ""]
    entries = [Entry(str(n), "", one, str(n)) for n, one in enumerate(smiles)]
    card = TableCard(hub="any", dimensions=2)
    table = EmbeddingTable(card, entries, np.zeros((len(entries), 2), np.float32))
    formulas, masses = facts_of(smiles)
    for _ in range(2):
        every = Candidates.of(table)
        assert every.formulas.tolist() == formulas.tolist()
        np.testing.assert_array_equal(every.masses, masses)
