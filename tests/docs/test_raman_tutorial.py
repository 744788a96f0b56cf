"""The Raman plugin of the tutorial is built, installed, trained, used and checked as written."""

from __future__ import annotations

from pathlib import Path

from documented import DOCS, files, run_all, write_files

PAGE = (DOCS / "tutorial-raman.md").read_text(encoding="utf-8")


def test_the_raman_plugin_runs_as_written(tmp_path: Path, tiny_hub_folder: Path) -> None:
    write_files(files(PAGE), tmp_path)
    run_all(PAGE, tmp_path, tiny_hub_folder)


def test_the_raman_plugin_takes_less_than_150_lines() -> None:
    listed = files(PAGE)
    assert len(listed) == 5
    assert sum(bool(line.strip()) for text in listed.values() for line in text.splitlines()) < 150
