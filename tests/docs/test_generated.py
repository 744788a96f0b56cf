"""What the generator writes is what is in the tree, and it writes something for any state of it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from documented import DOCS

STUDY = {
    "modality": "mass_spec", "hub": "0123", "encoder": "e", "decoder": "d", "seed": 0,
    "known chemicals": 2, "their training samples": 9,
    "held-out replicates": {"damaged -> decoded": {
        "weighted cosine": {"mean": 0.5, "median": 0.6}, "mse": {"mean": 7.0, "median": 8.0}}},
    "own chemical nearest, among the known": {"clean": 0.25, "chance": 0.5},
}


@pytest.fixture
def generate() -> ModuleType:
    """docs/generate.py as a module."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date(generate: ModuleType,
                                        capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_results_without_files_say_that_nothing_was_measured(
        generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "RESULTS", tmp_path)
    assert generate.results_page().count("Not measured yet.") == len(generate.MEASURED) + 1
    assert "Not measured yet." in generate.readme_page()


def test_results_are_filled_from_files(generate: ModuleType, tmp_path: Path,
                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "RESULTS", tmp_path)
    (tmp_path / "held_out.json").write_text(json.dumps(STUDY))
    (tmp_path / "bench.json").write_text(json.dumps({"read": {"seconds": 1.25}, "list": [1, 2]}))
    page = generate.results_page()
    assert "| damaged -> decoded | 0.5 | 0.6 | 7 | 8 |" in page
    assert "| read, seconds | 1.25 |" in page
    assert "| damaged -> decoded | 0.5 | 0.6 | 7 | 8 |" in generate.readme_page()


def test_a_page_that_differs_is_reported(generate: ModuleType, tmp_path: Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "pages", lambda: {page: "new\n"})
    assert generate.main(["--check"]) == 1
    assert not page.exists()
    assert generate.main([]) == 0
    assert page.read_text() == "new\n"
    assert generate.main(["--check"]) == 0
