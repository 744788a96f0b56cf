"""Which spectra stand for a chemical in the figures: typical ones, never outliers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chemtranslate_mass_spec.experiment.replicates import Replicates, pairwise
from chemtranslate_mass_spec.similarity import weighted_cosine


@dataclass(frozen=True)
class Company:
    """A spectrum and other real ones of its chemical, as rows of the replicates.

    Attributes:
        chemical: whose they are.
        source: the spectrum that is most like its siblings.
        rows: the others, the most like the source first.
        foreign: another contributor than that of the source measured each of them.
    """

    chemical: int
    source: int
    rows: tuple[int, ...]
    foreign: bool


def exemplar(replicates: Replicates, chemical: int) -> int:
    """Return the row with the highest mean weighted cosine to the other spectra of its chemical."""
    rows = np.flatnonzero(replicates.own == chemical)
    return int(rows[pairwise(replicates.spectra[rows]).mean(1).argmax()])


def company(replicates: Replicates, chemical: int) -> Company:
    """Choose what a chemical's exemplar is shown beside.

    These are the spectra of other contributors, where the records name them; all others of the
    chemical, where they do not.
    """
    source = exemplar(replicates, chemical)
    rows = np.flatnonzero(replicates.own == chemical)
    rows = rows[rows != source]
    mine = contributor(replicates, source)
    theirs = [row for row in rows if mine and contributor(replicates, row).casefold()
              not in ("", mine.casefold())]  # fmt: skip
    chosen = np.array(theirs or rows, np.intp)
    alike = weighted_cosine(
        np.broadcast_to(replicates.spectra[source], replicates.spectra[chosen].shape),
        replicates.spectra[chosen],
    )
    order = chosen[np.argsort(-alike, kind="stable")]
    return Company(chemical, source, tuple(order.tolist()), bool(theirs))


def best_company(replicates: Replicates) -> Company:
    """Choose the chemical with the most spectra of other contributors than its exemplar's.

    Where no record names another contributor, it is the one with the most spectra.
    """
    every = [company(replicates, chemical) for chemical in range(len(replicates.keys))]
    return max(every, key=lambda one: (one.foreign, len(one.rows)))


def spaced(rows: tuple[int, ...], count: int) -> list[int]:
    """Return at most some of the rows, evenly spaced, the first and the last among them."""
    places = np.linspace(0, len(rows) - 1, min(count, len(rows)))
    return [rows[place] for place in places.round().astype(int)]


def contributor(replicates: Replicates, row: int | np.intp) -> str:
    """Return who measured a spectrum, as its record says; nothing where it does not."""
    fields = {name.lower(): value for name, value in replicates.metadata[row].items()}
    return " ".join(fields.get("contributor", "").split())
