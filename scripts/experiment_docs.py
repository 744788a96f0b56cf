"""Bring a report of `chemtranslate experiment mass_spec` into the documentation.

    python scripts/experiment_docs.py REPORT [--docs docs]

Copies results.json as `results/experiment.json` and the PNG of each of its figures as
`images/experiment/NAME.png`; pictures of an earlier report go. Paths from the root of the machine
that made the report become bare file names. `python docs/generate.py` then writes the page.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path
from typing import Any

FILES = ("command", "library", "others")
"""What of the results names files."""
FOLDERS = re.compile(r"(?<![\w.:/])/(?:[^/\s'\"]+/)+")


def portable(value: Any, names_files: bool = False) -> Any:
    """Return results without folders that only one machine has."""
    if isinstance(value, dict):
        return {key: portable(one, key in FILES) for key, one in value.items()}
    if isinstance(value, list):
        return [portable(one, names_files) for one in value]
    return FOLDERS.sub("", value) if names_files and isinstance(value, str) else value


def bring(report: Path, docs: Path) -> None:
    """Replace the results and pictures in the documentation by those of a report."""
    results = portable(json.loads((report / "results.json").read_text(encoding="utf-8")))
    pictures = [report / "figures" / f"{figure['name']}.png" for figure in results["figures"]]
    missing = [str(picture) for picture in pictures if not picture.is_file()]
    if missing:
        raise SystemExit(f"expected a picture of each figure, not found: {', '.join(missing)}")
    images = docs / "images" / "experiment"
    images.mkdir(parents=True, exist_ok=True)
    for old in images.glob("*.png"):
        old.unlink()
    for picture in pictures:
        shutil.copyfile(picture, images / picture.name)
    text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
    (docs / "results").mkdir(exist_ok=True)
    (docs / "results" / "experiment.json").write_text(text, encoding="utf-8")


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("report", type=Path, help="folder of the report")
    parser.add_argument("--docs", type=Path, default=Path(__file__).resolve().parents[1] / "docs")
    args = parser.parse_args()
    bring(args.report, args.docs)


if __name__ == "__main__":
    main()
