"""The experiment's page shows what a report holds, and a report is brought to it whole."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from documented import ROOT

from chemtranslate_mass_spec.experiment.report_parts import MISSING
from pages import experiment
from pages.filled import filled

COMMAND = "chemtranslate experiment mass_spec /home/me/library.msp -o '/home/me/my report'"
TABLES: list[dict[str, Any]] = [
    {"name": "table-4", "title": "Table IV: a|b", "columns": ["way", "MSE"],
     "rows": [["VAE", 0.5], ["[copy](x)", None]], "note": "Less is *better*.",
     "command": COMMAND, "seeds": "0 to 9"},
    {"name": "table-5", "title": "Table V", "columns": ["way", "k", "accuracy"],
     "rows": [["real", k, 0.71239] for k in range(40)], "note": "", "command": COMMAND,
     "seeds": ""},
    {"name": "accuracies", "title": "Accuracies", "columns": ["way", "forest"],
     "rows": [["real", -0.25]], "note": "", "command": COMMAND, "seeds": ""},
    {"name": "library", "title": "The library", "columns": ["", "here"],
     "rows": [["records read", 10273]], "note": "", "command": COMMAND, "seeds": ""},
]
RESULTS = {
    "title": "t", "about": {"command": COMMAND, "hub": "h 01", "library": ["/home/me/library.msp"],
                            "versions": {"ms_entropy": "1"}},
    "tables": TABLES,
    "figures": [{"name": "figure-2", "title": "A spectrum", "caption": "Of 2-(F/C=C/F)_x."},
                {"name": "ratio", "title": "Ratio", "caption": ""}],
}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    folder = tmp_path / "report"
    (folder / "figures").mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps(RESULTS))
    for figure in RESULTS["figures"]:
        (folder / "figures" / f"{figure['name']}.png").write_bytes(b"picture")  # type: ignore[index]
    return folder


@pytest.fixture
def brought(report: Path, tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    (docs / "images" / "experiment").mkdir(parents=True)
    (docs / "images" / "experiment" / "older.png").write_bytes(b"of an earlier report")
    assert bring(report, docs).returncode == 0
    return docs


def bring(report: Path, docs: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "experiment_docs.py", report, "--docs", docs],
        capture_output=True, text=True, check=False)


@pytest.fixture
def page(brought: Path) -> str:
    return experiment.page(brought / "results", brought / "images" / "experiment")


def test_the_page_opens_with_the_command_the_counts_and_the_accuracies(page: str) -> None:
    titles = re.findall(r"^### (.*)$", page, re.MULTILINE)
    assert titles == ["The library", "Accuracies", "Table V", "Table IV: a\\|b", "A spectrum",
                      "Ratio"]
    assert page.index("chemtranslate experiment mass_spec library.msp") < page.index("### ")


def test_numbers_are_printed_as_in_the_report(page: str) -> None:
    assert "| records read | 10,273 |" in page
    assert "| real | \N{MINUS SIGN}0.25 |" in page
    assert "| real | 39 | 0.712 |" in page
    assert "|---|---:|---:|" in page
    assert "Seeds 0 to 9." in page


def test_text_of_the_results_is_never_markup(page: str) -> None:
    assert "| \\[copy\\](x) | \N{EN DASH} |" in page
    assert "Less is \\*better\\*." in page
    assert "Of 2-(F/C=C/F)\\_x." in page


def test_a_long_table_is_folded_away(page: str) -> None:
    assert page.count("<details>") == page.count("</details>") == 1
    assert page.index("<summary>40 rows</summary>") > page.index("### Table V")


def test_figures_without_a_picture_are_left_out(brought: Path) -> None:
    images = brought / "images" / "experiment"
    assert sorted(one.name for one in images.iterdir()) == ["figure-2.png", "ratio.png"]
    (images / "ratio.png").unlink()
    text = experiment.page(brought / "results", images)
    assert "![A spectrum](images/experiment/figure-2.png)" in text
    assert "ratio.png" not in text


def test_no_folder_of_a_machine_comes_along(brought: Path) -> None:
    text = (brought / "results" / "experiment.json").read_text(encoding="utf-8")
    assert "/home" not in text
    assert "F/C=C/F" in text


def test_a_report_without_its_pictures_changes_nothing(report: Path, brought: Path) -> None:
    (report / "figures" / "ratio.png").unlink()
    before = {path: path.read_bytes() for path in brought.rglob("*") if path.is_file()}
    done = bring(report, brought)
    assert done.returncode == 1
    assert "ratio.png" in done.stderr
    assert before == {path: path.read_bytes() for path in brought.rglob("*") if path.is_file()}


def test_a_page_without_results_says_that_nothing_was_measured(tmp_path: Path) -> None:
    assert "Not measured yet." in experiment.page(tmp_path, tmp_path)


@pytest.mark.parametrize(("place", "number"), [
    ("table-5|real; 3|accuracy", "0.712"),
    ("table-5|real; 3|accuracy|percent", "71 %"),
    ("accuracies|real|forest|points", "-25.0"),
    ("table-4|[copy](x)|MSE", "–"),
    ("table-5|real; 40|accuracy", "–"),
    ("table-5|real|recall", "–"),
    ("table-6|real|accuracy", "–"),
])
def test_numbers_of_a_text_come_from_the_tables(place: str, number: str) -> None:
    assert filled("it is {{" + place + "}}, then", TABLES) == f"it is {number}, then"


def test_the_findings_find_all_their_numbers_in_the_shipped_results() -> None:
    results = ROOT / "docs" / "results" / experiment.NAME
    if not results.is_file():
        pytest.skip("the experiment has not been measured")
    tables = json.loads(results.read_text("utf-8"))["tables"]
    assert MISSING not in filled(experiment.FINDINGS.read_text("utf-8"), tables)
