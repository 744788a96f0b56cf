"""The page of open-set identification: what was measured of naming unknowns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pages.grids import named_values, tables
from pages.places import IMAGES, NOT_MEASURED, NOTE, RESULTS, measured

NAMING, ENCODER = "identification.json", "open_encoder.json"
ELSEWHERE, SPEED = "other_laboratory.json", "identification_speed.json"


def page(folder: Path = RESULTS) -> str:
    """Return what was measured of identification."""
    return "\n".join([
        NOTE, "# Naming chemicals that nobody has measured", "",
        "How well `identify --by evidence` does, and whether it knows how well. "
        "[What is this unknown?](how-to/unknown.md) says how to use it. Where nothing else is "
        "said, figures are of chemicals of the test part, from which neither the hub nor any "
        "other model has learned, and one spectrum of each is asked for.", "",
        *_naming(measured(folder / NAMING)),
        *_elsewhere(measured(folder / ELSEWHERE)),
        *_encoder(measured(folder / ENCODER)),
        *_section("Speed", "benchmarks/identification_speed.py", SPEED, folder, [
            "Two cores, nothing else running. Predictions are kept in the user's cache."]),
    ]).rstrip() + "\n"


def _section(title: str, command: str, name: str, folder: Path, text: list[str]) -> list[str]:
    content = measured(folder / name)
    lines = [f"## {title}", "", f"`python {command} -o docs/results/{name}`", ""]
    if not content:
        return [*lines, NOT_MEASURED, ""]
    return [*lines, *text, "", *tables(content)]


def _naming(found: Mapping[str, Any] | None) -> list[str]:
    lines = ["## Which chemical is it?", "", "`python benchmarks/identification.py PREPARED.msp "
             f"--raw LIBRARY.msp.gz -o docs/results/{NAMING}`", ""]
    if not found:
        return [*lines, NOT_MEASURED, ""]
    unseen = found["identification"]
    lines += [
        f"Encoder `{found['encoder']}`, decoder `{found['decoder']}`. Candidates are the unseen "
        "chemicals, or all chemicals of the library; of the unknown's own chemical the library "
        "holds no spectrum, so library search finds it never. The last row is no fair figure: as "
        "the library holds all candidates but one, to be missing from it gives the one away. It "
        "shows that a library without the chemical does no harm.", "",
        *tables(unseen["ways"]),
        "## Are the probabilities right?", "",
        "Each unknown was asked for twice: among a list with its chemical, and among the same "
        "list without: probabilities are made for unknowns of which half are missing. Of first "
        "guesses that were given a probability, so many were right. On long lists those of more "
        "than one half are too sure: the one candidate that stands alone does so more often where "
        "the right one is missing.", "",
        *_picture("reliability.png", "Stated probability of the first guess, and how often it was "
                  "right; a point's area is the number of unknowns."),
    ]
    for name, rows in unseen["reliability"].items():
        lines += [f"**Among {name}**", "", *tables(rows)]
    lines += [
        "## Do sets hold the chemical as often as asked?", "",
        "A set is never empty: where the first guess alone is right more often than asked, the "
        "set covers more than asked.", "",
    ]
    for name, rows in unseen["sets"].items():
        lines += [f"**Among {name}**", "", *tables(rows)]
    lines += ["With `--library`, candidates that it lacks and candidates that it holds are let in "
              "by thresholds of their own:", ""]
    for name, rows in found.get("sets with the library", {}).items():
        lines += [f"**Among all chemicals that there are: {name}**", "", *tables(rows)]
    lines += ["## Chemicals that the library does hold", "",
              "Each of their spectra was asked for, with the others in the library; each chemical "
              "counts as much as another.", ""]
    for name, rows in found["held by another spectrum"].items():
        apart = {figure: "{:+.3f} ({:+.3f} to {:+.3f})".format(*values)
                 for figure, values in rows["difference"].items()}
        lines += [f"**{name[:1].upper()}{name[1:]}**, {rows['spectra']} spectra of "
                  f"{rows['chemicals']} chemicals", "", *tables(rows["ways"]),
                  *named_values("Evidence and library less library alone, with the 95 % interval "
                                "of the difference", apart)]
    if "familiarity" in found:
        lines += ["## Is it like anything seen?", "",
                  "Familiarity of samples of other kinds, against that of the test part's own "
                  "spectra. No record of field ionisation (FI) or of chemical ionisation at "
                  "atmospheric pressure (APCI) was learned from.", "",
                  *tables(found["familiarity"])]
    return lines


def _elsewhere(found: Mapping[str, Any] | None) -> list[str]:
    lines = ["## Another laboratory", "", "`benchmarks/other_laboratory.py` says how.", ""]
    if not found:
        return [*lines, NOT_MEASURED, ""]
    labs = ", ".join(f"{name} {count}" for name, count in found["laboratories"].items())
    lines += [
        f"Encoder, decoder and identifier were trained again on what one laboratory has measured, "
        f"without the chemicals of the others (the hub, which sees no spectra, was not); then "
        f"asked for all of the others' {found['spectra']} spectra of {found['chemicals']} "
        f"chemicals ({labs}).", "", *tables(found["identification"]),
        "Sets as the identifier comes, among all:", "",
        *tables(found["sets as the identifier comes"]),
        "Sets after `--calibrate` on 100 of these spectra, for chemicals of others of them:", "",
        *tables(found["sets after calibration"]),
    ]
    return lines


def _encoder(found: Mapping[str, Any] | None) -> list[str]:
    lines = ["## What each part of the encoder is worth", "",
             f"`python benchmarks/open_encoder.py PREPARED.msp -o docs/results/{ENCODER}`", ""]
    if not found:
        return [*lines, NOT_MEASURED, ""]
    lines += [f"By place in the hub alone, on {found['spectra']} spectra of the valid part, one "
              "seed each. Each row adds to, or changes, one thing; differences within the spread "
              "of seeds below say nothing.", "", *tables(found["variants"])]
    if seeds := found.get("seeds"):
        figures = {name: f"{one['mean']:.3f} ± {one['deviation']:.3f}"
                   for name, one in seeds["figures"].items()}
        lines += named_values(f"*{seeds['variant']}*, {seeds['number']} seeds, mean and standard "
                              "deviation", figures)
    return lines


def _picture(name: str, text: str) -> list[str]:
    """Return the lines that show a picture, if `docs/figures.py` has drawn it."""
    there = (IMAGES / name).exists()
    return [f"![{text}](images/{name})", "", f"*{text}*", ""] if there else []
