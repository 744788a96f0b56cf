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
        assert axes.get_title(loc="right") == f"{gone} of 25 peaks removed"
        assert len(axes.lines[-1].get_xdata()) == gone


def test_a_ratio_of_nine_tenths_is_the_mark_and_what_is_not_finite_is_left_out() -> None:
    said = texts(drawn("ratio_histograms"))
    assert "VAE: 67 % above 0.9" in said


def test_the_worst_confusions_are_named() -> None:
    matrix = np.eye(3) * 4
    matrix[0, 2] = 4
    said = " ".join(texts(figures.confusion({"both": matrix}, ["borneol", "toluene", "fenchol"])))
    assert "borneol for fenchol: 50 %" in said
    assert "both\n75 % right" in said


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


def test_without_other_spectra_siblings_stand_alone() -> None:
    figure = figures.siblings(MEASURED[0], spectra(4), np.zeros((0, BINS), np.float32), "x")
    assert len(figure.axes) == 5
    assert "other spectra" not in texts(figure)


def test_other_spectra_are_by_others_only_where_that_is_said() -> None:
    assert "other spectra" in texts(drawn("siblings"))
    who = ["Here", "A Place of a Rather Long Name", "There"]
    figure = figures.siblings(MEASURED[0], spectra(4), MEASURED[1:3], "x", "by others", who)
    said = texts(figure)
    assert {"by others", "Here"} <= set(said)
    assert any(text.startswith("There, cosine 0.") for text in said)
    figure.draw_without_rendering()
    heads = [one for axes in figure.axes for one in axes.texts]
    for axes in figure.axes:
        title = axes.title if axes.title.get_text().strip() else axes._right_title  # type: ignore[attr-defined]
        box = title.get_window_extent()
        assert not any(box.overlaps(head.get_window_extent()) for head in heads)


@pytest.mark.parametrize("name", ["spectra_per_chemical", "ratio_histograms", "accuracy_by_regime"])
def test_legends_cover_nothing_that_is_drawn(name: str) -> None:
    figure = drawn(name)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert not any(axes.get_legend() for axes in figure.axes)
    assert not any(box.overlaps(axes.get_tightbbox()) for axes in figure.axes)
    assert box.x1 <= figure.bbox.x1


def test_long_names_of_chemicals_are_written_within_a_confusion_matrix() -> None:
    names = [f"3alpha,7alpha,12alpha-trihydroxy-5alpha-cholan-{n}-oic acid methyl ester"
             for n in range(6)]
    wrong = np.eye(6) * 3 + np.eye(6)[::-1]
    ways = [f"{kind}, {way}" for kind in ("random forest", "neural network")
            for way in ("real only", "real and siblings")]
    for some in (names, names * 5):
        matrix = np.kron(np.eye(len(some) // 6), wrong)
        figure = figures.confusion(dict.fromkeys(ways, matrix), some)
        inked = (pixels(figure) < 0.97).any(2)
        assert not inked[:, :2].any()
        assert not inked[:, -2:].any()
        figure.draw_without_rendering()
        right = figure.axes[1].get_window_extent().x0
        for axes in figure.axes[::2]:
            assert all(text.get_window_extent().x1 < right for text in axes.texts)


def test_a_long_name_keeps_its_end() -> None:
    assert figure_style.shortened("pentyl benzoate", 20) == "pentyl benzoate"
    short = figure_style.shortened("p-tert-butylcyclohexyl acetate", 20)
    assert short == "p-tert-butylc…cetate"
    assert len(short) == 20


def test_gains_are_called_gains_and_stand_beside_a_line_at_zero() -> None:
    figure = drawn("accuracy_by_ratio")
    figure.draw_without_rendering()
    said = texts(figure)
    assert any(text.startswith("Gain in accuracy over real spectra only") for text in said)
    assert "gain, percentage points\n(mean, 95 % interval)" in said
    assert {"0", "+5", "+10"} <= set(said)
    assert not any("guessing" in text for text in said)
    for axes in figure.axes:
        low, high = axes.get_ylim()
        assert low < 0 < high
        assert any(list(line.get_ydata()) == [0, 0] for line in axes.lines)


def test_gains_of_one_sign_stand_beside_a_line_at_zero_too() -> None:
    figure = figures.accuracy_by_ratio({"forest": {"siblings": ([1, 2], [0.1, 0.2], [0.01, 0.02])}})
    low, _ = figure.axes[0].get_ylim()
    assert low <= 0


def intervals(figure: Figure) -> list[np.ndarray]:
    """Return the ends (low, high) of all intervals that are drawn."""
    from matplotlib.collections import LineCollection

    found = [bars for axes in figure.axes for bars in axes.collections
             if isinstance(bars, LineCollection)]
    return [segment[:, 1] for bars in found for segment in bars.get_segments()]


def test_accuracies_and_their_intervals_stay_between_nothing_and_all() -> None:
    figure = figures.accuracy_by_regime(
        {"forest": {"real only": ([1, 2, 4], [0.02, 0.97, 1.0], [0.1, 0.1, 0.1])}})
    ends = np.array(intervals(figure))
    np.testing.assert_allclose(ends, [(0, 0.12), (0.87, 1), (0.9, 1)])
    assert figure.axes[0].get_ylim() == (0, 1)


def test_where_there_is_no_interval_none_is_drawn_or_named() -> None:
    figure = figures.accuracy_by_regime(
        {"forest": {"real only": ([1, 2], [0.4, 0.5], [np.nan, np.nan])}})
    assert not intervals(figure)
    assert "accuracy (mean)" in texts(figure)
    some = figures.accuracy_by_regime(
        {"forest": {"real only": ([1, 2], [0.4, 0.5], [np.nan, 0.1])}})
    np.testing.assert_allclose(intervals(some), [(0.4, 0.4), (0.4, 0.6)])


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
