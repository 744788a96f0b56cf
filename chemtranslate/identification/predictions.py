"""Predicted signals of many candidates, kept in the user's cache for the next unknowns."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import read_tensors
from chemtranslate.cache import cache_folder
from chemtranslate.candidates import Candidates
from chemtranslate.errors import ArtefactError, OutputError
from chemtranslate.files import written_whole
from chemtranslate.identification.evidence import Evidence, Floats

LARGE = 5_000
"""Candidates from which predictions are kept: of fewer they are made again in a second or two."""
KEPT = 4
"""Lists whose predictions are kept at most; that which was made first goes first."""
_NAME = "signatures"


def predictions(evidence: Evidence, candidates: Candidates) -> Floats:
    """Return the signatures of what the decoder makes of m candidates, (m, s).

    They are read from the cache (2 bytes a number) where the same decoder has predicted the same
    candidates before. A cache that cannot be read or written is passed over.
    """
    if len(candidates) < LARGE:
        return evidence.predicted(candidates)
    path = _folder() / f"{_key(evidence, candidates)}.safetensors"
    with suppress(ArtefactError, KeyError):
        kept = read_tensors(path)[_NAME]
        if len(kept) == len(candidates):
            return kept.astype(np.float32)
    made = evidence.predicted(candidates).astype(np.float16)
    with suppress(OSError, OutputError):
        _keep(path, made)
    return made.astype(np.float32)  # the same, whether kept or made


def _folder() -> Path:
    return cache_folder() / "predictions"


def _key(evidence: Evidence, candidates: Candidates) -> str:
    """Return what the predictions depend on, as 32 hexadecimal digits."""
    decoder = evidence.decoder
    state = hashlib.sha256(f"{decoder.who}|{decoder.card.digest}|{decoder.card.hub}".encode())
    state.update("\n".join(candidates.smiles).encode())
    state.update(np.ascontiguousarray(candidates.vectors).data)
    return state.hexdigest()[:32]


def _keep(path: Path, signatures: NDArray[np.float16]) -> None:
    from safetensors.numpy import save

    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path, force=True) as stream:
        stream.write(save({_NAME: signatures}))
    files = sorted(path.parent.glob("*.safetensors"), key=lambda file: file.stat().st_mtime)
    for old in files[:-KEPT]:
        old.unlink(missing_ok=True)
