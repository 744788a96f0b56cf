"""Figures: each shows what it was given, none is blank, and no name covers another."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from chemtranslate.errors import MissingExtraError

pytest.importorskip("matplotlib")

from chemtranslate_mass_spec.experiment import figure_style, figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RNG = np.random.default_rng(0)
BINS = 200
STRANGE = "a $strange$ name_{x} with [brackets] & <b>tags</b>, which goes on and on and on and on"
NAMES = ["ethanol", "2-butanone", STRANGE, "toluene", "fenchol"]


def spectra(count: int, peaks: int = 25) -> np.ndarray:
    made = np.zeros((count, BINS), np.float32)
    for one in made:
        places = RNG.choice(np.arange(20, 150), peaks, replace=False)
        one[places] = RNG.exponential(15, peaks).clip(0.6, 99)
        one[places[0]] = 100
    return made


def series(start: float) -> tuple[list[int], list[float], list[float]]:
    return [1, 2, 5], [start, start + 0.1, start + 0.15], [0.02, 0.01, float("nan")]


MEASURED = spectra(4)
DAMAGED = np.where(RNG.random((4, BINS)) < 0.15, 0, MEASURED[0])
POINTS = RNG.normal(size=(5, 512))
OWN = np.repeat(np.arange(5), 6)
DRAWN: dict[str, Callable[[], Figure]] = {
    "spectrum_with_structure": lambda: figures.spectrum_with_structure(
        MEASURED[0], "CC(=O)OCc1ccccc1", STRANGE),
    "spectra_per_chemical": lambda: figures.spectra_per_chemical(
        np.array([1] * 900 + [2] * 40 + [5, 6, 6, 80])),
    "distances_follow_structure": lambda: figures.distances_follow_structure(
        RNG.uniform(-0.3, 1, 900), RNG.random(900), [("a", STRANGE, 0.9, 0.6), ("c", "d", 0, 0.1)]),
    "encoded_around_points": lambda: figures.encoded_around_points(
        POINTS[OWN] + 0.3 * RNG.normal(size=(30, 512)), OWN, POINTS, NAMES),
    "damaged_versions": lambda: figures.damaged_versions(MEASURED[0], DAMAGED, STRANGE),
    "memorisation": lambda: figures.memorisation(
        MEASURED, {"specialised": MEASURED * 0.9, "from scratch": MEASURED[[0] * 4]}, STRANGE,
        {"specialised": 0.9, "from scratch": 0.0}),
    "ratio_histograms": lambda: figures.ratio_histograms(
        {"decoder": RNG.normal(1, 0.1, 99), "VAE": np.array([0.3, np.nan, 7.0, 0.95])}),
    "confusion": lambda: figures.confusion(
        {"real": np.eye(5) * 7 + 1, STRANGE: np.zeros((5, 5))}, NAMES),
    "accuracy_by_regime": lambda: figures.accuracy_by_regime(
        {"random forest": {"real only": series(0.5), "both": series(0.6)},
         "neural network": {"both": series(0.4)}}, chance=0.025),
    "accuracy_by_ratio": lambda: figures.accuracy_by_ratio(
        {"forest": {"VAE": series(-0.03)}, "network": {"VAE": series(0.02)}}),
    "what_z_knows": lambda: figures.what_z_knows(
        RNG.normal(size=(300, 2)), [f"type {n * n % 11}" for n in range(300)], "z"),
    "siblings": lambda: figures.siblings(MEASURED[0], spectra(4), MEASURED[1:3], STRANGE),
}


@cache
def drawn(name: str) -> Figure:
    return DRAWN[name]()


def pixels(figure: Figure) -> np.ndarray:
    from matplotlib.image import imread

    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=60)
    stream.seek(0)
    return np.asarray(imread(stream, format="png"))[:, :, :3]


def texts(figure: Figure) -> list[str]:
    from matplotlib.text import Text

    return [one.get_text() for one in figure.findobj(Text) if one.get_text().strip()]


def test_every_figure_is_tried_here() -> None:
    assert set(DRAWN) == set(figures.__all__)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_whole_and_leaves_nothing_behind(name: str) -> None:
    from matplotlib import _pylab_helpers

    inked = (pixels(drawn(name)) < 0.97).any(2)
    assert 0.005 < inked.mean() < 0.9
    edge = np.ones_like(inked)
    edge[1:-1, 1:-1] = False
    assert not inked[edge].any(), "something is cut off"
    assert not _pylab_helpers.Gcf.figs


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"chemtranslate\[plots\]"):
        figures.spectra_per_chemical(np.array([5]))


@pytest.mark.parametrize("smiles", ["", "no structure"])
def test_without_a_structure_the_spectrum_is_drawn_alone(smiles: str) -> None:
    figure = figures.spectrum_with_structure(MEASURED[0], smiles, "x")
    assert not any(axes.images for axes in every_axes(figure))
    with_one = drawn("spectrum_with_structure")
    assert any(axes.images for axes in every_axes(with_one))


def every_axes(figure: Figure) -> list[Axes]:
    return [child for axes in figure.axes for child in (axes, *axes.child_axes)]


def test_the_strongest_peak_has_its_mass_beside_it() -> None:
    figure = figures.spectrum_with_structure(MEASURED[0], "C", "methane")
    assert str(int(MEASURED[0].argmax()) + 1) in texts(figure)


def test_chosen_chemicals_are_counted() -> None:
    said = texts(drawn("spectra_per_chemical"))
    assert "take part: 4 chemicals, 97 spectra" in said
    assert "too few spectra: 940 chemicals, 980 spectra" in said
    assert "≥30" in said


def test_removed_peaks_are_counted_and_marked() -> None:
    figure = figures.damaged_versions(MEASURED[0], DAMAGED, "x")
    for version, axes in zip(DAMAGED, figure.axes[1:], strict=True):
        gone = int(((MEASURED[0] > 0) & (version == 0)).sum())
        assert axes.get_title(loc="right") == f"{gone} peaks removed"
        assert len(axes.lines[-1].get_xdata()) == gone


def test_a_ratio_of_nine_tenths_is_the_mark_and_what_is_not_finite_is_left_out() -> None:
    said = texts(drawn("ratio_histograms"))
    assert "VAE: 67 % above 0.9" in said


def test_the_worst_confusions_are_named() -> None:
    matrix = np.eye(3) * 4
    matrix[0, 2] = 4
    said = " ".join(texts(figures.confusion({"both": matrix}, ["borneol", "toluene", "fenchol"])))
    assert "borneol for fenchol: 50 %" in said
    assert "both: 75 % right" in said


def test_a_single_mistake_among_a_hundred_chemicals_is_seen() -> None:
    clean = np.eye(100) * 20
    one = clean.copy()
    one[10, 80] = 1
    names = [f"chemical {n}" for n in range(100)]
    before, after = (pixels(figures.confusion({"x": m}, names))[:270] for m in (clean, one))
    assert np.abs(before - after).max() > 0.2


def test_frequent_labels_have_colours_and_the_rest_are_counted() -> None:
    labels = [f"type {n}" for n in range(12) for _ in range(20 - n)]
    said = texts(figures.what_z_knows(RNG.normal(size=(len(labels), 2)), labels, "z"))
    assert "type 0 (20)" in said
    assert "type 7 (13)" in said
    assert "4 others (42)" in said
    assert not any(text.startswith("type 8") for text in said)


def test_without_another_laboratory_siblings_stand_alone() -> None:
    figure = figures.siblings(MEASURED[0], spectra(4), np.zeros((0, BINS), np.float32), "x")
    assert len(figure.axes) == 5
    assert "measured by others" not in texts(figure)


def test_gains_are_called_gains_and_stand_beside_a_line_at_zero() -> None:
    figure = drawn("accuracy_by_ratio")
    figure.draw_without_rendering()
    said = texts(figure)
    assert any(text.startswith("Gain in accuracy over real spectra only") for text in said)
    assert "gain over real only, points\n(mean, 95 % interval)" in said
    assert {"0", "+5", "+10"} <= set(said)
    assert not any("guessing" in text for text in said)
    for axes in figure.axes:
        low, high = axes.get_ylim()
        assert low < 0 < high
        assert any(list(line.get_ydata()) == [0, 0] for line in axes.lines)


def test_accuracies_are_called_accuracies_beside_what_guessing_reaches() -> None:
    said = texts(drawn("accuracy_by_regime"))
    assert "accuracy (mean, 95 % interval)" in said
    assert any("(guessing: 2.5 %)" in " ".join(text.split()) for text in said)


@pytest.mark.parametrize("count", [1, 60])
def test_names_of_points_cover_no_point_and_no_other_name(count: int) -> None:
    figure = figure_style.new_figure(4)
    axes: Any = figure.subplots()
    points = RNG.random((count, 2))
    axes.set_xlim(-0.1, 1.1)
    axes.set_ylim(-0.1, 1.1)
    written = figure_style.name_points(axes, [f"name {n}" for n in range(count)], points)
    assert 1 <= written <= count
    assert len(axes.texts) == written
    notes = [note for note in axes.texts if note.arrow_patch is None]
    boxes = [note.get_window_extent() for note in notes]
    at = axes.transData.transform(points)
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])
        assert not ((at > box.min) & (at < box.max)).all(1).any()


@pytest.mark.filterwarnings("error")
def test_little_or_nothing_is_drawn_too() -> None:
    one, nothing = POINTS[:1], np.zeros((4, BINS), np.float32)
    for figure in (
        figures.encoded_around_points(one, np.zeros(1, int), one, ["a"]),
        figures.distances_follow_structure(np.array([0.5]), np.array([0.5]), []),
        figures.damaged_versions(MEASURED[0], nothing, "x"),
        figures.memorisation(MEASURED[:1], {"general": nothing[:1]}, "x", {}),
        figures.siblings(nothing[0], nothing, MEASURED, "x"),
        figures.ratio_histograms({"decoder": []}),
        figures.confusion({"x": np.array([[3]])}, ["only"]),
        figures.what_z_knows(np.zeros((1, 2)), [""], "z"),
        figures.spectra_per_chemical(np.array([1, 2])),
        figures.accuracy_by_ratio({"forest": {"VAE": ([1], [0.5], [0.1])}}),
    ):
        assert (pixels(figure) < 0.97).any()
