"""The nuclei whose shifts this plugin knows, and what is usual for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nucleus:
    """A nucleus and its scale of chemical shifts; all numbers are ppm.

    Attributes:
        name: as spectroscopists write it, "13C".
        modality: its name in chemtranslate.
        possible: lowest and highest shift that a compound is known to come near; what lies beyond
            is taken for an error, as for a frequency in Hz.
        first, last: ends of the grid; beyond them lie few shifts, and they are left out.
        fine, coarse: widths of the bins of the grid, chosen by `benchmarks/nmr_grids.py`.
        tolerance: two shifts no farther apart count as the same in another solvent.
        reference: standard deviation of a shift of all peaks between laboratories.
        jitter: standard deviation of the shift of one peak between laboratories.
        least: share of the distinct nuclei of a structure that a list for training must have.
        shown: ends of the axis of pictures.
    """

    name: str
    modality: str
    possible: tuple[float, float]
    first: float
    last: float
    fine: float
    coarse: float
    tolerance: float
    reference: float
    jitter: float
    least: float
    shown: tuple[float, float]


CARBON = Nucleus(
    name="13C",
    modality="nmr_13c",
    possible=(-350, 500),
    first=-20,
    last=240,
    fine=2,
    coarse=10,
    tolerance=2,
    reference=0.3,
    jitter=0.3,
    least=0.5,
    shown=(0, 220),
)
PROTON = Nucleus(
    name="1H",
    modality="nmr_1h",
    possible=(-60, 40),
    first=-2,
    last=16,
    fine=0.2,
    coarse=1,
    tolerance=0.2,
    reference=0.03,
    jitter=0.03,
    least=0.25,
    shown=(0, 12),
)
NUCLEI = {one.name: one for one in (CARBON, PROTON)}
