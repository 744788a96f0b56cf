"""Where the documentation lies, and what its generated pages have in common."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
IMAGES = DOCS / "images"
RESULTS = DOCS / "results"
NOTE = "<!-- Written by docs/generate.py; edit what it reads, not this file. -->\n"
NOT_MEASURED = "Not measured yet."


def measured(path: Path) -> Any:
    """Return what a file of results holds, None where there is no such file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
