"""What pictures of samples have in common: colours, headings, and which sample belongs to which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chemtranslate.errors import InputError, MissingExtraError
from chemtranslate.sample import Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("png", "svg", "pdf")
MEASURED, TRANSLATED = "#0072B2", "#D55E00"
"""Blue and vermilion of Okabe and Ito, told apart with any kind of colour vision."""
SHOWN_AS = "Shown_as"
"""Field of the metadata in which a sample says what pictures are to call it."""
INK, FAINT = "#222222", "#9A9A9A"


def partners(above: Sequence[Sample], below: Sequence[Sample], what: str) -> list[Sample | None]:
    """Return for each sample of `above` the next one of `below` that belongs to it.

    It belongs to the one that its field `Source_id` names, else to the one with its own id.

    Args:
        what: the modality's word for samples, for the message.

    Raises:
        InputError: `below` has samples and none belongs to one of `above`.
    """
    waiting: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in below:
        waiting[sample.metadata.get("Source_id") or sample.id].append(sample)
    found = [waiting[sample.id].pop(0) if waiting.get(sample.id) else None for sample in above]
    if below and not any(found):
        raise InputError(
            f"found {len(below)} {what} to draw below, the first belonging to "
            f"{next(iter(waiting))!r}, expected some that belong to those above, as to "
            f"{above[0].id!r}"
        )
    return found


def word_for(below: Sequence[Sample | None]) -> str:
    """Return what samples drawn below others are: "predicted" if one says so, else "translated"."""
    found = (sample.metadata.get(SHOWN_AS) for sample in below if sample)
    return next(filter(None, found), "translated")


def expect_matplotlib() -> type[Figure]:
    """Return matplotlib's class of figures; MissingExtraError where it is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError.of("plotting", "plots") from None
    return Figure


def figure_for(above: Sequence[Sample], kind: str, what: str) -> type[Figure]:
    """Return matplotlib's class of figures, once it is sure that a picture can be made.

    Args:
        above: the samples to draw.
        kind: of picture, one of KINDS.
        what: these samples, for the message ("mass spectra").

    Raises:
        InputError: there is nothing to draw, or the kind is another one.
        MissingExtraError: matplotlib is not installed.
    """
    figure = expect_matplotlib()
    check_kind(kind)
    if not above:
        raise InputError(f"found no {what} to draw, expected at least one")
    return figure


def check_kind(kind: str) -> None:
    """Raise InputError if a picture of this kind cannot be written."""
    if kind not in KINDS:
        raise InputError(f"found the picture format {kind!r}, expected one of {', '.join(KINDS)}")


def plain(axes: Axes) -> None:
    """Take from axes what is no data: two of their sides, dark ticks."""
    axes.tick_params(labelsize=8, length=3, color=FAINT, labelcolor=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(FAINT)


def heading(sample: Sample, width: int = 44) -> str:
    """Return what to call a sample above its panel, cut to fit."""
    name = sample.name or (sample.chemical.name if sample.chemical else "") or sample.id
    return name if len(name) <= width else name[: width - 1] + "…"
