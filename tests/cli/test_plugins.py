from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from chemtranslate.testing import Finding, Report

Run = Callable[..., Result]


def test_the_list_names_every_plugin_with_its_distribution_state_and_models(run: Run) -> None:
    listed = {row["name"]: row for row in json.loads(run("plugins", "list", "--json").stdout)}
    for name in ("chemception", "mass_spec"):
        assert (listed[name]["distribution"], listed[name]["state"]) == ("chemtranslate", "active")
    assert "mass_spec/table1" in listed["mass_spec"]["encoder"]
    assert "mass_spec/table2" in listed["mass_spec"]["decoder"]
    plain = run("plugins", "list").stdout
    assert all(name in plain for name in listed)


def test_info_says_which_formats_are_read_and_written(run: Run) -> None:
    plain = run("plugins", "info", "mass_spec").stdout
    assert "format msp (.msp): read and written" in plain
    assert "modality mass_spec" in plain
    assert "did you mean mass_spec" in run("plugins", "info", "mass_spek", code=2).stderr


@pytest.mark.parametrize(("outcome", "code"), [("passed", 0), ("not checked", 0), ("failed", 1)])
def test_check_prints_a_line_for_each_check_and_ends_with_1_where_one_failed(
        run: Run, monkeypatch: pytest.MonkeyPatch, outcome: str, code: int) -> None:
    report = Report("toy", "toy-sensor 1.2", (
        Finding("names", "toy", "passed"), Finding("arrays", "toy", outcome, "as it is")))
    asked: dict[str, object] = {}
    monkeypatch.setattr("chemtranslate.testing.check_plugin",
                        lambda name, **options: asked.update(options) or report)
    said = run("plugins", "check", "toy", "--model", "a", "--model", "b", code=code).stdout
    assert f"{outcome:<11}  arrays  toy: as it is\n" in said
    assert asked["models"] == (Path("a"), Path("b"))
    rows = json.loads(run("plugins", "check", "toy", "--json", code=code).stdout)
    assert [row["outcome"] for row in rows] == ["passed", outcome]


def test_check_of_a_plugin_that_is_not_installed_is_refused(refused: Callable[..., str]) -> None:
    assert "did you mean mass_spec" in refused("plugins", "check", "mass_spek")


def test_new_writes_a_folder_and_replaces_only_what_it_wrote(
        run: Run, refused: Callable[..., str], tmp_path: Path) -> None:
    folder = tmp_path / "nose"
    said = run("plugins", "new", "gas_nose", "-o", folder)
    assert f"{folder / 'pyproject.toml'}\n" in said.stdout
    assert 'name = "chemtranslate-gas-nose"' in (folder / "pyproject.toml").read_text()
    assert "exists already; use --force" in refused("plugins", "new", "gas_nose", "-o", folder)
    (folder / "README.md").write_text("edited")
    run("plugins", "new", "gas_nose", "-o", folder, "--force")
    assert (folder / "README.md").read_text().startswith("# chemtranslate-gas-nose")
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref")
    assert "holds .git/HEAD, which is not of the template" in refused(
        "plugins", "new", "gas_nose", "-o", folder, "--force")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "pyproject.toml").write_text("")
    assert "not replaced" in refused("plugins", "new", "gas_nose", "-o", tmp_path / "other",
                                     "--force")
    assert "expected one for a Python package" in refused("plugins", "new", "Gas Nose")
    assert "found the name 'mass_spec', which chemtranslate has taken" in refused(
        "plugins", "new", "mass_spec")
