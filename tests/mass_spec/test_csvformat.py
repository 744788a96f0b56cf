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
    assert rows[:2] == [["id", "name", "mz", "intensity"], ["X1", 'a "b", c', "15", "8"]]
    assert len(rows) == 7
