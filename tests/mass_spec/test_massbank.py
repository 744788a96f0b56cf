"""MassBank's records: tags and subtags become fields, the right columns become peaks."""

from __future__ import annotations

from mass_spec_records import content, read_samples, rewritten

from chemtranslate.chemical import Chemical
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.massbank import read_massbank
from chemtranslate_mass_spec.msp import read_msp, write_msp
from chemtranslate_mass_spec.spectrum import Spectrum

RECORD = """ACCESSION: T1
RECORD_TITLE: Acetone; EI-B; MS
CH$NAME: Acetone
CH$NAME: Propan-2-one
CH$SMILES: CC(C)=O
CH$LINK: CAS 67-64-1
CH$LINK: INCHIKEY CSCPPACGZOOCGX-UHFFFAOYSA-N
AC$MASS_SPECTROMETRY: MS_TYPE MS
PK$ANNOTATION: m/z formula
  43 C2H3O+
PK$NUM_PEAK: 2
PK$PEAK: m/z int. rel.int.
  43 5000.5 999
  58 1500 300
//
"""


def test_tags_and_the_intensity_column_are_read() -> None:
    first, second = read_samples(read_massbank, RECORD + RECORD.replace("T1", "T2"))
    assert isinstance(first, Sample)
    assert (first.id, first.name, second.id) == ("T1", "Acetone", "T2")
    assert first.chemical == Chemical(
        "CC(C)=O", "CSCPPACGZOOCGX-UHFFFAOYSA-N", "Acetone", "67-64-1"
    )
    assert first.signal == Spectrum.of([43, 58], [5000.5, 1500])
    assert first.metadata["CH$NAME"] == "Propan-2-one"
    assert first.metadata["AC$MASS_SPECTROMETRY MS_TYPE"] == "MS"
    assert first.metadata["PK$ANNOTATION"] == "m/z formula\n43 C2H3O+"


def test_a_record_keeps_everything_when_written_as_msp() -> None:
    samples = read_samples(read_massbank, RECORD)
    again = rewritten(read_msp, write_msp, samples)
    assert [content(s) for s in again] == [content(s) for s in samples]
