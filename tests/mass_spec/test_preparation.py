"""Preparation keeps what a record proves, and says of everything else why not."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

import pytest

from chemtranslate.chemical import Chemical
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate_mass_spec.msp import read_msp
from chemtranslate_mass_spec.preparation import prepare
from chemtranslate_mass_spec.spectrum import Spectrum


def with_fields(
    sample: Sample, smiles: str = "CCO", name: str = "ethanol", **fields: str
) -> Sample:
    return replace(sample, name=name, chemical=Chemical(smiles, name=name), metadata=fields)


def kind_of(sample: Sample) -> str:
    (record,) = prepare([sample])
    return record.kind if isinstance(record, Reject) else "kept"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "kept"),
        ({"Spectrum_origin": "measured"}, "kept"),
        ({"spectrum_ORIGIN": "synthetic", "Instrument_type": "CI"}, "synthetic"),
        ({"Comments": '"Spectrum_origin=synthetic"'}, "synthetic"),
        ({"Instrument_type": "EI-B"}, "kept"),
        ({"instrument_type": "GC-APCI-QTOF"}, "not EI"),
        ({"Comments": '"ionization=CI" "x=y"'}, "not EI"),
        ({"Ionization": "Chemical ionization"}, "not EI"),
        ({"Instrument_type": "GC-EI-TOF", "Spectrum_type": "MS2"}, "not a full scan"),
        ({"Spectrum_type": "MS1"}, "kept"),
        ({"smiles": ""}, "no structure"),
        ({"smiles": "", "InChI": "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3"}, "kept"),
        ({"smiles": "", "InChI": "InChI=1S/garbage"}, "unreadable structure"),
        ({"smiles": "C(C"}, "unreadable structure"),
        ({"smiles": "[2H]OCC"}, "isotope-labelled"),
        ({"Formula": "C2HD5O"}, "isotope-labelled"),
        ({"name": "ethanol-d5"}, "isotope-labelled"),
        ({"name": "ETHANOL (1,1-D2)"}, "isotope-labelled"),
        ({"name": "vitamin-D3"}, "kept"),
        ({"name": "2H-1-benzopyran"}, "kept"),
        ({"COMMENT": "The sample analyzed is labeled with 13C at carbon 2."}, "isotope-labelled"),
        ({"Formula": "C2H6O"}, "kept"),
        ({"Formula": "C3H8O"}, "mass inconsistent"),
        ({"MW": "46"}, "kept"),
        ({"MW": "60"}, "mass inconsistent"),
        ({"RECORD_TITLE": "ethanol; GC-EI-TOF; MS; 1 TMS"}, "derivative"),
        ({"name": "ethanol (1MEOX)"}, "derivative"),
    ],
)
def test_each_record_is_judged_by_what_it_says(
    ethanol: Sample, fields: dict[str, str], kind: str
) -> None:
    assert kind_of(with_fields(ethanol, **fields)) == kind


def test_a_synthetic_record_is_told_what_was_found_and_expected(ethanol: Sample) -> None:
    (record,) = prepare([with_fields(ethanol, Spectrum_origin="synthetic")])
    assert isinstance(record, Reject)
    assert record.reason == "found Spectrum_origin: synthetic, expected a measured sample"


def test_peaks_far_above_the_molecular_mass_speak_of_a_derivative(ethanol: Sample) -> None:
    known = with_fields(ethanol)
    mz, heights = ethanol.signal.mz, ethanol.signal.intensities
    above = [*mz, 73, 103, 104, 117, 118]
    ghost = Spectrum.of([*mz, 207], [*heights, 1])
    assert kind_of(replace(known, signal=ghost)) == "kept"
    assert kind_of(replace(known, signal=Spectrum.of([*mz, 75], [*heights, 5]))) == "derivative"
    assert (
        kind_of(replace(known, signal=Spectrum.of(above, [*heights, *[0.2] * 5]))) == "derivative"
    )
    assert kind_of(replace(known, signal=Spectrum.of(above, [*heights, *[0.01] * 5]))) == "kept"


def test_the_isotopes_of_many_halogens_are_no_derivative() -> None:
    pattern = Spectrum.of([73, 545, 547, 549, 551, 553, 555, 557.5], [9, 5, 30, 74, 100, 74, 30, 6])
    sample = Sample("h", pattern, "", Chemical("Brc1c(Br)c(Br)c(Br)c(Br)c1Br"))
    assert kind_of(sample) == "kept"


def test_a_derivative_under_its_own_structure_is_a_chemical_of_its_own(ethanol: Sample) -> None:
    own = with_fields(ethanol, smiles="CCO[Si](C)(C)C", name="ethanol, 1 TMS")
    assert kind_of(own) == "kept"


def test_few_peaks_and_a_far_base_peak_are_set_aside(ethanol: Sample) -> None:
    known = with_fields(ethanol)
    few = replace(known, signal=Spectrum.of([29, 31, 45, 46], [1, 2, 3, 4]))
    far = replace(known, signal=Spectrum.of([29, 900], [1, 2]))
    assert kind_of(few) == "too few peaks"
    assert kind_of(far) == "base peak out of range"


def test_the_same_spectrum_twice_is_a_duplicate_only_within_a_chemical(ethanol: Sample) -> None:
    first = with_fields(ethanol)
    ether = with_fields(ethanol, smiles="COC", name="ethanol")
    salt = replace(with_fields(ethanol, smiles="CC[O-].[Na+]", name="other"), id="X2")
    kept, other, duplicate = prepare([first, ether, salt])
    assert isinstance(kept, Sample)
    assert isinstance(other, Sample)
    assert isinstance(duplicate, Reject)
    assert duplicate.kind == "duplicate"
    assert "1.0000 to X1 of the same chemical" in duplicate.reason


def test_what_is_kept_carries_the_standard_structure_and_its_own_name(ethanol: Sample) -> None:
    (kept,) = prepare([with_fields(ethanol, smiles="OCC")])
    assert kept == replace(ethanol, chemical=Chemical("CCO", "LFQSCWFLJHTTHZ", "ethanol"))


def test_what_is_prepared_can_be_prepared_again(ethanol: Sample) -> None:
    salt = with_fields(ethanol, "CC[O-].[Na+]", Formula="C2H5NaO", MW="68.05")
    (kept,) = prepare([salt])
    assert isinstance(kept, Sample)
    assert kept.chemical
    assert kept.chemical.smiles == "CCO"
    (again,) = prepare([kept])
    assert again == kept
    (other,) = prepare([replace(kept, chemical=Chemical("CCC"))])
    assert isinstance(other, Reject)
    assert other.kind == "mass inconsistent"


def test_a_stated_structure_that_cannot_be_read_is_passed_over(ethanol: Sample) -> None:
    (kept,) = prepare([with_fields(ethanol, Stated_smiles="C(C")])
    assert isinstance(kept, Sample)
    assert "Stated_smiles" not in kept.metadata


def test_malformed_records_pass_through() -> None:
    reject = Reject(Place("f", 1), "x", "why", kind="malformed", malformed=True)
    assert list(prepare([reject])) == [reject]


@pytest.mark.real_data
def test_massbank_records_are_all_accounted_for(massbank_file: Path) -> None:
    with gzip.open(massbank_file) as stream:
        records = list(prepare(read_msp(cast(IO[bytes], stream), "massbank")))
    kept = [record for record in records if isinstance(record, Sample)]
    kinds = Counter(record.kind for record in records if isinstance(record, Reject))
    assert len(records) == 12_993 == len(kept) + kinds.total()
    assert len(kept) > 10_000
    assert len({sample.chemical.key for sample in kept if sample.chemical}) > 7_700
    assert {"not EI", "derivative", "isotope-labelled", "duplicate", "no structure"} <= set(kinds)
