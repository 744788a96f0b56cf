"""The README, with its table of results filled in."""

from __future__ import annotations

from pathlib import Path

from pages.places import NOT_MEASURED, RESULTS, ROOT, measured
from pages.results import HELD_OUT, replicates

README = ROOT / "README.md"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"


def page(folder: Path = RESULTS) -> str:
    """Return the README with its table of results filled in from a folder's."""
    text = README.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    study = measured(folder / HELD_OUT)
    table = "\n".join(replicates(study) if study else [NOT_MEASURED])
    return f"{text[:start]}\n{table.strip()}\n{text[end:]}"
