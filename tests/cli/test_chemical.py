from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chemtranslate.hub import Hub
from chemtranslate_chemception.targets import TARGETS
from tests.cli.conftest import Run


@pytest.mark.parametrize("asked", ["caffeine", "58-08-2", "RYYVLZVUVIJVGH-UHFFFAOYSA-N",
                                   "Cn1cnc2c1c(=O)n(C)c(=O)n2C"])
def test_a_chemical_is_found_by_name_number_key_and_structure(
        run: Run, tiny_hub: Hub, tiny_hub_folder: Path, asked: str) -> None:
    found = json.loads(run("lookup", asked, "--hub", tiny_hub_folder, "-k", 3, "--json").stdout)
    assert found["name"] == "caffeine"
    assert found["cas"] == "58-08-2"
    assert found["inchikey"].startswith("RYYVLZVUVIJVGH")
    assert found["hub"] == tiny_hub.id
    assert list(found["properties"]) == list(TARGETS)
    assert found["properties"]["freesolv"]["unit"] == "kcal/mol"
    assert len(found["nearest"]) == 3
    similarities = [match["similarity"] for match in found["nearest"]]
    assert similarities == sorted(similarities, reverse=True)


def test_a_chemical_is_not_its_own_neighbour(run: Run, tiny_hub_folder: Path,
                                             tiny_hub: Hub) -> None:
    entry = tiny_hub.reference.entries[3]
    found = json.loads(run("lookup", entry.smiles, "--hub", tiny_hub_folder, "-k", 50,
                           "--json").stdout)
    assert found["inchikey"] not in [match["inchikey"] for match in found["nearest"]]
    assert len(found["nearest"]) == len(tiny_hub.reference) - 1


def test_people_get_tables(run: Run, tiny_hub_folder: Path) -> None:
    shown = run("lookup", "ethanol", "--hub", tiny_hub_folder).stdout
    for text in ("ethanol", "64-17-5", "CCO", "NR-AR", "kcal/mol", "candidates"):
        assert text in shown


@pytest.mark.parametrize(("kind", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_the_structure_is_drawn_on_request(run: Run, tiny_hub_folder: Path, tmp_path: Path,
                                           kind: str, start: bytes) -> None:
    run("lookup", "caffeine", "--structure", tmp_path / f"c.{kind}", "--hub", tiny_hub_folder)
    assert (tmp_path / f"c.{kind}").read_bytes().startswith(start)


def test_unknown_names_get_close_ones(refused: Callable[..., str], tiny_hub_folder: Path) -> None:
    assert "caffeine" in refused("lookup", "caffeinne", "--hub", tiny_hub_folder)


@pytest.mark.parametrize(("arguments", "reason"), [
    (("--structure", "c.bmp"), "expected svg or png"),
    (("--structure", "there.png"), "--force"),
    (("--among", "there"), "not an embedding table"),
    (("--among", "catalogue"), "index build catalogue"),
])
def test_bad_requests_are_refused(refused: Callable[..., str], tiny_hub_folder: Path,
                                  tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                  arguments: tuple[str, ...], reason: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").write_bytes(b"")
    assert reason in refused("lookup", "caffeine", "--hub", tiny_hub_folder, *arguments)


def test_a_table_of_another_hub_is_refused(run: Run, refused: Callable[..., str],
                                           tiny_hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("smiles\nCCO\n")
    run("index", "build", tmp_path / "in.csv", "-o", tmp_path / "table", "--hub", tiny_hub_folder)
    card = tmp_path / "table" / "table.json"
    card.write_text(card.read_text().replace('"hub": "', '"hub": "00'))
    assert "hub" in refused("lookup", "ethanol", "--among", tmp_path / "table", "--hub",
                            tiny_hub_folder)
