"""The README, with its results filled in."""

from __future__ import annotations

from pathlib import Path

from pages.experiment import NAME
from pages.filled import filled
from pages.places import NOT_MEASURED, RESULTS, ROOT, measured
from pages.results import HELD_OUT, replicates

README = ROOT / "README.md"
SYNTHETIC = """
Trained on one real spectrum of each chemical, a random forest names
{{table-5|real only; random forest; 1|accuracy, mean|percent}} of the test spectra, a neural network
{{table-5|real only; neural network; 1|accuracy, mean|percent}}.
With ten synthetic siblings of each added, made by a decoder that has seen none of these chemicals,
it is {{table-5|siblings: real and synthetic; random forest; 1|accuracy, mean|percent}} and
{{table-5|siblings: real and synthetic; neural network; 1|accuracy, mean|percent}}.
"""


def page(folder: Path = RESULTS) -> str:
    """Return the README with its results filled in from a folder's."""
    text = README.read_text(encoding="utf-8")
    study = measured(folder / HELD_OUT)
    text = _between(text, "results", "\n".join(replicates(study) if study else [NOT_MEASURED]))
    found = measured(folder / NAME)
    return _between(
        text, "synthetic", filled(SYNTHETIC, found["tables"]) if found else NOT_MEASURED
    )


def _between(text: str, name: str, content: str) -> str:
    """Return a text with what stands between two of its marks replaced."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    start, stop = text.index(begin) + len(begin), text.index(end)
    return f"{text[:start]}\n{content.strip()}\n{text[stop:]}"
