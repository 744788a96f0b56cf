"""MGF: fields, common parameters and charges are understood, and writing loses nothing."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mass_spec_records import content, read, read_samples, rewritten

from chemtranslate.chemical import Chemical
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.mgf import read_mgf, write_mgf
from chemtranslate_mass_spec.msp import read_msp, write_msp
from chemtranslate_mass_spec.spectrum import Spectrum

TEXT = """# a comment
COM=GC run
CHARGE=1+
BEGIN IONS
TITLE=scan 1
NAME=acetone
SPECTRUMID=G1
SMILES=CC(C)=O
CHARGE=2+
58 300
43 999 1+
END IONS

BEGIN IONS
SCANS=7
41 5
END IONS
"""


def test_fields_and_common_parameters_are_read() -> None:
    first, second = read(read_mgf, TEXT)
    assert isinstance(first, Sample)
    assert (first.id, first.name) == ("G1", "acetone")
    assert first.chemical == Chemical("CC(C)=O", name="acetone")
    assert first.signal == Spectrum.of([43, 58], [999, 300])
    assert (first.metadata["CHARGE"], first.metadata["COM"]) == ("2+", "GC run")
    assert isinstance(second, Sample)
    assert (second.id, second.name, second.metadata["CHARGE"]) == ("7", "", "1+")


def test_an_id_and_name_that_no_field_states_are_written(ethanol: Sample) -> None:
    (again,) = rewritten(read_mgf, write_mgf, [ethanol])
    assert isinstance(again, Sample)
    assert (again.id, again.name, again.signal) == (ethanol.id, ethanol.name, ethanol.signal)


def test_a_sample_keeps_its_identity_from_msp_to_mgf_and_back() -> None:
    text = "Name: a\nDB#: 5\nSMILES: CC\nCH=3: x\nNum Peaks: 2\n41 5\n43 1\n"
    samples = read_samples(read_msp, text)
    (mgf,) = rewritten(read_mgf, write_mgf, samples)
    (msp,) = rewritten(read_msp, write_msp, [mgf])
    assert isinstance(msp, Sample)
    assert (msp.id, msp.name, msp.chemical) == ("5", "a", Chemical("CC", name="a"))
    assert msp.metadata["CH_3"] == "x"


def test_a_field_that_looks_like_a_comment_is_not_lost() -> None:
    sample = Sample("a", Spectrum.of([41], [5]), "a", None, {"#ions": "3"})
    (again,) = rewritten(read_mgf, write_mgf, [sample])
    assert isinstance(again, Sample)
    assert again.metadata["_#ions"] == "3"


@given(
    fields=st.dictionaries(
        st.sampled_from(["TITLE", "NAME", "SPECTRUM_ID", "SMILES", "PEPMASS", "SCANS", "DB#"]),
        st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=15),
    ),
    peaks=st.lists(st.tuples(st.floats(1e-3, 1e6), st.floats(1e-3, 1e9)), min_size=1, max_size=5),
)
@settings(max_examples=200, deadline=None)
def test_writing_then_reading_is_the_identity(
    fields: dict[str, str], peaks: list[tuple[float, float]]
) -> None:
    lines = [f"{key}={value}" for key, value in fields.items()]
    lines += [f"{m!r} {i!r}" for m, i in peaks]
    records = read(read_mgf, "\n".join(["BEGIN IONS", *lines, "END IONS"]))
    samples = [s for s in records if isinstance(s, Sample)]
    assume(samples)
    assert [content(s) for s in rewritten(read_mgf, write_mgf, samples)] == [
        content(s) for s in samples
    ]


@given(key=st.text(max_size=10), value=st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_value_can_forge_a_field_or_a_record(key: str, value: str) -> None:
    signal = Spectrum.of([41], [5])
    sample = Sample("S1", signal, value, None, {key: value, "SPECTRUM_ID": "S1"})
    (again,) = rewritten(read_mgf, write_mgf, [sample])
    assert isinstance(again, Sample)
    assert (again.id, again.signal) == ("S1", signal)
