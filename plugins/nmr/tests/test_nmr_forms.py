"""Array form, augmenter, preparation, similarity and picture of peak lists."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.sample import Reject, Sample
from chemtranslate_nmr import augmenter
from chemtranslate_nmr.grid import CARBON_FORM, PROTON_FORM, Grid
from chemtranslate_nmr.nucleus import CARBON
from chemtranslate_nmr.peaklist import PeakList
from chemtranslate_nmr.plot import plot
from chemtranslate_nmr.preparation import nuclei, prepare_carbon, prepare_proton
from chemtranslate_nmr.similarity import carbon_metrics, matched, matched_pairs

TOLUENE = ("Cc1ccccc1", [21.4, 125.3, 128.2, 128.2, 129.0, 129.0, 137.8],
           ["Q", "D", "D", "D", "D", "D", "S"])


def carbon(*shifts: float, name: str = "a", smiles: str = "") -> Sample:
    chemical = Chemical(smiles) if smiles else None
    return Sample(name, PeakList.of("13C", shifts), name, chemical)


def toluene() -> Sample:
    smiles, shifts, words = TOLUENE
    return Sample("toluene", PeakList.of("13C", shifts, words), "toluene", Chemical(smiles))


def test_equivalent_nuclei_are_counted_on_both_grids() -> None:
    form = Grid(CARBON, 1, 5)
    array = form.to_array(carbon(128.2, 128.9, 128.2, 21.0))
    assert array.shape == form.shape == (260 + 52,)
    assert array.dtype == np.float32
    fine, coarse = array[: form.bins], array[form.bins :]
    np.testing.assert_array_equal(fine[[148, 41]], [3, 1])
    np.testing.assert_array_equal(coarse[[29, 8]], [3, 1])
    assert fine.sum() == coarse.sum() == 4


@settings(max_examples=60, deadline=None)
@given(shifts=st.lists(st.floats(-19.9, 239.9), min_size=1, max_size=30))
def test_an_array_becomes_a_peak_list_and_the_same_array_again(shifts: list[float]) -> None:
    array = CARBON_FORM.to_array(carbon(*shifts))
    peaks = CARBON_FORM.to_signal(array)
    assert len(peaks) == len(shifts)
    assert np.abs(peaks.shifts - np.sort(shifts)).max() <= CARBON_FORM.fine / 2 + 1e-3
    np.testing.assert_array_equal(CARBON_FORM.to_array(Sample("b", peaks)), array)


def test_the_coarse_grid_says_how_many_and_the_fine_one_where() -> None:
    form = Grid(CARBON, 1, 5)
    array = np.zeros(form.shape)
    array[form.bins + 4], array[form.bins + 30] = 1, 2  # 0-5 and 130-135 ppm
    array[150:155] = 0.1, 0.1, 0.5, 0.1, 0.1
    assert form.to_signal(array).shifts.tolist() == [2.5, 132.5, 132.5]


def test_below_zero_makes_up_for_above_zero_in_the_number_of_nuclei() -> None:
    form = Grid(CARBON, 1, 5)
    array = form.to_array(carbon(22.5, 132.5)) + 0.02 * np.tile([1, -1], form.shape[0] // 2)
    assert form.to_signal(array).shifts.tolist() == [22.5, 132.5]


def test_what_lies_beyond_the_grid_is_left_out_and_counted() -> None:
    sample = carbon(-45.0, 20.0, 240.0, 292.0)
    assert CARBON_FORM.left_out(sample) == 3
    assert len(CARBON_FORM.to_signal(CARBON_FORM.to_array(sample))) == 1
    with pytest.raises(InputError, match="found no shift between -20 and 240 ppm"):
        CARBON_FORM.to_array(carbon(292.0))


def test_a_signal_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="found a signal of type str, expected an NMR peak list"):
        CARBON_FORM.to_array(Sample("a", "text"))
    with pytest.raises(InputError, match="found a peak list of 13C, expected one of 1H"):
        PROTON_FORM.to_array(carbon(7.0))


@pytest.mark.parametrize("fill", [0.0, -1.0, 0.001, 1e9, np.nan, np.inf])
def test_an_array_without_peaks_is_no_peak_list(fill: float) -> None:
    with pytest.raises(InputError):
        CARBON_FORM.to_signal(np.full(CARBON_FORM.shape, fill))


def test_damage_is_seeded_moves_peaks_slightly_and_adds_none() -> None:
    damage = augmenter.load_carbon(share=0.3)
    one, again = (damage.augment(toluene(), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.signal.shifts, again.signal.shifts)
    for seed in range(50):
        made = damage.augment(toluene(), np.random.default_rng(seed)).signal
        assert 1 <= len(made) <= 7
        nearest = np.abs(made.shifts[:, None] - np.array(TOLUENE[1])).min(1)
        assert nearest.max() < 3
        shifts, numbers = np.unique(made.shifts, return_counts=True)
        assert len(shifts) <= 5  # equivalent carbons move and go together
        assert set(numbers) <= {1, 2}
    still = augmenter.load_carbon(share=0.0, jitter=0.0, reference=0.0)
    np.testing.assert_array_equal(
        still.augment(toluene(), np.random.default_rng(0)).signal.shifts, TOLUENE[1])


def test_quaternary_carbons_are_missing_more_often() -> None:
    damage = augmenter.load_carbon(share=0.2, jitter=0.0, reference=0.0)
    made = [damage.augment(toluene(), np.random.default_rng(seed)).signal.shifts
            for seed in range(400)]
    gone = {shift: sum(shift not in shifts for shifts in made) / 400 for shift in TOLUENE[1]}
    assert gone[137.8] > 2 * gone[21.4]
    assert 0.15 < np.mean([gone[shift] for shift in set(TOLUENE[1])]) < 0.25


@pytest.mark.parametrize("unknown", [{"noise": 0.1}, {"share": 1.0}, {"jitter": -1.0}])
def test_settings_that_make_no_sense_are_refused(unknown: dict[str, float]) -> None:
    with pytest.raises(InputError):
        augmenter.load_proton(**unknown)


@pytest.mark.parametrize(("smiles", "nucleus", "expected"), [
    ("Cc1ccccc1", "13C", (5, 7)), ("Cc1ccccc1", "1H", (4, 8)), ("c1ccccc1", "13C", (1, 6)),
    ("CCO", "1H", (3, 6)), ("O", "13C", (0, 0)), ("nonsense", "13C", (0, 0)),
])
def test_nuclei_are_told_apart_by_symmetry(
        smiles: str, nucleus: str, expected: tuple[int, int]) -> None:
    assert nuclei(smiles, nucleus) == expected


def test_lists_that_do_not_fit_their_structure_are_set_aside() -> None:
    records = [
        toluene(),
        carbon(21, 125, 128, 129, 138, name="one peak for each kind", smiles="Cc1ccccc1"),
        carbon(21.1, 125.1, name="incomplete", smiles="Cc1ccccc1"),
        carbon(20, 30, 40, name="too many peaks", smiles="CCO"),
        carbon(292.5, name="not of the form", smiles="BrC(Br)(Br)Br"),
        carbon(1, 2, name="no structure"),
        carbon(21.4, 125.3, 128.2, 128.2, 129, 129, 137.8, name="duplicate", smiles="c1ccccc1C"),
        Sample("not of the form", "text", chemical=Chemical("CCO")),
    ]
    found = list(prepare_carbon(records))
    assert [one.id for one in found if isinstance(one, Sample)] == [
        "toluene", "one peak for each kind"]
    for reject in found[2:]:
        assert isinstance(reject, Reject)
        assert reject.kind == reject.name
        assert not reject.malformed
    protons = Sample("p", PeakList.of("1H", [7.2]), chemical=Chemical("c1ccccc1"))
    assert list(prepare_proton([protons])) == [protons]


def test_similarity_is_the_share_of_peaks_that_pair_up() -> None:
    one, other = np.array([10.0, 20, 30, 30]), np.array([11.0, 22.5, 29])
    assert matched(one, one, 2) == 1
    assert matched(one, other, 2) == 2 * 2 / 7
    assert matched(one, np.zeros(0), 2) == 0
    assert matched(np.zeros(0), np.zeros(0), 2) == 0
    assert matched(np.array([0.0, 2]), np.array([2.0, 4]), 2) == 1


LISTS = st.lists(st.integers(0, 30), max_size=6).map(sorted).map(np.array).map(np.float64)


@given(st.lists(st.tuples(LISTS, LISTS), min_size=1, max_size=8))
def test_many_pairs_are_as_one_by_one_and_none_pairs_up_better(pairs: list) -> None:
    ones, others = zip(*pairs, strict=True)
    found = matched_pairs(ones, others, 2)
    for share, one, other in zip(found, ones, others, strict=True):
        near = np.abs(one[:, None] - other) <= 2
        best = maximum_bipartite_matching(csr_matrix(near)) if near.size else np.zeros(0) - 1
        assert share == 2 * (best >= 0).sum() / max(len(one) + len(other), 1)
        assert share == matched(one, other, 2)


def test_figures_are_of_decoded_peaks() -> None:
    arrays = np.stack([CARBON_FORM.to_array(toluene()), np.zeros(CARBON_FORM.shape, np.float32)])
    figures = carbon_metrics(arrays, arrays)
    np.testing.assert_allclose(figures["peaks matched within 2 ppm"], [1, 0])
    np.testing.assert_allclose(figures["cosine"], [1, 0])


def test_a_picture_is_drawn_or_said_to_be_impossible(tmp_path: Path) -> None:
    samples = [toluene()]
    for kind in ("png", "svg"):
        with (tmp_path / f"x.{kind}").open("wb") as stream:
            plot(samples, samples, stream, kind, "a title")
        assert (tmp_path / f"x.{kind}").stat().st_size > 5000
    for above, below, kind in (([], None, "png"), (samples, None, "bmp"),
                               (samples, [carbon(1.0, name="z")], "png"),
                               ([Sample("a", 1)], None, "png")):
        with pytest.raises(InputError):
            plot(above, below, io.BytesIO(), kind)


def test_shifts_fall_to_the_right(tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    drawn = []
    original = Figure.savefig

    def kept(self: Figure, *args: object, **kwargs: object) -> None:
        drawn.append(self)
        original(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", kept)
        plot([toluene()], None, io.BytesIO())
    left, right = drawn[0].axes[0].get_xlim()
    assert left > 220 > 0 > right
