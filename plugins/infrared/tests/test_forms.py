"""Array form, augmenter, CSV, similarity and picture of infrared spectra."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.errors import InputError
from chemtranslate.origin import is_synthetic
from chemtranslate.sample import Reject, Sample
from chemtranslate_infrared import augmenter, csvformat
from chemtranslate_infrared.grid import FORM, Grid
from chemtranslate_infrared.plot import plot
from chemtranslate_infrared.similarity import cosine, metrics
from chemtranslate_infrared.spectrum import InfraredSpectrum


def spectrum(step: float = 2.0, low: float = 500, high: float = 4000) -> InfraredSpectrum:
    x = np.arange(low, high, step)
    bands = ((1050, 1.0), (1400, 0.4), (2950, 0.8))
    return InfraredSpectrum.of(x, sum(h * np.exp(-0.5 * ((x - c) / 20) ** 2) for c, h in bands))


def test_the_strongest_band_is_one_whatever_the_spacing() -> None:
    arrays = [FORM.to_array(Sample("a", spectrum(step))) for step in (0.5, 2.0, 4.0, 8.0)]
    for array in arrays:
        assert array.shape == FORM.shape
        assert array.dtype == np.float32
        assert array.max() == 1
        np.testing.assert_allclose(array, arrays[0], atol=0.03)


def test_an_array_becomes_a_spectrum_and_the_same_array_again() -> None:
    array = FORM.to_array(Sample("a", spectrum()))
    again = FORM.to_array(Sample("a", FORM.to_signal(array)))
    np.testing.assert_allclose(again, array, atol=1e-4)


@pytest.mark.parametrize(("signal", "reason"), [
    ("text", "found a signal of type str, expected an infrared spectrum"),
    (spectrum(low=800), "found 800 to 3998 1/cm, expected a spectrum from 552 to 3844 1/cm"),
    (InfraredSpectrum.of([500, 4000], [1, 1]), "found nothing between 500 and 4000"),
    (InfraredSpectrum.of(np.arange(500, 4000, 4.0), np.zeros(875)), "found no absorbance above"),
])
def test_what_is_no_spectrum_of_the_grid_is_refused(signal: object, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Grid().to_array(Sample("a", signal))


@pytest.mark.parametrize("array", [np.zeros(824), np.full(824, np.nan), np.ones(3), -np.ones(824)])
def test_an_array_without_bands_is_no_spectrum(array: np.ndarray) -> None:
    with pytest.raises(InputError):
        FORM.to_signal(array)


def test_damage_is_seeded_slight_and_keeps_what_is_missing() -> None:
    clean = spectrum()
    holes = clean.absorbances.copy()
    holes[100:103] = np.nan
    sample = Sample("a", InfraredSpectrum.of(clean.wavenumbers, holes))
    one, again = (augmenter.load().augment(sample, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.signal.absorbances, again.signal.absorbances)
    np.testing.assert_array_equal(np.isnan(one.signal.absorbances), np.isnan(holes))
    assert 0.9 < cosine(FORM.to_array(one), FORM.to_array(sample)) < 1
    for unknown in ({"share": 0.1}, {"noise": -1.0}):
        with pytest.raises(InputError):
            augmenter.load(**unknown)


def test_damage_adds_no_band() -> None:
    flat = Sample("a", InfraredSpectrum.of(np.arange(500, 4000, 2.0), np.full(1750, 0.5)))
    made = augmenter.load(noise=0.0).augment(flat, np.random.default_rng(0)).signal.absorbances
    assert np.abs(np.diff(made)).max() < 0.001


def test_csv_has_a_row_for_each_spectrum_and_reads_back() -> None:
    signal = FORM.to_signal(FORM.to_array(Sample("a", spectrum())))
    made = [Sample("a", signal), Sample("b", signal, metadata={"Spectrum_origin": "synthetic"})]
    stream = io.BytesIO()
    csvformat.write_csv(made, stream)
    header = stream.getvalue().decode().split("\n", 1)[0].split(",")
    assert (header[0], header[1], header[-2]) == ("id", "552", "3844")
    stream.seek(0)
    for before, after in zip(made, csvformat.read_csv(stream, "x.csv"), strict=True):
        assert isinstance(after, Sample)
        assert after.id == before.id
        assert is_synthetic(after.metadata) == is_synthetic(before.metadata)
        np.testing.assert_allclose(after.signal.absorbances, before.signal.absorbances)


def test_csv_says_what_is_wrong_with_a_row_or_with_the_header() -> None:
    text = "id,smiles,600,604\na,CCO,1,2\nb,,1\nc,,1,x\nd,,,2\n"
    found = list(csvformat.read_csv(io.BytesIO(text.encode()), "x.csv"))
    assert [type(one) for one in found] == [Sample, Reject, Reject, Sample]
    assert isinstance(found[1], Reject)
    assert found[1].reason == "line 3: found 3 cells, expected 4 as in the header"
    assert isinstance(found[2], Reject)
    assert found[2].reason == "line 4: found 'x' at 604 1/cm, expected a number"
    for header in ("name,600,604\n", "id,600\n", "\n"):
        with pytest.raises(InputError, match=r"x\.csv: found the columns"):
            list(csvformat.read_csv(io.BytesIO(header.encode()), "x.csv"))


def test_a_quote_that_does_not_close_swallows_no_line() -> None:
    text = 'id,name,600,604\na,"b,1,2\nc,"d, e",1,2\n\nf,"g""h",3,4\n'
    first, *others = csvformat.read_csv(io.BytesIO(text.encode()), "x.csv")
    assert isinstance(first, Reject)
    assert first.malformed
    assert first.name == "a"
    assert first.reason.startswith("line 2: unexpected end of data")
    assert [(one.name, one.place.record) for one in others] == [("d, e", 2), ('g"h', 3)]


def test_spectra_of_several_axes_are_no_table() -> None:
    samples = [Sample("a", spectrum()), Sample("b", spectrum(4.0))]
    with pytest.raises(InputError, match="b: found another wavenumber axis"):
        csvformat.write_csv(samples, io.BytesIO())


def test_a_spectrum_is_as_like_itself_as_can_be() -> None:
    arrays = np.stack([FORM.to_array(Sample("a", spectrum())), np.zeros(824, np.float32)])
    figures = metrics(arrays, arrays)
    np.testing.assert_allclose(figures["cosine"], [1, 0])
    np.testing.assert_array_equal(figures["RMS difference"], [0, 0])


def test_a_picture_is_drawn_or_said_to_be_impossible(tmp_path: Path) -> None:
    samples = [Sample("a", spectrum(), "ethanol")]
    for kind in ("png", "svg"):
        with (tmp_path / f"x.{kind}").open("wb") as stream:
            plot(samples, samples, stream, kind, "a title")
        assert (tmp_path / f"x.{kind}").stat().st_size > 5000
    for above, below, kind in (([], None, "png"), (samples, None, "bmp"),
                               (samples, [Sample("z", spectrum())], "png"),
                               ([Sample("a", 1)], None, "png")):
        with pytest.raises(InputError):
            plot(above, below, io.BytesIO(), kind)
