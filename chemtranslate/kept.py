"""Arrays that take long to make, kept in the user's cache for the next time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from chemtranslate.artefact import Tensors, read_tensors
from chemtranslate.cache import cache_folder
from chemtranslate.errors import ArtefactError, OutputError
from chemtranslate.files import written_whole

LARGE = 5_000
"""Rows from which arrays are kept: those of fewer are made again in a second or two."""
KEPT = 4
"""Files of a kind at most; that which was made first goes first."""


def kept(
    kind: str,
    depends_on: Iterable[str | NDArray[Any]],
    rows: int,
    make: Callable[[], Mapping[str, NDArray[Any]]],
) -> Tensors:
    """Return arrays from the cache, or make them and keep them there.

    A cache that cannot be read or written is passed over.

    Args:
        kind: of array, a folder in the cache.
        depends_on: all that they are made from.
        rows: of each array.
        make: makes them.
    """
    if rows < LARGE:
        return make()
    path = cache_folder() / kind / f"{_digest(depends_on)}.safetensors"
    with suppress(ArtefactError):
        found = read_tensors(path)
        if found and all(len(array) == rows for array in found.values()):
            return found
    made = dict(make())
    with suppress(OSError, OutputError):
        _keep(path, made)
    return made


def _digest(parts: Iterable[str | NDArray[Any]]) -> str:
    """Return 32 hexadecimal digits."""
    state = hashlib.sha256()
    for part in parts:
        state.update(part.encode() if isinstance(part, str) else part.tobytes())
        state.update(b"\0")
    return state.hexdigest()[:32]


def _keep(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    from safetensors.numpy import save

    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path, force=True) as stream:
        stream.write(save(arrays))
    files = sorted(path.parent.glob("*.safetensors"), key=lambda file: file.stat().st_mtime)
    for old in files[:-KEPT]:
        old.unlink(missing_ok=True)
