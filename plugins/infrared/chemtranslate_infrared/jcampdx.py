"""JCAMP-DX files of infrared spectra.

McDonald and Wilks, Appl. Spectrosc. 42 (1988) 151 (version 4.24 of the protocol): blocks of
labelled data records, one spectrum each; a compound file (DATA TYPE=LINK) holds several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

import numpy as np
from numpy.typing import NDArray

from chemtranslate.chemical import Chemical, shorten
from chemtranslate.errors import InputError
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_infrared.ordinates import Line, TableError, pairs, stepped
from chemtranslate_infrared.spectrum import InfraredSpectrum, absorbance_of

STEPPED, PAIRS = "(X++(Y..Y))", "(XY..XY)"
LEVELS = 1_000_000
"""Steps of a written ordinate, from zero to the strongest band."""

_LABEL = re.compile(r"##([^=]*)=(.*)")
_TABLES = {"XYDATA", "XYPOINTS"}
_AXES = {
    "JCAMPDX", "DATATYPE", "XUNITS", "YUNITS", "XFACTOR", "YFACTOR", "FIRSTX", "LASTX", "DELTAX",
    "FIRSTY", "MAXX", "MINX", "MAXY", "MINY", "NPOINTS", "END",
}  # fmt: skip
"""Labels that say how the spectrum is written; a writer states them anew."""
_IDENTITY = {"TITLE", "CASREGISTRYNO", "$ID", "$SMILES", "$INCHIKEY", "SMILES", "INCHIKEY"}
_STANDARD = {
    "ORIGIN", "OWNER", "DATE", "TIME", "LONGDATE", "MOLFORM", "STATE", "PATHLENGTH", "PRESSURE",
    "TEMPERATURE", "RESOLUTION", "NAMES", "CLASS", "CASNAME", "SAMPLEDESCRIPTION", "MP", "BP",
    "SPECTROMETERDATASYSTEM", "INSTRUMENTPARAMETERS", "SAMPLINGPROCEDURE", "DATAPROCESSING",
    "SOURCEREFERENCE", "CROSSREFERENCE", "MW", "DENSITY", "REFRACTIVEINDEX", "CONCENTRATIONS",
}  # fmt: skip
"""Labels of the protocol; a writer's own begin with "$"."""


@dataclass
class _Block:
    """One block: what its labels say, how they are spelled, in which lines, and its table."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    table: list[Line] = field(default_factory=list)

    def says(self, name: str) -> str:
        return self.values.get(name, "").strip()

    @property
    def compound(self) -> bool:
        """Whether it only holds other blocks together."""
        return self.says("DATATYPE").upper() == "LINK"

    def number(self, name: str, default: float | None = None) -> float:
        """Return what a label says as a number; TableError where it says none."""
        text = self.says(name)
        if not text:
            if default is None:
                raise TableError(self.line, f"the block that begins here has no ##{name}=")
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            raise TableError(self.lines[name], f"found ##{name}={shorten(text)}, expected a number")
        return value


def read_jcamp(stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
    """Read a JCAMP-DX file of infrared spectra, one record a block.

    Abscissas may be 1/cm, micrometres or nanometres, ordinates absorbance or transmittance; tables
    may be XYDATA (AFFN, PAC, SQZ, DIF, DUP) or XYPOINTS. What is no infrared spectrum, or in other
    units, is rejected.

    Raises:
        InputError: the file does not begin as a JCAMP-DX file.
    """
    blocks = (pair for pair in _blocks(stream, file) if not pair[0].compound)
    for record, (block, whole) in enumerate(blocks, 1):
        place, title = Place(file, record), block.says("TITLE")
        try:
            if not whole:
                raise TableError(block.line, "the block that begins here has no ##END=")
            yield _sample(block, place)
        except TableError as error:
            yield Reject(place, title, str(error), "malformed", malformed=True)
        except InputError as error:
            yield Reject(place, title, str(error), "other data")


def _blocks(stream: IO[bytes], file: str) -> Iterator[tuple[_Block, bool]]:
    """Yield each block, and whether it came to its end."""
    block: _Block | None = None
    name = ""
    for number, raw in enumerate(stream, 1):
        text = raw.decode("utf-8-sig", "replace").partition("$$")[0].strip()
        labelled = _LABEL.match(text)
        if labelled and _name(labelled[1]) == "TITLE":
            if block is not None:
                yield block, block.compound
            block = _Block(number)
        if labelled and block is not None:
            name = _name(labelled[1])
            block.values[name] = labelled[2].strip()
            block.labels[name], block.lines[name] = labelled[1].strip(), number
            if name == "END":
                yield block, True
                block = None
        elif block is not None and text:
            if name in _TABLES:
                block.table.append((number, text))
            else:
                block.values[name] += f"\n{text}"
        elif text and not name:
            raise InputError(
                f"{file}, line {number}: found {shorten(text)!r}, expected ##TITLE=, with which a "
                "block of a JCAMP-DX file begins"
            )
    if block is not None:
        yield block, block.compound
    elif not name:
        raise InputError(f"{file}: found nothing but white space, expected a JCAMP-DX file")


def _name(label: str) -> str:
    """Return a label as the protocol compares labels."""
    return re.sub(r"[ \-/_]", "", label).upper()


def _sample(block: _Block, place: Place) -> Sample:
    kind = block.says("DATATYPE")
    if kind and "INFRARED" not in kind.upper():
        raise InputError(f"found ##DATA TYPE={shorten(kind)}, expected INFRARED SPECTRUM")
    abscissas, ordinates = _points(block)
    wavenumbers = _wavenumbers(block, abscissas)
    absorbances = _absorbances(block, ordinates)
    try:
        signal = InfraredSpectrum.of(wavenumbers, absorbances)
    except InputError as error:
        raise TableError(block.line, f"in the block that begins here: {error}") from None
    title, cas = block.says("TITLE"), block.says("CASREGISTRYNO")
    smiles = block.says("$SMILES") or block.says("SMILES")
    inchikey = block.says("$INCHIKEY") or block.says("INCHIKEY")
    return Sample(
        block.says("$ID") or title or f"record {place.record}",
        signal,
        title,
        Chemical(smiles, inchikey, title, cas) if smiles or inchikey or cas else None,
        {
            block.labels[name].removeprefix("$"): value
            for name, value in block.values.items()
            if name not in _AXES | _IDENTITY | _TABLES and value.strip()
        },
        place,
    )


def _points(block: _Block) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return abscissas and ordinates (n,), in the units of the block."""
    label = next((name for name in _TABLES if name in block.values), "")
    form = re.sub(r"\s", "", block.says(label)).upper()
    if form not in (STEPPED.upper(), PAIRS):
        found = f"found ##{label}={block.says(label)}" if label else "found no ##XYDATA="
        line = block.lines.get(label, block.line)
        raise TableError(line, f"{found}, expected one of the form {STEPPED} or {PAIRS}")
    count = block.number("NPOINTS")
    if count < 2 or count != int(count):
        found = block.says("NPOINTS")
        raise TableError(block.lines["NPOINTS"], f"found ##NPOINTS={found}, expected 2 or more")
    factor = block.number("XFACTOR", 1.0)
    if form == PAIRS:
        table = np.array(pairs(block.table), np.float64).reshape(-1, 2)
        x, y = table[:, 0] * factor, table[:, 1]
    else:
        first, last = block.number("FIRSTX"), block.number("LASTX")
        step = (last - first) / (count - 1)
        if step == 0:
            raise TableError(block.lines["LASTX"], f"found ##LASTX={last:g}, which is ##FIRSTX=")
        y = np.array(stepped(block.table, first, step, factor), np.float64)
        x = np.linspace(first, last, int(count)) if len(y) == count else y
    if len(y) != count:
        end = block.table[-1][0] if block.table else block.lines[label]
        raise TableError(end, f"the table ends after {len(y)} points, expected ##NPOINTS={count:g}")
    return x, y * block.number("YFACTOR", 1.0)


def _wavenumbers(block: _Block, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return abscissas (n,) as 1/cm."""
    units = block.says("XUNITS")
    if re.fullmatch(r"1/CM|CM\^?-1|CM\*\*-1|WAVENUMBERS?.*", units.upper()):
        return x
    per_metre = {"MICROMETERS": 1e4, "MICROMETRES": 1e4, "UM": 1e4, "NANOMETERS": 1e7, "NM": 1e7}
    length = per_metre.get(units.upper())
    if length is None:
        raise InputError(
            f"found ##XUNITS={units or '(none)'}, expected 1/CM, MICROMETERS or NANOMETERS"
        )
    with np.errstate(divide="ignore"):
        return np.asarray(length / x)


def _absorbances(block: _Block, y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ordinates (n,) as absorbance."""
    units = block.says("YUNITS").upper()
    if units.startswith("ABSORBANCE"):
        return y
    if "TRANSMITTANCE" in units or units in ("%T", "T"):
        percent = "%" in units or "PERCENT" in units or np.nanmax(y, initial=0.0) > 2
        return absorbance_of(y / 100 if percent else y)
    raise InputError(
        f"found ##YUNITS={units or '(none)'}, expected ABSORBANCE or TRANSMITTANCE"
    )


def write_jcamp(samples: Iterable[Sample], stream: IO[bytes]) -> None:
    """Write spectra as JCAMP-DX, one block each: absorbance over 1/cm.

    Evenly spaced ones are tables of the form XYDATA in whole numbers, a millionth of the strongest
    band apart; others XYPOINTS.
    """
    for sample in samples:
        stream.write(_block(sample).encode())


def _block(sample: Sample) -> str:
    spectrum: InfraredSpectrum = sample.signal
    chemical = sample.chemical or Chemical()
    own = {_name(label): text for label, text in sample.metadata.items()}
    records = [
        ("TITLE", sample.name or sample.id),
        ("JCAMP-DX", "4.24"),
        ("DATA TYPE", "INFRARED SPECTRUM"),
        *(("ORIGIN", "chemtranslate") for _ in range("ORIGIN" not in own)),
        *(("OWNER", "not stated") for _ in range("OWNER" not in own)),
        ("CAS REGISTRY NO", chemical.cas),
        ("$ID", sample.id if sample.id != sample.name else ""),
        ("$SMILES", chemical.smiles),
        ("$INCHIKEY", chemical.inchikey),
    ]
    for label, text in sample.metadata.items():
        standard = _name(label) in _STANDARD or label.startswith((".", "$"))
        records.append((label if standard else f"${label}", text))
    lines = [f"##{label}={_safe(text)}" for label, text in records if text]
    return "\n".join([*lines, *_table(spectrum), "##END=", ""])


def _safe(text: str) -> str:
    """Keep a text from being read as a comment or as another label."""
    return "\n".join(line.strip() for line in text.replace("$$", "$ $").split("\n")).replace(
        "\n##", "\n# #"
    )


def _table(spectrum: InfraredSpectrum) -> Iterator[str]:
    x, y = spectrum.wavenumbers, spectrum.absorbances
    even = np.allclose(np.diff(x), (x[-1] - x[0]) / (len(x) - 1), rtol=1e-6, atol=0)
    strongest = float(np.nanmax(np.abs(y), initial=0.0))
    factor = strongest / LEVELS if even and strongest else 1.0
    yield "##XUNITS=1/CM"
    yield "##YUNITS=ABSORBANCE"
    yield "##XFACTOR=1"
    yield f"##YFACTOR={factor:.9g}"
    yield f"##FIRSTX={x[0]:.10g}"
    yield f"##LASTX={x[-1]:.10g}"
    yield f"##NPOINTS={len(x)}"
    if not even:
        yield f"##XYPOINTS={PAIRS}"
        for one, other in zip(x, y, strict=True):
            yield f"{one:.10g}, {'?' if np.isnan(other) else f'{other:.9g}'}"
        return
    yield f"##FIRSTY={y[0]:.9g}" if not np.isnan(y[0]) else "$$ the first ordinate is missing"
    yield f"##XYDATA={STEPPED}"
    for start in range(0, len(x), 10):
        levels = y[start : start + 10] / factor
        yield " ".join(
            [f"{x[start]:.10g}", *("?" if np.isnan(v) else f"{round(v)}" for v in levels)]
        )
