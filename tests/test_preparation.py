"""What any preparation sets aside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.preparation import fit_for_training
from chemtranslate.sample import Place, Reject, Sample


class Four:
    shape: tuple[int, ...] = (4,)
    dtype = "float32"

    def to_array(self, sample: Sample) -> np.ndarray:
        if len(sample.signal) != 4:
            raise InputError(f"found {len(sample.signal)} numbers, expected 4")
        return np.asarray(sample.signal, np.float32)

    def to_signal(self, array: np.ndarray) -> list[float]:
        return list(array)


GOOD = Sample("a", [1, 2, 3, 4], "a", Chemical("CCO"), {}, Place("x", 1))


def kinds(*records: Sample | Reject) -> list[str]:
    found = fit_for_training(
        records, Four(), {"hot": lambda s: "found 90 °C" if "T" in s.metadata else ""})
    return [one.kind if isinstance(one, Reject) else "kept" for one in found]


def test_every_record_comes_out_with_its_kind() -> None:
    assert kinds(
        GOOD,
        Reject(Place("x", 2), "b", "broken", "malformed", malformed=True),
        replace(GOOD, metadata={"Spectrum_origin": "synthetic"}),
        replace(GOOD, chemical=None),
        replace(GOOD, chemical=Chemical("C1CC")),
        replace(GOOD, metadata={"T": "90"}),
        replace(GOOD, signal=[1]),
        replace(GOOD, id="again"),
        replace(GOOD, chemical=Chemical("CCC")),
        replace(GOOD, signal=[1, 2, 3, 5]),
    ) == ["kept", "malformed", "synthetic", "no structure", "no structure", "hot",
          "not of the form", "duplicate", "kept", "kept"]


def test_a_duplicate_names_the_record_that_it_repeats() -> None:
    _, twin = fit_for_training([GOOD, replace(GOOD, id="b", place=Place("x", 2))], Four())
    assert str(twin) == "x, record 2 (b): the same signal as a"
