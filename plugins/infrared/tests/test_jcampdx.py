"""Reading and writing JCAMP-DX: what is read, what is rejected, and that nothing is lost."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.sample import Reject, Sample
from chemtranslate_infrared.jcampdx import read_jcamp, write_jcamp
from chemtranslate_infrared.spectrum import InfraredSpectrum

BLOCK = """##TITLE=ethanol
##JCAMP-DX=4.24 $$ a comment
##DATA TYPE=INFRARED SPECTRUM
##ORIGIN=nobody
##OWNER=public
domain
##CAS REGISTRY NO=64-17-5
##$MY FIELD=seven
##XUNITS=1/CM
##YUNITS=ABSORBANCE
##XFACTOR=1.0
##YFACTOR=0.01
##FIRSTX=600
##LASTX=616
##NPOINTS=5
##XYDATA=(X++(Y..Y))
600 1 2 30
612 4 5
##END=
"""


def read(text: str) -> list[Sample | Reject]:
    return list(read_jcamp(io.BytesIO(text.encode()), "x.jdx"))


def the_sample(text: str) -> Sample:
    (sample,) = read(text)
    assert isinstance(sample, Sample), sample
    return sample


def the_reject(text: str) -> Reject:
    (reject,) = read(text)
    assert isinstance(reject, Reject), reject
    return reject


def changed(*pairs: tuple[str, str]) -> str:
    text = BLOCK
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_a_block_is_a_sample() -> None:
    sample = the_sample(BLOCK)
    assert (sample.id, sample.name, sample.place.record) == ("ethanol", "ethanol", 1)
    assert sample.chemical == Chemical(name="ethanol", cas="64-17-5")
    assert sample.metadata == {"ORIGIN": "nobody", "OWNER": "public\ndomain", "MY FIELD": "seven"}
    np.testing.assert_allclose(sample.signal.wavenumbers, [600, 604, 608, 612, 616])
    np.testing.assert_allclose(sample.signal.absorbances, [0.01, 0.02, 0.30, 0.04, 0.05])


def test_a_falling_axis_is_turned() -> None:
    falling = changed(("FIRSTX=600", "FIRSTX=616"), ("LASTX=616", "LASTX=600"),
                      ("600 1 2 30\n612 4 5", "616 5 4 30\n604 2 1"))
    np.testing.assert_allclose(
        the_sample(falling).signal.absorbances, the_sample(BLOCK).signal.absorbances)


def test_micrometres_become_wavenumbers_and_transmittance_absorbance() -> None:
    text = changed(("##XUNITS=1/CM", "##XUNITS=MICROMETERS"), ("ABSORBANCE", "TRANSMITTANCE"),
                   ("YFACTOR=0.01", "YFACTOR=1"), ("(X++(Y..Y))\n600 1 2 30\n612 4 5",
                                                   "(XY..XY)\n10, 1; 8, 0.1\n5, 0.01 4 0 2.5 1"))
    spectrum = the_sample(text).signal
    np.testing.assert_allclose(spectrum.wavenumbers, [1000, 1250, 2000, 2500, 4000])
    np.testing.assert_allclose(spectrum.absorbances, [0, 1, 2, 3, 0], atol=1e-12)


def test_percent_is_told_from_its_unit_or_from_its_size() -> None:
    for unit, factor in (("%TRANSMITTANCE", "0.01"), ("TRANSMITTANCE", "3")):
        text = changed(("ABSORBANCE", unit), ("YFACTOR=0.01", f"YFACTOR={factor}"))
        expected = -np.log10(np.maximum(np.array([1, 2, 30, 4, 5]) * float(factor) / 100, 1e-3))
        np.testing.assert_allclose(the_sample(text).signal.absorbances, expected)


@pytest.mark.filterwarnings("error")
def test_a_spectrum_may_have_no_known_point() -> None:
    text = changed(("ABSORBANCE", "TRANSMITTANCE"), ("600 1 2 30\n612 4 5", "600 ? ? ? ? ?"))
    assert np.isnan(the_sample(text).signal.absorbances).all()


def test_compound_and_concatenated_files_hold_several_records() -> None:
    head = "##TITLE=all\n##JCAMP-DX=4.24\n##DATA TYPE=LINK\n##BLOCKS=2\n"
    compound = f"{head}{BLOCK}{BLOCK}##END=\n"
    for text in (BLOCK * 2, compound):
        assert [sample.place.record for sample in read(text)] == [1, 2]


@pytest.mark.parametrize(("pairs", "reason"), [
    ([("##NPOINTS=5\n", "")], "line 1: the block that begins here has no ##NPOINTS="),
    ([("NPOINTS=5", "NPOINTS=6"), ("LASTX=616", "LASTX=620")],
     "line 18: the table ends after 5 points, expected ##NPOINTS=6"),
    ([("NPOINTS=5", "NPOINTS=many")], "line 15: found ##NPOINTS=many, expected a number"),
    ([("600 1 2 30\n", "")], "line 17: begins at 612, expected 600 after 0 points"),
    ([("##END=\n", "")], "line 1: the block that begins here has no ##END="),
    ([("612 4 5", "612 4 five")], "line 18: found 'v' in a table of packed numbers"),
    ([("(X++(Y..Y))", "(R++(Y..Y))")], "line 16: found ##XYDATA=(R++(Y..Y)), expected"),
    ([("FIRSTX=600", "FIRSTX=-600")], "line 17: begins at 600, expected -600"),
])
def test_a_damaged_block_is_rejected_with_its_line(
        pairs: list[tuple[str, str]], reason: str) -> None:
    reject = the_reject(changed(*pairs))
    assert reject.reason.startswith(reason)
    assert reject.malformed
    assert reject.name == "ethanol"


@pytest.mark.parametrize(("pair", "reason"), [
    (("XUNITS=1/CM", "XUNITS=SECONDS"), "found ##XUNITS=SECONDS, expected 1/CM"),
    (("YUNITS=ABSORBANCE", "YUNITS=REFLECTANCE"), "found ##YUNITS=REFLECTANCE, expected"),
    (("INFRARED SPECTRUM", "MASS SPECTRUM"), "found ##DATA TYPE=MASS SPECTRUM, expected"),
])
def test_other_data_are_rejected_and_the_file_goes_on(pair: tuple[str, str], reason: str) -> None:
    first, second = read(changed(pair) + BLOCK)
    assert isinstance(first, Reject)
    assert first.reason.startswith(reason)
    assert not first.malformed
    assert isinstance(second, Sample)


@pytest.mark.parametrize("text", ["", "   \n", "id,600,604\na,1,2\n", "NAME: ethanol\n"])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^x.jdx"):
        read(text)


def test_what_is_written_reads_back() -> None:
    even = the_sample(BLOCK)
    even = replace(even, id="E1", chemical=Chemical("CCO", "LFQSCWFLJHTTHZ", "ethanol", "64-17-5"),
                   metadata={**even.metadata, "Source_id": "## A $$ 1\n##TITLE=no"})
    ragged = replace(even, id="E2", signal=InfraredSpectrum.of([600, 601, 605], [0.1, np.nan, 2]))
    stream = io.BytesIO()
    write_jcamp([even, ragged], stream)
    for before, after in zip((even, ragged), read(stream.getvalue().decode()), strict=True):
        assert isinstance(after, Sample)
        assert (after.id, after.name, after.chemical) == (before.id, before.name, before.chemical)
        assert after.metadata.keys() == before.metadata.keys()
        np.testing.assert_allclose(after.signal.wavenumbers, before.signal.wavenumbers)
        np.testing.assert_allclose(
            after.signal.absorbances, before.signal.absorbances, atol=2e-6)
