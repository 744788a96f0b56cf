"""What can be seen of an answer: the unknown, and beneath it what is predicted for a guess."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chemtranslate.depict import depict
from chemtranslate.errors import InputError, StructureError
from chemtranslate.panels import SHOWN_AS, expect_matplotlib
from chemtranslate.sample import Sample
from chemtranslate.specs import ModalitySpec, resolve

if TYPE_CHECKING:
    from chemtranslate.candidates import Candidates
    from chemtranslate.identification.identifier import Guess
    from chemtranslate.models import GuardedDecoder
    from chemtranslate.protocols import Array

Plot = Callable[..., None]
"""As `plot` of a `ModalitySpec`."""
STRUCTURE = 240, 170
"""Width and height of the drawing of a structure, pixels."""
BOND = 30
"""Length of its bonds, at most, pixels."""
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "chemtranslate",
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
}
"""Texts stay texts, which takes less than their outlines; Verdana is as wide as DejaVu Sans."""


def plot_of(spec: ModalitySpec) -> Plot | None:
    """Return how a modality draws its samples; None where it does not say.

    Raises:
        MissingExtraError: it does, and matplotlib is not installed.
    """
    if spec.plot is None:
        return None
    expect_matplotlib()
    plot: Plot = resolve(spec.plot)
    return plot


@dataclass(frozen=True)
class Pictures:
    """Draws unknowns and what is predicted for their guesses.

    Names and ids of records are kept out of the pictures: they stand beside them.

    Attributes:
        plot: of the modality; None draws structures alone.
        decoder: predicts the signals.
        candidates: of whom the guesses are rows.
    """

    plot: Plot | None
    decoder: GuardedDecoder
    candidates: Candidates

    def measured(self, sample: Sample, kind: str = "svg") -> bytes | None:
        """Draw a sample; None where it cannot be drawn."""
        return self._drawn(_nameless(sample, "measured"), None, kind)

    def mirrors(
        self, sample: Sample, guesses: Sequence[Guess], kind: str = "svg"
    ) -> list[bytes | None]:
        """Draw a sample once for each guess, above what is predicted for the guess.

        None where that cannot be drawn, or where nothing is predicted.
        """
        if self.plot is None or not guesses:
            return [None] * len(guesses)
        above = _nameless(sample, "measured, and predicted")
        found: list[bytes | None] = []
        for array in self._predicted(guesses):
            try:
                signal = self.decoder.form.to_signal(array)
            except InputError:
                found.append(None)
                continue
            shown = {"Source_id": above.id, SHOWN_AS: "predicted"}
            below = Sample("predicted", signal, metadata=shown)
            found.append(self._drawn(above, below, kind))
        return found

    def structure(self, guess: Guess, kind: str = "svg") -> bytes | None:
        """Draw the structure of a guess; None where it states none that can be read."""
        if not guess.chemical.smiles:
            return None
        try:
            return depict(guess.chemical.smiles, kind, *STRUCTURE, BOND)
        except StructureError:
            return None

    def _predicted(self, guesses: Sequence[Guess]) -> Array:
        """Return what the decoder makes of guesses, (n, *form.shape)."""
        table = self.candidates.table
        rows = self.candidates.rows[[guess.row for guess in guesses]]
        structures = [table.entries[row].smiles for row in rows.tolist()]
        return self.decoder.decode_structures(table.vectors_of(rows), structures)

    def _drawn(self, above: Sample, below: Sample | None, kind: str) -> bytes | None:
        if self.plot is None:
            return None
        stream = io.BytesIO()
        try:
            with _style():
                self.plot([above], None if below is None else [below], stream, kind, "")
        except InputError:
            return None
        return stream.getvalue()


def _nameless(sample: Sample, name: str) -> Sample:
    """Return a sample under another name, and without the chemical that its record states."""
    return replace(sample, id="measured", name=name, chemical=None)


@contextmanager
def _style() -> Iterator[None]:
    from matplotlib import rc_context

    with rc_context(_STYLE):
        yield
