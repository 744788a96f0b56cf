"""Pictures of mass spectra: what is drawn, what is refused, and where things are put."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from chemtranslate.chemical import Chemical
from chemtranslate.cli import main
from chemtranslate.errors import InputError, MissingExtraError
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.labels import LABEL_HEIGHT, Box, free_place, label_positions
from chemtranslate_mass_spec.msp import write_msp
from chemtranslate_mass_spec.spectrum import Spectrum

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def toluene() -> Sample:
    spectrum = Spectrum.of([39, 51, 65, 91, 92], [18, 10, 12, 100, 60])
    return Sample("T1", spectrum, "toluene", Chemical("Cc1ccccc1"))


@pytest.fixture
def translated(toluene: Sample) -> Sample:
    return replace(toluene, id="T1-made", metadata={"Source_id": "T1"},
                   signal=Spectrum.of([39, 65, 91, 92], [9, 20, 100, 70]))


def drawn(above: list[Sample], below: list[Sample] | None = None, kind: str = "png") -> bytes:
    pytest.importorskip("matplotlib")
    from chemtranslate_mass_spec.plot import plot

    stream = io.BytesIO()
    plot(above, below, stream, kind, "Title")
    return stream.getvalue()


def texts(above: list[Sample], below: list[Sample] | None = None) -> str:
    """Return the SVG with its texts as comments, as matplotlib writes them."""
    return drawn(above, below, "svg").decode()


def written(folder: Path, name: str, samples: list[Sample]) -> str:
    with (folder / name).open("wb") as stream:
        write_msp(samples, stream)
    return str(folder / name)


def test_a_mirror_plot_is_a_png_of_plausible_size(toluene: Sample, translated: Sample) -> None:
    picture = drawn([toluene], [translated])
    assert picture.startswith(PNG)
    width, height = (int.from_bytes(picture[at:at + 4], "big") for at in (16, 20))
    assert 1000 < width < 2000
    assert 400 < height < 1000
    assert 10_000 < len(picture) < 500_000


def test_the_command_writes_the_picture_whole_and_leaves_no_part_file(
        tmp_path: Path, toluene: Sample, translated: Sample) -> None:
    pytest.importorskip("matplotlib")
    above, below = (written(tmp_path, f"{name}.msp", [sample])
                    for name, sample in (("above", toluene), ("below", translated)))
    picture = tmp_path / "mirror.png"
    command = ["plot", "mass_spec", above, "--below", below, "-o", str(picture)]
    assert CliRunner().invoke(main, command).exit_code == 0
    assert picture.read_bytes().startswith(PNG)
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 2
    assert "exists already" in again.output
    wrong = CliRunner().invoke(main, [*command[:-1], str(tmp_path / "mirror.gif")])
    assert wrong.exit_code == 2
    assert "'gif'" in wrong.output
    assert {path.name for path in tmp_path.iterdir()} == {"above.msp", "below.msp", "mirror.png"}


def test_more_samples_than_a_picture_shows_are_left_out_and_said_so(
        tmp_path: Path, toluene: Sample) -> None:
    pytest.importorskip("matplotlib")
    file = written(tmp_path, "many.msp", [replace(toluene, id=f"T{n}") for n in range(14)])
    result = CliRunner().invoke(main, ["plot", "mass_spec", file, "-o", str(tmp_path / "a.png")])
    assert result.exit_code == 0
    assert "first 12 samples" in result.output


@pytest.mark.parametrize("smiles", ["", "no structure", None])
def test_without_a_structure_none_is_drawn(toluene: Sample, smiles: str | None) -> None:
    chemical = None if smiles is None else Chemical(smiles)
    assert "<image" in texts([toluene])
    assert "<image" not in texts([replace(toluene, chemical=chemical)])


def test_the_picture_names_the_chemical_and_how_alike_the_spectra_are(
        toluene: Sample, translated: Sample) -> None:
    picture = texts([toluene], [translated])
    for text in ("toluene", "weighted cosine 0.9", "measured", "translated", "91"):
        assert f"<!-- {text}" in picture
    assert "weighted cosine" not in texts([toluene])


def test_a_translation_is_found_by_source_id_or_by_its_own_id(
        toluene: Sample, translated: Sample) -> None:
    other = replace(toluene, id="T2", name="other")
    for partner in (translated, replace(translated, id="T1", metadata={})):
        assert texts([other, toluene], [partner]).count("<!-- weighted cosine") == 1
    with pytest.raises(InputError, match="'T1'.*'T2'"):
        drawn([other], [translated])


def test_spectra_beyond_the_bins_are_drawn_without_a_figure(
        toluene: Sample, translated: Sample) -> None:
    far = replace(translated, signal=Spectrum.of([91, 1200], [10, 100]))
    assert "<!-- weighted cosine not defined" in texts([toluene], [far])


def test_what_cannot_be_drawn_is_refused(toluene: Sample) -> None:
    with pytest.raises(InputError, match="at least one"):
        drawn([])
    with pytest.raises(InputError, match="T1.*str"):
        drawn([replace(toluene, signal="CCO")])


def test_without_matplotlib_the_extra_is_named(
        toluene: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    from chemtranslate_mass_spec.plot import plot

    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"chemtranslate\[plots\]"):
        plot([toluene], None, io.BytesIO())


def test_labels_meet_neither_each_other_nor_higher_peaks() -> None:
    rng = np.random.default_rng(0)
    mz = np.sort(rng.choice(np.arange(30.0, 300.0), 80, replace=False))
    heights = rng.uniform(0, 100, 80)
    labels = list(label_positions(mz, heights, 9, 4.0, 0.8))
    assert labels
    assert len(labels) <= 9
    boxes = [Box(x - 3 * len(text) * 0.6, y, x + 3 * len(text) * 0.6, y + LABEL_HEIGHT)
             for x, y, text in labels]
    assert not any(one.meets(other) for n, one in enumerate(boxes) for other in boxes[:n])
    for box in boxes:
        inside = (mz > box.left) & (mz < box.right)
        assert heights[inside].max() <= box.bottom


def test_the_structure_covers_no_peak_and_where_there_is_no_room_the_axis_grows() -> None:
    mz, heights = np.array([40.0, 60.0, 100.0]), np.array([100.0, 90.0, 100.0])
    high, box = free_place(mz, heights, (30.0, 110.0), 122.0, 0.3, (80.0, 50.0))
    assert high == 110.0
    assert not ((mz > box.left) & (mz < box.right)).any()
    full = np.arange(30.0, 110.0)
    high, box = free_place(full, np.full(80, 100.0), (30.0, 110.0), 122.0, 0.3, (80.0, 50.0))
    assert high > 110.0
    assert box.left >= 110.0
