"""What the experiment's figures have in common: colours, sizes, and names that cover nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import fill, wrap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.errors import MissingExtraError
from chemtranslate.panels import FAINT, INK, MEASURED, TRANSLATED

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

Colour = str | tuple[float, float, float]
COLOURS = (
    MEASURED,
    TRANSLATED,
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#222222",
    "#882255",
)
"""Told apart with any kind of colour vision; after Okabe and Ito, and wine red after Tol."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
"""One for each colour, for eyes and printers without colours."""
REST = "#B8B8B8"
WIDTH, MARGIN = 7.0, 0.08
"""Width of a figure, which fits a page of paper, and its margin, inches."""
TITLE, LABEL, SMALL = 10.5, 9.0, 8.0
"""Sizes of type, points."""
LETTERS = 10.5
"""Letters of a title to an inch."""
PLACES: tuple[tuple[float, float], ...] = (
    (9, 0), (-9, 0), (0, 9), (0, -9), (7, 7), (-7, 7), (7, -7), (-7, -7),
    (12, 14), (-12, 14), (12, -14), (-12, -14), (0, 20), (0, -20), (24, 8), (-24, 8),
    (24, -8), (-24, -8), (20, 26), (-20, 26), (20, -26), (-20, -26), (0, 34), (0, -34),
)  # fmt: skip
"""Where a name may stand beside its point, in points, best first."""


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """Return an empty figure, inches, with a canvas of its own: no state is shared.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError:
        raise MissingExtraError.of("drawing figures", "plots") from None

    layout = ConstrainedLayoutEngine(w_pad=MARGIN, h_pad=MARGIN)
    figure = Figure(figsize=(width, height), facecolor="white", layout=layout)
    FigureCanvasAgg(figure)
    return figure


def dress(axes: Axes, title: str = "", across: str = "", up: str = "") -> None:
    """Give axes their title, the names of their axes, and no more lines than they need."""
    if title:
        axes.set_title(title, loc="left", fontsize=TITLE, fontweight="bold", color=INK)
    axes.set_xlabel(across, fontsize=LABEL, color=INK)
    axes.set_ylabel(up, fontsize=LABEL, color=INK)
    axes.tick_params(labelsize=SMALL, length=3, color=FAINT, labelcolor=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)


def headline(figure: Figure, title: str, name: str = "") -> None:
    """Set the title of a whole figure, on several lines where it is long.

    Args:
        title: may hold a formula.
        name: follows the title, of something that has a name of its own, however long.
    """
    width = int(LETTERS * figure.get_figwidth())
    lines = fill(title, width)
    if name:
        gap = " " if len(f"{title}: {name}") <= width else "\n"
        lines += f":{gap}{wrapped(name, width)}"
    figure.suptitle(lines, x=0.01, ha="left", fontsize=TITLE, fontweight="bold", color=INK)


def legend_below(figure: Figure, handles: Iterable[Artist], texts: Iterable[str]) -> Legend:
    """Explain the signs of a figure below its axes, where nothing is drawn.

    There are as few rows as the texts allow, and no more columns than these need.
    """
    handles, texts = list(handles), list(texts)
    room = (figure.get_figwidth() - 2 * MARGIN) * figure.dpi
    rows = 0
    while True:
        rows += 1
        columns = -(-len(texts) // rows)
        legend = figure.legend(
            handles,
            texts,
            loc="outside lower left",
            ncols=columns,
            columnspacing=1.4,
            frameon=False,
            fontsize=SMALL,
            labelcolor=INK,
        )
        if columns <= 1 or legend.get_window_extent().width <= room:
            return legend
        legend.remove()


def readable(name: str, length: int = 40) -> str:
    """Return a name as one line of at most some letters, for matplotlib to write."""
    return _no_formula(shortened(name, length))


def wrapped(name: str, width: int, lines: int = 3) -> str:
    """Return a name on lines of at most some letters each, for matplotlib to write."""
    parts = wrap(" ".join(name.split()), width, max_lines=lines, placeholder="…")
    return _no_formula("\n".join(parts))


def fitting(axes: Axes, template: str, names: Sequence[str]) -> str:
    """Return a line of small type with names that are as long as the width of axes allows.

    Args:
        axes: with their final place.
        template: with a place {} for each name.
        names: are shortened alike.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    line, probe = "", figure.text(0, 0, "", fontsize=SMALL)
    for length in range(max(map(len, names)), 3, -1):
        line = template.format(*(readable(name, length) for name in names))
        probe.set_text(line)
        if probe.get_window_extent().width <= axes.bbox.width:
            break
    probe.remove()
    return line


def shortened(name: str, length: int) -> str:
    """Return a name as one line of at most some letters.

    A long one loses its middle: the end of a chemical's name says as much as its beginning.
    """
    line, end = " ".join(name.split()), length // 3
    if len(line) <= length:
        return line
    return f"{line[: length - 1 - end]}…{line[len(line) - end :]}"


def _no_formula(text: str) -> str:
    """Keep matplotlib from seeing a formula between two dollars."""
    return text.replace("$", r"\$")


def percent(share: float, _: object = None) -> str:
    """Return a share from 0 to 1 in percent; of ticks too, as matplotlib also gives their place."""
    return f"{100 * share:.3g} %"


def rgb(colour: str) -> tuple[float, float, float]:
    """Return a colour as red, green and blue from 0 to 1."""
    from matplotlib.colors import to_rgb

    return to_rgb(colour)


def dark(colour: str) -> tuple[float, float, float]:
    """Return a colour that is dark enough for small type on white."""
    red, green, blue = rgb(colour)
    share = min(1.0, 0.42 / max(0.2126 * red + 0.7152 * green + 0.0722 * blue, 1e-6))
    return red * share, green * share, blue * share


def name_points(
    axes: Axes,
    names: Sequence[str],
    points: NDArray[np.floating],
    colours: Sequence[Colour] | None = None,
    keep_off: ArrayLike | None = None,
) -> int:
    """Write names beside points, each where it covers no name, no named point and no axis.

    A thin line leads from a name to its point. A name for which there is no room is left out.

    Args:
        axes: with their final limits.
        names: of the points, the most important first.
        points: (n, 2) in the units of the axes.
        colours: of the names.
        keep_off: (k, 2) further points to leave uncovered where that can be done.

    Returns:
        how many were written.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    pixels = axes.transData.transform(points)
    others = np.empty((0, 2)) if keep_off is None else axes.transData.transform(keep_off)
    boxes: list[Bbox] = []
    for number, name in enumerate(names):
        best: tuple[int, int, Bbox] | None = None
        for place in range(len(PLACES)):
            # Measured without its line, which would count as part of the name.
            note = _note(axes, name, points[number], place)
            box = note.get_window_extent()
            note.remove()
            covered = _inside(box, np.delete(pixels, number, 0))
            if covered or not _within(box, axes.bbox) or any(map(box.overlaps, boxes)):
                continue
            cost = _inside(box, others)
            if best is None or cost < best[0]:
                best = cost, place, box
            if not cost:
                break
        if best is not None:
            _, place, box = best
            line = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.6, "shrinkB": 3}
            far = max(map(abs, PLACES[place])) > 10
            note = _note(axes, name, points[number], place, line if far else None)
            note.set_color(colours[number] if colours is not None else INK)
            boxes.append(box)
    return len(boxes)


def _note(
    axes: Axes,
    name: str,
    point: NDArray[np.floating],
    place: int,
    line: dict[str, object] | None = None,
) -> Annotation:
    right, up = PLACES[place]
    note = axes.annotate(
        wrapped(name, 40),
        (float(point[0]), float(point[1])),
        (right, up),
        textcoords="offset points",
        fontsize=SMALL,
        ha="left" if right > 0 else "right" if right < 0 else "center",
        va="bottom" if up > 0 else "top" if up < 0 else "center",
        bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.6},
        arrowprops=line,
        zorder=6,
    )
    note.set_in_layout(False)
    return note


def _inside(box: Bbox, pixels: NDArray[np.floating]) -> int:
    low, high = box.get_points() + np.array([[-2.0], [2.0]])
    return int(((pixels > low) & (pixels < high)).all(1).sum())


def _within(box: Bbox, outer: Bbox) -> bool:
    low, high = box.get_points()
    least, most = outer.get_points()
    return bool((low >= least).all() and (high <= most).all())
