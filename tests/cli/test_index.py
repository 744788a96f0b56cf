from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from chemtranslate import catalogue, index
from chemtranslate.cache import catalogue_folder
from chemtranslate.hub import Hub
from chemtranslate.table import EmbeddingTable
from tests.cli.conftest import Run, counted

SMILES = ["CCO", "C1CC", "CC(C)=O", "c1ccccc1", "*", "CCN", "CCCl"]
DRAWN = ["CCO", "CC(C)=O", "c1ccccc1", "CCN", "CCCl"]


@pytest.fixture
def chemicals(tmp_path: Path) -> Path:
    file = tmp_path / "chemicals.csv"
    file.write_text("\n".join(["smiles", *SMILES]) + "\n")
    return file


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "PIECE", 2)


@pytest.fixture
def few_known(monkeypatch: pytest.MonkeyPatch) -> None:
    some = list(islice(catalogue.organics(), 12))
    monkeypatch.setattr(catalogue, "everything", lambda: iter(some))


def test_a_file_of_chemicals_becomes_a_table(run: Run, chemicals: Path, tiny_hub: Hub,
                                             tiny_hub_folder: Path, tmp_path: Path) -> None:
    result = run("index", "build", chemicals, "-o", tmp_path / "table", "--hub", tiny_hub_folder,
                 "--rejects", tmp_path / "rejects.csv")
    assert counted(result) == (7, 5, 2)
    table = EmbeddingTable.open(tmp_path / "table", tiny_hub.id)
    np.testing.assert_allclose(table.vectors, tiny_hub.embed(DRAWN), rtol=1e-3, atol=1e-2)
    assert [entry.smiles for entry in table.entries] == DRAWN
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "chemicals.csv", "rejects.csv", "table"]
    shown = run("index", "info", tmp_path / "table").stdout
    assert "5 in 1 shard\n" in shown
    told = json.loads(run("index", "info", tmp_path / "table", "--json").stdout)
    assert (told["rows"], told["dimensions"]) == (5, 512)


@pytest.mark.usefixtures("small_pieces")
def test_a_stopped_build_goes_on_where_it_was_and_loses_nothing(
        run: Run, chemicals: Path, tiny_hub_folder: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    def command(name: str) -> tuple[object, ...]:
        return ("index", "build", chemicals, "-o", tmp_path / name, "--hub", tiny_hub_folder,
                "--rejects", tmp_path / f"{name}.csv", "--force")

    run(*command("whole"))
    plain, pieces = index._write, 0

    def stop(*arguments: object) -> None:
        nonlocal pieces
        pieces += 1
        if pieces == 3:
            raise KeyboardInterrupt
        plain(*arguments)

    monkeypatch.setattr(index, "_write", stop)
    run(*command("stopped"), code=1)
    assert not (tmp_path / "stopped").exists()
    monkeypatch.setattr(index, "_write", plain)
    embedded: list[str] = []
    monkeypatch.setattr(index, "entry_of", _remembering(embedded))
    result = run(*command("stopped"))
    assert embedded == ["CCN", "CCCl"]
    assert counted(result) == (7, 5, 2)
    assert (tmp_path / "whole.csv").read_text() == (tmp_path / "stopped.csv").read_text()
    whole, stopped = (EmbeddingTable.open(tmp_path / name) for name in ("whole", "stopped"))
    assert whole.entries == stopped.entries
    np.testing.assert_array_equal(whole.vectors, stopped.vectors)
    assert not list(tmp_path.glob("*.building"))


def _remembering(seen: list[str]) -> Callable[..., object]:
    from chemtranslate.translator import entry_of

    def remembered(sample: object) -> object:
        entry = entry_of(sample)  # type: ignore[arg-type]
        seen.append(entry.smiles)
        return entry

    return remembered


@pytest.mark.usefixtures("small_pieces")
def test_a_build_from_a_file_that_changed_meanwhile_starts_anew(
        run: Run, chemicals: Path, tiny_hub_folder: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    command = ("index", "build", chemicals, "-o", tmp_path / "table", "--hub", tiny_hub_folder)
    plain = index.put_in_place
    monkeypatch.setattr(index, "put_in_place", _interrupted)
    run(*command, code=1)
    monkeypatch.setattr(index, "put_in_place", plain)
    chemicals.write_text("smiles\nCCCCO\n")
    assert counted(run(*command)) == (1, 1, 0)
    assert [e.smiles for e in EmbeddingTable.open(tmp_path / "table").entries] == ["CCCCO"]


def _interrupted(*arguments: object) -> None:
    raise KeyboardInterrupt


def test_appending_adds_shards_and_leaves_the_others_alone(
        run: Run, chemicals: Path, tiny_hub_folder: Path, tmp_path: Path) -> None:
    table, more = tmp_path / "table", tmp_path / "more.csv"
    more.write_text("smiles\nCCCCO\n")
    hub = ("--hub", tiny_hub_folder)
    run("index", "build", chemicals, "-o", table, *hub)
    before = {path.name: path.read_bytes() for path in table.glob("*.safetensors")}
    run("index", "build", more, "-o", table, "--append", *hub)
    assert before.items() < {p.name: p.read_bytes() for p in table.iterdir()}.items()
    assert [e.smiles for e in EmbeddingTable.open(table).entries] == [*DRAWN, "CCCCO"]
    assert len(list(tmp_path.iterdir())) == 3


def test_the_catalogue_is_built_once_and_found_from_then_on(
        run: Run, few_known: None, tiny_hub: Hub, tiny_hub_folder: Path, tmp_path: Path) -> None:
    hub = ("--hub", tiny_hub_folder)
    (tmp_path / "in.csv").write_text("smiles\nCCO\n")
    identify = ("identify", "--from", "chemception", tmp_path / "in.csv", "--candidates",
                "catalogue", *hub)
    missing = run(*identify, "-o", tmp_path / "hits.csv", code=2)
    assert "index build catalogue" in missing.stderr
    result = run("index", "build", "catalogue", *hub)
    assert catalogue_folder(tiny_hub.id).is_dir()
    assert counted(result)[0] == 12
    assert "exists already" in run("index", "build", "catalogue", *hub, code=2).stderr
    run(*identify, "-o", tmp_path / "hits.csv")
    assert len((tmp_path / "hits.csv").read_text().splitlines()) == 6
    assert "12 candidates" in run("lookup", "ethanol", *hub).stdout


@pytest.mark.parametrize(("arguments", "reason"), [
    (("none.csv", "-o", "t"), "no such file"),
    (("chemicals.csv",), "expected the table to write"),
    (("chemicals.csv", "-o", "other"), "holds something else"),
    (("chemicals.csv", "-o", "missing", "--append"), "not an embedding table"),
])
def test_what_cannot_be_built_is_refused(
        run: Run, chemicals: Path, tiny_hub_folder: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], reason: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("years of work")
    before = sorted(tmp_path.rglob("*"))
    result = run("index", "build", *arguments, "--hub", tiny_hub_folder, "--force", code=2)
    assert reason in result.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_without_a_usable_chemical_leaves_nothing(
        run: Run, tiny_hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("smiles\n*\n")
    result = run("index", "build", tmp_path / "in.csv", "-o", tmp_path / "table", "--hub",
                 tiny_hub_folder, code=2)
    assert "none of 1 records could be used" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list(tmp_path.rglob(".*.part"))


def test_rows_carry_the_key_of_the_structure_that_was_embedded(
        run: Run, tiny_hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "salts.csv").write_text("smiles\n[Na+].CC(=O)[O-]\nCC(=O)O\nCCO\n")
    hub = ("--hub", tiny_hub_folder)
    run("index", "build", tmp_path / "salts.csv", "-o", tmp_path / "salts", *hub)
    keys = [entry.inchikey for entry in EmbeddingTable.open(tmp_path / "salts").entries]
    assert keys[0] == keys[1] != keys[2]
    shown = run("lookup", "acetic acid", "--among", tmp_path / "salts", "--json", *hub).stdout
    assert [near["smiles"] for near in json.loads(shown)["nearest"]] == ["CCO"]


def test_a_folder_in_the_way_is_left_alone(run: Run, chemicals: Path, tiny_hub_folder: Path,
                                           tmp_path: Path) -> None:
    (tmp_path / "site.building").mkdir()
    (tmp_path / "site.building" / "index.html").write_text("mine")
    result = run("index", "build", chemicals, "-o", tmp_path / "site", "--hub", tiny_hub_folder,
                 "--rejects", tmp_path / "r.csv", code=2)
    assert "is in the way" in result.stderr
    assert (tmp_path / "site.building" / "index.html").read_text() == "mine"


def test_rejects_are_named_without_a_file_for_them(run: Run, tiny_hub_folder: Path,
                                                   tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("smiles,name\nCCO,ethanol\n*,mystery\n")
    result = run("index", "build", tmp_path / "in.csv", "-o", tmp_path / "t",
                 "--hub", tiny_hub_folder)
    assert "mystery" in result.stderr
    assert "dummy atoms" in result.stderr
    assert counted(result) == (2, 1, 1)


def _children(parent: int) -> list[int]:
    found = subprocess.run(["ps", "-ww", "-o", "pid=,args=", "--ppid", str(parent)], text=True,
                           capture_output=True, check=False).stdout
    return [int(line.split()[0]) for line in found.splitlines() if "spawn_main" in line]


def _until(said: Callable[[], object]) -> object:
    for _ in range(3000):
        if found := said():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come about in five minutes")


HEARS_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""A process that was started in the background by a shell ignores it, and so would its children."""


@pytest.fixture
def building(tiny_hub_folder: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A build of many chemicals in a process group of its own, its drawing process begun."""
    file = tmp_path / "many.csv"
    file.write_text("smiles\n" + "".join(f"{'C' * (i % 90 + 1)}N{'C' * (i // 90)}\n"
                                         for i in range(4000)))
    process = subprocess.Popen(
        [sys.executable, "-c", HEARS_CTRL_C + "from chemtranslate.cli import main; main()",
         "index", "build",
         str(file), "-o", str(tmp_path / "t"), "--rejects", str(tmp_path / "r.csv"), "--hub",
         str(tiny_hub_folder)],
        stderr=subprocess.PIPE, text=True, start_new_session=True)
    _until(lambda: _children(process.pid))
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 1), (signal.SIGTERM, 143)])
def test_a_build_that_is_stopped_at_once_ends_silently_and_leaves_nothing(
        building: subprocess.Popen[str], tmp_path: Path, number: signal.Signals, code: int) -> None:
    (drawer,) = _children(building.pid)
    (os.killpg if number == signal.SIGINT else os.kill)(building.pid, number)
    _, said = building.communicate(timeout=300)
    assert building.returncode == code
    assert "Traceback" not in said
    assert "goes on from here" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["many.csv"]
    _until(lambda: not Path(f"/proc/{drawer}").exists())


def test_a_drawing_process_that_is_killed_is_one_error(building: subprocess.Popen[str]) -> None:
    (drawer,) = _children(building.pid)
    os.kill(drawer, signal.SIGKILL)
    _, said = building.communicate(timeout=300)
    assert building.returncode == 2
    assert "Traceback" not in said
    assert "a process that draws structures was ended from outside" in said


def test_the_drawing_process_ends_with_its_parent(building: subprocess.Popen[str],
                                                  tmp_path: Path) -> None:
    (drawer,) = _children(building.pid)
    building.kill()
    next(tmp_path.glob(".r.csv.*.part")).unlink()  # whoever is killed tidies nothing up
    _until(lambda: not Path(f"/proc/{drawer}").exists())
