"""`models.md`: the cards of the models that ship."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pages.grids import cell, named_values, printed
from pages.places import NOTE, ROOT


def page() -> str:
    """Return the cards of all models in the source tree."""
    lines = [NOTE, "# Models", "",
             "One section for each set of weights that ships, from the `card.json` beside it. "
             "What the fields mean is said under `ModelCard` in the "
             "[Python reference](reference/api.md).", ""]
    paths = [path for path in sorted(ROOT.glob("plugins/*/*/models/*/card.json"))
             if not path.parent.name.startswith(".")]  # a folder that is just being written
    if not paths:
        lines.append("No weights are in the source tree yet.")
    for path in paths:
        lines += _card(json.loads(path.read_text(encoding="utf-8")), path.parent)
    return "\n".join(lines).rstrip() + "\n"


def _card(card: Mapping[str, Any], folder: Path) -> list[str]:
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    rows = {
        "role": card["role"] + (f" of {card['modality']}" if card.get("modality") else ""),
        "hub": f"`{card['hub']}`",
        "digest of the weights": f"`{card.get('digest', '')}`",
        "built on the model with digest": f"`{card['base']}`" if card.get("base") else "",
        "size": f"{size / 1e6:.1f} MB",
        "terms of use": card.get("data_licence", ""),
        "split": card.get("split", ""),
        "seed": str(card.get("seed", "")),
        "made by": f"`{card['command']}`" if card.get("command") else "",
    }
    for title in ("data", "architecture", "settings", "versions"):
        rows[title] = "; ".join(f"{name} {printed(value)}"
                                for name, value in card.get(title, {}).items())
    lines = [f"## `{card['name']}`", "", card.get("description", ""), "", "| | |", "|---|---|"]
    lines += [f"| {name} | {cell(text)} |" for name, text in rows.items() if text]
    lines += ["", *named_values("Measured", card.get("metrics", {}))]
    return lines
