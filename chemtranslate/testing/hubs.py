"""Whether a hub places chemicals, each by itself and always at the same point."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from chemtranslate.artefact import CARD
from chemtranslate.errors import StructureError
from chemtranslate.hub import Hub
from chemtranslate.protocols import Vectors
from chemtranslate.specs import HubSpec, resolve
from chemtranslate.testing.bench import CHEMICALS, Bench
from chemtranslate.testing.models import ROUNDING, ROWS
from chemtranslate.testing.report import Finding
from chemtranslate.testing.rules import Broken, NotChecked, expect, expect_alike, tried_if

NOT_DRAWN = "C(C"
"""No structure, as its parenthesis does not close."""


def checked(spec: HubSpec, bench: Bench) -> Iterator[Finding]:
    """Yield what comes of the checks of a hub that ships."""
    own = _Placing(spec, bench)
    yield from tried_if(
        f"hub {spec.name}",
        ("loads", lambda: own.hub),
        ("card and hub id", own.card),
        ("points", own.points),
        ("same twice", own.same_twice),
        ("batch as one by one", own.one_by_one),
        ("no structure", own.no_structure),
    )


class _Placing:
    """A hub and the chemicals that it is tried with."""

    def __init__(self, spec: HubSpec, bench: Bench) -> None:
        self.spec, self.bench = spec, bench

    @cached_property
    def hub(self) -> Hub:
        if not (self.spec.folder / CARD).is_file():
            raise NotChecked(f"it ships without weights: no {CARD} in {self.spec.folder}")
        return Hub(resolve(self.spec.load)(self.spec.folder), self.spec.folder)

    def card(self) -> None:
        found = (self.hub.card.role, self.hub.card.name)
        expect(found == ("hub", self.spec.name), f"role and name {found} on its card",
               f"{('hub', self.spec.name)}")  # fmt: skip
        expect(self.hub.id, "no hub id on its card", "a digest of all that makes the hub")

    def points(self) -> Vectors:
        found = np.asarray(self.hub.model.embed(CHEMICALS))
        shape = (len(CHEMICALS), self.hub.dimensions)
        expect(
            found.shape == shape and found.dtype == np.float32,
            f"points of shape {found.shape} and type {found.dtype}",
            f"{shape} and float32",
        )
        expect(np.isfinite(found).all(), "points that are not finite", "numbers")
        return found

    def same_twice(self) -> None:
        expect_alike(self.points(), self.points(), 0.0, "one point of one structure")

    def one_by_one(self) -> None:
        rows = np.concatenate([self.hub.model.embed([smiles]) for smiles in CHEMICALS])
        expect_alike(self.points(), rows, ROUNDING, ROWS)

    def no_structure(self) -> None:
        try:
            found = self.hub.model.embed([NOT_DRAWN])
        except StructureError:
            return
        raise Broken(f"found a point {found!r:.60} of {NOT_DRAWN!r}, expected a StructureError")
