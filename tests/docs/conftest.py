"""Shipped weights, for the tests that run what the documentation says; and its generated pages."""

from __future__ import annotations

import sys

import pytest
from documented import DOCS

sys.path.append(str(DOCS))  # for `generate` and `pages`


@pytest.fixture(scope="session")
def shipped_weights() -> None:
    """Skip where the weights that ship have not been trained yet."""
    from chemtranslate.plugins import registry

    known = registry()
    folders = [known.hub(known.names("hub")[0]).folder, known.encoder("mass_spec/table1").folder,
               *(known.decoder(f"mass_spec/{name}").folder
                 for name in ("table2", "table3", "sibling"))]
    for folder in folders:
        if not (folder / "card.json").is_file():
            pytest.skip(f"no shipped weights: no {folder / 'card.json'} (make weights)")
