"""Spectra that stand for a chemical: no outliers, and by others only where the records say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from chemtranslate_mass_spec.experiment.exemplars import (
    best_company,
    company,
    contributor,
    exemplar,
    spaced,
)
from chemtranslate_mass_spec.experiment.replicates import Replicates


def told(replicates: Replicates, who: Sequence[Mapping[str, str]]) -> Replicates:
    """Return the six spectra of each chemical, with what the records of the second one say."""
    metadata = [{} for _ in replicates.ids]
    metadata[6:12] = [dict(one) for one in who]
    return replace(replicates, metadata=tuple(metadata))


def test_the_exemplar_of_a_chemical_is_no_outlier(replicates: Replicates) -> None:
    spectra = replicates.spectra.copy()
    spectra[6] = np.roll(spectra[6], 5)  # the first one of the second chemical is of something else
    spectra[9] = spectra[[7, 8, 9, 10, 11]].mean(0)
    changed = replace(replicates, spectra=spectra)
    assert exemplar(changed, 1) == 9
    assert company(changed, 1).rows[-1] == 6


def test_other_contributors_are_those_that_the_records_name(replicates: Replicates) -> None:
    source = exemplar(replicates, 1) - 6
    who = [{"Contributor": " an  Institute "}] * 6
    who[source] = {"contributor": "An Institute"}
    assert not company(told(replicates, who), 1).foreign
    others = [(source + 1) % 6, (source + 3) % 6]
    for row in others:
        who[row] = {"CONTRIBUTOR": "Elsewhere"}
    some = told(replicates, who)
    found = company(some, 1)
    assert found.foreign
    assert set(found.rows) == {6 + row for row in others}
    assert contributor(some, found.rows[0]) == "Elsewhere"


def test_where_nobody_is_named_the_others_are_just_other_spectra(replicates: Replicates) -> None:
    source = exemplar(replicates, 1) - 6
    named_once: list[dict[str, str]] = [{} for _ in range(6)]
    named_once[source] = {"Contributor": "An Institute"}
    for who in ([{}] * 6, named_once):
        found = company(told(replicates, who), 1)
        assert not found.foreign
        assert sorted((*found.rows, found.source)) == list(range(6, 12))


def test_the_chemical_with_most_spectra_by_others_is_shown(replicates: Replicates) -> None:
    assert best_company(replicates).chemical == 0
    who = [{"Contributor": "here"}] * 6
    who[exemplar(replicates, 1) - 6] = {"Contributor": "there"}
    found = best_company(told(replicates, who))
    assert (found.chemical, found.foreign, len(found.rows)) == (1, True, 5)


def test_rows_that_are_shown_go_from_the_most_to_the_least_alike() -> None:
    assert spaced((5, 4, 3, 2, 1), 3) == [5, 3, 1]
    assert spaced((5, 4), 4) == [5, 4]
    assert spaced((5, 4, 3), 1) == [5]
    assert spaced((), 4) == []
