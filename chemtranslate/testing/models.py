"""What encoders and decoders have in common: how they are loaded, and what is on their cards."""

from __future__ import annotations

from collections.abc import Callable

from chemtranslate.errors import ArtefactError, HubMismatchError
from chemtranslate.models import (
    GuardedDecoder,
    GuardedEncoder,
    Kind,
    load_decoder,
    load_encoder,
)
from chemtranslate.specs import ModelSpec
from chemtranslate.testing.bench import Bench
from chemtranslate.testing.rules import NotChecked, expect

Guarded = GuardedEncoder | GuardedDecoder
ROUNDING = 1e-3
"""Share of the largest number by which a batch may differ from its rows one by one."""
ROWS = f"a batch to give what its rows give one by one, but for {ROUNDING:.1%}"


def loaded(kind: Kind, spec: ModelSpec, bench: Bench) -> Guarded:
    """Load a model: the one given for its name, else the one that ships.

    Raises:
        NotChecked: it ships without weights, or for another hub than the chosen one.
        ChemTranslateError: it cannot be loaded.
    """
    hub, folder = bench.hub, bench.trained(kind, spec.name)
    load: Callable[..., Guarded] = load_encoder if kind == "encoder" else load_decoder
    try:
        return load(folder or spec.name, spec.modality, hub, bench.plugins)
    except HubMismatchError as error:
        if folder is None and bench.hub_choice is not None:
            raise NotChecked(str(error)) from None
        raise
    except ArtefactError as error:
        if folder is None and spec.folder is None:
            raise NotChecked(f"it ships without weights and none were given: {error}") from None
        raise


def expect_card(kind: Kind, spec: ModelSpec, model: Guarded, bench: Bench) -> None:
    """Raise `Broken` unless a card says what the model is and for which hub it was made."""
    stated = {"role": kind, "name": spec.name, "modality": spec.modality, "hub": bench.hub.id}
    for field, expected in stated.items():
        found = getattr(model.card, field)
        expect(found == expected, f"{field} {found!r} on its card", repr(expected))
    expect(model.card.data_licence, "no data_licence on its card", "terms, or 'none'")
