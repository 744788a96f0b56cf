"""The table of peaks opens in a spreadsheet, whatever a name holds."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from chemtranslate.sample import Sample
from chemtranslate_mass_spec.csvformat import write_csv


def test_each_peak_is_one_row(ethanol: Sample) -> None:
    stream = io.BytesIO()
    write_csv([replace(ethanol, name='a "b", c')], stream)
    rows = list(csv.reader(io.StringIO(stream.getvalue().decode())))
    assert rows[:2] == [["id", "name", "mz", "intensity", "origin"],
                        ["X1", 'a "b", c', "15", "8", "measured"]]
    assert len(rows) == 7


def test_each_peak_says_whether_it_was_measured_or_made(ethanol: Sample) -> None:
    stream = io.BytesIO()
    synthetic = {"Translated_from": "mass_spec", "Spectrum_origin": "synthetic"}
    write_csv([ethanol, replace(ethanol, metadata=synthetic),
               replace(ethanol, metadata={"Translated_from": "chemception"})], stream)
    rows = csv.DictReader(io.StringIO(stream.getvalue().decode()))
    assert [row["origin"] for row in rows] == [
        *["measured"] * 6, *["synthetic"] * 6, *["translated"] * 6]
