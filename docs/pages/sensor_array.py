"""`sensor-array.md`: readings of gas sensor arrays, and what drift does to naming their gas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pages.grids import printed, tables
from pages.places import NOT_MEASURED, NOTE, RESULTS, measured

TEXT = Path(__file__).with_name("sensor_array_text.md")
LATER, CHOICE, SPECTRA = (
    "sensor_array.json", "sensor_array_choice.json", "sensor_array_to_mass_spec.json")
BENCHMARKS = "python plugins/sensor_array/benchmarks"
SPREAD = ", spread"


def page(folder: Path = RESULTS) -> str:
    """Return the page, its tables filled from the files of a folder."""
    lines = [NOTE, "# Sensor arrays", "", TEXT.read_text(encoding="utf-8").strip(), "",
             "## How form and settings were chosen", "",
             f"`{BENCHMARKS}/choose.py batch1.dat batch2.dat batch3.dat -o docs/results/{CHOICE}`",
             "",
             "Learned from batches 1 and 2, chosen on batch 3; no later batch was opened. Share of "
             "readings whose gas was named, mean and standard deviation over 3 seeds. `ratios` is "
             "the drift-aware form, `values` the plain one. Both learn without contrast and gain: "
             "best for values, and for ratios as good as any within the spread.", ""]
    choice = measured(folder / CHOICE)
    lines += _choice(choice) if choice else [NOT_MEASURED, ""]
    lines += ["## Naming the gas months later", "",
              f"`{BENCHMARKS}/later_batches.py gas_drift.zip -o docs/results/{LATER}`", ""]
    later = measured(folder / LATER)
    lines += _later(later) if later else [NOT_MEASURED, ""]
    lines += ["## From a reading to a mass spectrum", "",
              f"`{BENCHMARKS}/to_mass_spec.py gas_drift.zip PREPARED.msp -o "
              f"docs/results/{SPECTRA}`", ""]
    spectra = measured(folder / SPECTRA)
    lines += _spectra(spectra) if spectra else [NOT_MEASURED, ""]
    return "\n".join(lines).rstrip() + "\n"


def _choice(found: Mapping[str, list[float]]) -> list[str]:
    rows = [f"| {name} | {_with_spread(*values)} |" for name, values in found.items()]
    return ["| form, way | batch 3 |", "|---|---:|", *rows, ""]


def _later(found: Mapping[str, Any]) -> list[str]:
    lines = ["By the hub: the encoder's vector is nearest to the point of which of the six gases. "
             "Beside it a random forest of 200 trees and the nearest neighbour on the same forms, "
             f"standardised. {found['seeds']} seeds, mean and standard deviation.", ""]
    for title, table in found["accuracy"].items():
        lines += [f"{title[:1].upper()}{title[1:]}. {_verdict(table)}", "", *_accuracies(table)]
    return [*lines, *tables({"readings of each gas": found["readings"]})]


def _accuracies(table: Mapping[str, Mapping[str, float]]) -> list[str]:
    batches = [name for name in next(iter(table.values())) if not name.endswith(SPREAD)]
    lines = ["| | " + " | ".join(batches) + " |", "|---|" + "---:|" * len(batches)]
    for way, row in table.items():
        cells = [_with_spread(row[batch], row[batch + SPREAD]) for batch in batches]
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _verdict(table: Mapping[str, Mapping[str, float]]) -> str:
    """Say on which batches either form is ahead by the hub, by more than both spreads together."""
    plain, aware = table["hub, plain"], table["hub, drift-aware"]
    ahead: dict[str, list[str]] = {"drift-aware": [], "plain": [], "neither": []}
    for batch in (name for name in plain if not name.endswith(SPREAD)):
        gain, spread = aware[batch] - plain[batch], aware[batch + SPREAD] + plain[batch + SPREAD]
        form = "neither" if abs(gain) <= spread else "drift-aware" if gain > 0 else "plain"
        ahead[form].append(batch.removeprefix("batch "))
    said = "; ".join(f"{form} on {', '.join(found)}" for form, found in ahead.items() if found)
    return f"By the hub, the form that is ahead by more than both spreads together is: {said}."


def _with_spread(mean: float, spread: float) -> str:
    return f"{mean:.3f} ± {spread:.3f}" if spread else f"{mean:.3f}"


def _spectra(found: Mapping[str, Any]) -> list[str]:
    return [
        f"Readings of batch {found['batch']} through the encoder `{found['encoder']}` and the "
        f"decoder `{found['decoder']}`, beside what that decoder makes of the chemicals' own "
        "points. Weighted cosine is with the most "
        "similar library spectrum of the chemical; the rank is that of the chemical among the "
        f"{printed(found['chemicals in the library'])} of the library.", "",
        *tables({"by gas": found["gases"]})]
