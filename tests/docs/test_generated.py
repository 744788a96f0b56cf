"""What the generator writes is what is in the tree, and it writes something for any state of it."""

from __future__ import annotations

import json
from pathlib import Path

import generate
import pytest

from pages import readme, results

STUDY = {
    "modality": "mass_spec", "hub": "0123", "encoder": "e", "decoder": "d", "seed": 0,
    "known chemicals": 2, "their training samples": 9,
    "held-out replicates": {"damaged -> decoded": {
        "weighted cosine": {"mean": 0.5, "median": 0.6}, "mse": {"mean": 7.0, "median": 8.0}}},
    "own chemical nearest, among the known": {"clean": 0.25, "chance": 0.5},
}


def test_generated_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_results_without_files_say_that_nothing_was_measured(tmp_path: Path) -> None:
    assert results.page(tmp_path).count("Not measured yet.") == len(results.MEASURED) + 1
    assert "Not measured yet." in readme.page(tmp_path)


def test_results_are_filled_from_files(tmp_path: Path) -> None:
    (tmp_path / "held_out.json").write_text(json.dumps(STUDY))
    (tmp_path / "bench.json").write_text(json.dumps({"read": {"seconds": 1.25}, "list": [1, 2]}))
    page = results.page(tmp_path)
    assert "| damaged -> decoded | 0.5 | 0.6 | 7 | 8 |" in page
    assert "| read, seconds | 1.25 |" in page
    assert "| damaged -> decoded | 0.5 | 0.6 | 7 | 8 |" in readme.page(tmp_path)


def test_a_page_that_differs_is_reported(tmp_path: Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "pages", lambda: {page: "new\n"})
    assert generate.main(["--check"]) == 1
    assert not page.exists()
    assert generate.main([]) == 0
    assert page.read_text() == "new\n"
    assert generate.main(["--check"]) == 0


def test_spread_and_difference_stand_beside_the_mean(tmp_path: Path) -> None:
    (tmp_path / results.PREDICTIONS).write_text(json.dumps({
        "seeds": 3, "retrieval: means": {"ours": {"recall": 0.5}, "other": {"recall": 0.6}},
        "retrieval: standard deviation over seeds": {"other": {"recall": 0.01}},
        "retrieval: difference from the decoder, with its 95 % interval": {
            "other": {"recall": [0.1, -0.02, 0.22]}}}))
    page = results.page(tmp_path)
    assert "| ours | 0.500 |\n| other | 0.600 ± 0.010 (-0.020 to +0.220) |" in page
