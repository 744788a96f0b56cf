"""Draw the figure of `how-to/unknown.md`: a measured spectrum, and what it probably is.

    python docs/unknown_figure.py PREPARED.msp --id ID --identifier DIR [--encoder NAME|DIR]
        [--decoder NAME|DIR] [--candidates FILE|TABLE] [--output docs/images/unknown.png]

shows the spectrum of the record ID, one of the test part, with its five most likely candidates:
structures, probabilities, and the measured spectrum above the predicted one. The models are the
identifier's own unless others are named, the candidates the hub's reference chemicals. Without ID
it lists the records that there are to choose from.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemtranslate.candidates import Candidates
from chemtranslate.chemical import standardise
from chemtranslate.cli.lookup import table_of
from chemtranslate.depict import depict
from chemtranslate.errors import InputError
from chemtranslate.hub import load_hub
from chemtranslate.identification.identifier import Answer, Guess
from chemtranslate.identification.naming import identifier_of
from chemtranslate.identification.pictures import Pictures, plot_of
from chemtranslate.identification.report import NONE, SHOWN
from chemtranslate.identification.verdict import called, percent, ranked, verdict
from chemtranslate.index import CATALOGUE
from chemtranslate.panels import FAINT, INK, MEASURED
from chemtranslate.sample import Sample
from chemtranslate.splits import part
from chemtranslate.table import EmbeddingTable
from chemtranslate.translator import Translator
from pages.places import IMAGES

mpl.use("Agg")

MODALITY = "mass_spec"
CELL = 7.6, 3.1
"""Width and height of a guess, inches."""
STRUCTURE, BOND = (400, 300), 56
"""Size of the drawing of a structure, and length of its bonds, pixels."""


def unseen(translator: Translator, file: str) -> Iterator[Sample]:
    """Yield the samples of chemicals of the test part."""
    for sample in translator.read(file, modality=MODALITY, on_reject=lambda reject: None):
        smiles = sample.chemical.smiles if sample.chemical else ""
        if smiles and part(standardise(smiles)[1]) == "test":
            yield sample


def table(translator: Translator, candidates: str | None) -> EmbeddingTable:
    """Return the candidates: a table, the chemicals of a file, or the hub's reference chemicals."""
    hub = translator.hub
    if candidates is None:
        return hub.reference
    if Path(candidates).is_dir() or candidates == CATALOGUE:
        return table_of(hub, candidates)
    structures = translator.plugins.hub(hub.card.name).structures
    chemicals = Translator(hub)
    return chemicals.table(chemicals.read(candidates, modality=structures), source=structures)


def draw(pictures: Pictures, answer: Answer) -> Figure:
    """Draw an answer: the sample in the first of six cells, a guess in each of the others."""
    width, height = CELL
    figure = Figure((2 * width, 3 * height), facecolor="white")
    guesses = answer.guesses[:SHOWN]
    ranks = {id(guess): rank for rank, guess in ranked(answer, SHOWN) if guess}
    mirrors = pictures.mirrors(answer.sample, guesses, "png")
    _sample(figure, pictures, answer)
    for number, (guess, mirror) in enumerate(zip(guesses, mirrors, strict=True), 1):
        _guess(figure, number, ranks[id(guess)], guess, mirror)
    return figure


def _sample(figure: Figure, pictures: Pictures, answer: Answer) -> None:
    """Draw the measured sample, what it probably is, and how likely it is none of these."""
    found = verdict(answer)
    _text(figure, 0, 0.02, 0.9, found.sentence, size=14, weight="bold")
    stated = answer.sample.chemical
    rank = next(rank for rank, guess in ranked(answer, SHOWN) if guess is None)
    _text(figure, 0, 0.02, 0.8, f"{rank}  {NONE} ({percent(answer.none)}); "
          f"measured: {called(stated) if stated else 'unknown'}", colour="#555555")
    picture = pictures.measured(answer.sample, "png")
    if picture:
        _picture(_axes(figure, 0, (0.02, 0.02, 0.92, 0.74)), picture)


def _guess(figure: Figure, cell: int, rank: int, guess: Guess, mirror: bytes | None) -> None:
    name = called(guess.chemical)
    _text(figure, cell, 0.02, 0.9, f"{rank}  {name if len(name) < 48 else name[:47] + '…'}",
          size=12, weight="bold")
    bar = _axes(figure, cell, (0.79, 0.885, 0.15, 0.045))
    bar.barh(0, 1, color="#e6e9ed")
    bar.barh(0, guess.probability, color=MEASURED)
    bar.set_xlim(0, 1)
    _text(figure, cell, 0.78, 0.9, percent(guess.probability), size=12, weight="bold", end=True)
    if guess.chemical.smiles:
        drawn = depict(guess.chemical.smiles, "png", *STRUCTURE, BOND)
        _picture(_axes(figure, cell, (0.0, 0.2, 0.25, 0.6)), drawn)
    _text(figure, cell, 0.02, 0.1, f"similarity {guess.similarity:.2f}\n"
          f"predicted match {guess.predicted:.2f}", size=9, colour=FAINT)
    if mirror:
        _picture(_axes(figure, cell, (0.26, 0.0, 0.72, 0.85)), mirror)


def _axes(figure: Figure, cell: int, box: tuple[float, float, float, float]) -> Axes:
    """Return axes without frame in a part of a cell."""
    row, column = divmod(cell, 2)
    left, bottom, width, height = box
    axes = figure.add_axes(
        ((column + left) / 2, (2 - row + bottom) / 3, width / 2, height / 3)
    )
    axes.set_axis_off()
    return axes


def _picture(axes: Axes, picture: bytes) -> None:
    from matplotlib.image import imread

    axes.imshow(imread(io.BytesIO(picture), format="png"), interpolation="antialiased")
    axes.set_anchor("W")


def _text(
    figure: Figure, cell: int, x: float, y: float, text: str, *, size: float = 10,
    weight: str = "normal", colour: str = INK, end: bool = False,
) -> None:
    row, column = divmod(cell, 2)
    figure.text((column + x) / 2, (2 - row + y) / 3, text.replace("$", r"\$"), fontsize=size,
                fontweight=weight, color=colour, va="center", ha="right" if end else "left")


def main() -> None:
    """Read the arguments; draw the figure or list what there is."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", metavar="PREPARED.msp")
    parser.add_argument("--id", help="of the record to show, one of the test part")
    for option in ("--encoder", "--decoder", "--identifier", "--candidates"):
        parser.add_argument(option)
    parser.add_argument("--output", type=Path, default=IMAGES / "unknown.png")
    args = parser.parse_args()
    chosen = {role: {MODALITY: getattr(args, role)} if getattr(args, role) else None
              for role in ("encoder", "decoder")}
    translator = Translator(load_hub(), **chosen)
    samples = unseen(translator, args.data)
    if not args.id:
        for sample in samples:
            print(sample.id, sample.name, sep="\t")
        return
    sample = next((one for one in samples if one.id == args.id), None)
    if sample is None:
        raise InputError(f"{args.data}: found no record {args.id!r} of the test part")
    identifier = identifier_of(translator, MODALITY, args.identifier)
    lineup = identifier.lineup(Candidates.of(table(translator, args.candidates)))
    (answer,) = identifier.answers([sample], lineup, k=SHOWN)
    spec = translator.plugins.modality(MODALITY)
    pictures = Pictures(plot_of(spec), identifier.evidence.decoder, lineup.candidates)
    draw(pictures, answer).savefig(args.output, dpi=110)


if __name__ == "__main__":
    main()
