"""Where what can be made again is kept: the user's cache folder."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "CHEMTRANSLATE_CACHE"
"""Environment variable that names another folder."""


def cache_folder() -> Path:
    """Return the cache folder: that of VARIABLE, else the one that the system has for users."""
    import platformdirs

    stated = os.environ.get(VARIABLE)
    return Path(stated) if stated else platformdirs.user_cache_path("chemtranslate")


def catalogue_folder(hub: str) -> Path:
    """Return where the embedding table of the whole catalogue is, or will be, for a hub."""
    return cache_folder() / f"catalogue-{hub}"
