"""Tables of few draws: what these do not tell is not printed, and what is left out is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import t

from chemtranslate_mass_spec.experiment.accuracy_tables import by_ratio, ratio_table, tables_5
from chemtranslate_mass_spec.experiment.classifiers import KINDS
from chemtranslate_mass_spec.experiment.report_parts import (
    MISSING,
    Table,
    deviation,
    interval,
    printed,
)
from chemtranslate_mass_spec.experiment.tables import table_4
from chemtranslate_mass_spec.experiment.trial import BOTH, ONLY, REAL, SEARCH


def trial(seed: int, chemicals: int = 6) -> dict[str, Any]:
    """A draw whose classifiers are right more often with synthetic spectra."""
    truth = [0, 1, 2, 3]
    named = {REAL: [0, 1, 0, 0], f"siblings: {ONLY}": [0, 1, 2, seed % 4],
             f"siblings: {BOTH}": truth, "ratio 1": truth}
    return {"k": 1, "seed": seed, "chemicals": chemicals, "train": 6, "test": 4, "copies": 2,
            "truth": truth, "named": dict.fromkeys(KINDS, named), SEARCH: truth}


def column(table: Table, name: str) -> list[str]:
    return [row[table.columns.index(name)] for row in printed(table)]


def test_one_draw_has_no_spread_and_fewer_than_three_have_no_interval() -> None:
    values = [0.5, 0.7, 0.9]
    assert np.isnan(deviation(values[:1]))
    assert deviation(values[:2]) == pytest.approx(0.1)
    assert np.isnan(interval(values[:1]))
    assert np.isnan(interval(values[:2]))
    assert interval(values) == pytest.approx(t.ppf(0.975, 2) * 0.2 / 3**0.5)


@pytest.mark.parametrize(("draws", "spread", "width"), [(1, False, False), (2, True, False),
                                                        (3, True, True)])
def test_table_5_has_dashes_where_draws_are_few_and_says_why(
        draws: int, spread: bool, width: bool) -> None:
    trials = [trial(seed) for seed in range(draws)]
    (table,) = tables_5(trials, [], "")
    assert all((cell != MISSING) == spread for cell in column(table, "spread over draws"))
    gains = [width for way, width in zip(column(table, "trained on"),
                                         column(table, "95 % interval, ±"), strict=True)
             if way.startswith("siblings")]
    assert all((cell != MISSING) == width for cell in gains)
    assert f"{MISSING} where there is one draw" in table.note
    assert f"{MISSING} where there are fewer than 3 draws" in table.note
    ratios = ratio_table(trials, "")
    assert all((cell != MISSING) == width for cell in column(ratios, "95 % interval, ±"))
    assert f"{MISSING} where there are fewer than 3 draws" in ratios.note


def test_a_way_of_one_draw_has_no_spread_in_table_4() -> None:
    ways = {"VAE": 2, "specialised decoders, whole layers": 1}
    metrics = ("weighted cosine", "MSE", "similarity ratio, by similarity",
               "similarity ratio, by difference", "entropy similarity")
    draws = [{f"{metric}|{way}": np.array([0.5, 0.5 + draw / 10])
              for way, count in ways.items() if draw < count for metric in metrics}
             for draw in range(2)]
    table = table_4(draws, 4, "")
    assert dict(zip(column(table, "way"), column(table, "spread over draws"), strict=True)) == {
        "specialised decoders, whole layers": MISSING, "VAE": "0.025"}
    assert f"{MISSING} where there is one draw" in table.note


def test_a_library_smaller_than_the_papers_is_told_why_a_table_is_missing() -> None:
    trials = [trial(seed) for seed in range(3)]
    (small,) = tables_5(trials, [trial(0, chemicals=6)], "")
    assert "left out: that takes 40 chemicals" in small.note
    assert "this library has 6" in small.note
    large, paper = tables_5(trials, [trial(0, chemicals=40)], "")
    assert paper.title == "Table V at the paper's size: 40 chemicals drawn at random"
    assert "left out" not in large.note


def test_classifiers_stand_in_one_order_everywhere() -> None:
    assert [kind for _, kind, _, _ in by_ratio([trial(0)])] == list(KINDS)
