"""General models for a library that is too small to train any: those that ship."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import read_marks
from chemtranslate.errors import ArtefactError
from chemtranslate.marks import marks
from chemtranslate.models import GuardedDecoder, GuardedEncoder
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.experiment.generators import General
from chemtranslate_mass_spec.experiment.replicates import Replicates
from chemtranslate_mass_spec.models import SpectrumDecoder, SpectrumEncoder
from chemtranslate_mass_spec.sibling_decoder import SiblingDecoder


def shipped(translator: Translator, replicates: Replicates) -> tuple[General, str]:
    """Return the modality's encoder, decoder and sibling decoder, and what they may have seen.

    There is no VAE among them: it is trained on each draw's own spectra, as the paper's was.

    Returns:
        the models, and a sentence on how many of the experiment's spectra they have learned from.

    Raises:
        ArtefactError: they are not of the kinds that ship.
    """
    guarded = _guarded(translator).values()
    models: list[Any] = [one.model for one in guarded]
    kinds = SpectrumEncoder, SpectrumDecoder, SiblingDecoder
    if not all(isinstance(one, kind) for one, kind in zip(models, kinds, strict=True)):
        raise ArtefactError(
            f"found models {', '.join(type(one).__name__ for one in models)}, expected "
            f"{', '.join(kind.__name__ for kind in kinds)}"
        )
    encoding, decoding, differing = (one.network for one in models)
    general = General(encoding, decoding, encoding, None, differing)
    seen = np.any([learned(one, replicates) for one in guarded], axis=0)
    return general, (
        "The library holds too few other chemicals to train general models, so the shipped ones "
        f"are used. They have learned from {int(seen.sum())} of the {len(seen)} spectra, and may "
        "have learned from others of the same chemicals: the figures may be too good."
    )


def shipped_digests(translator: Translator) -> dict[str, str]:
    """Return the digests of the models that `shipped` would return, by role."""
    return {role: model.card.digest for role, model in _guarded(translator).items()}


def _guarded(translator: Translator) -> dict[str, GuardedEncoder | GuardedDecoder]:
    return {
        "encoder": translator.encoder("mass_spec"),
        "decoder": translator.decoder("mass_spec"),
        "sibling decoder": translator.generator("mass_spec"),
    }


def learned(
    model: GuardedEncoder | GuardedDecoder, replicates: Replicates
) -> NDArray[np.bool_]:
    """Say of each spectrum whether a model has learned from it, (n,); all, where it cannot tell."""
    known = None if model.folder is None else read_marks(model.folder)
    if known is None:
        return np.ones(len(replicates), bool)
    return np.asarray(np.isin(marks(replicates.ids, replicates.spectra), known).any(1))
