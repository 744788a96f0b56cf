"""Training, loading and quick damage of the models, on a handful of made-up peak lists."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from chemtranslate.chemical import Chemical
from chemtranslate.plugins import Registry, registry
from chemtranslate.protocols import Training
from chemtranslate.sample import Sample
from chemtranslate.specs import resolve
from chemtranslate_nmr import models
from chemtranslate_nmr.grid import CARBON_FORM, FORMS, PROTON_FORM, Grid
from chemtranslate_nmr.peaklist import PeakList

SMALL = {"width": "16", "blocks": "1", "batch": "8"}


def stub_hub() -> Any:
    """Return what a trainer needs of a hub: points by structure."""

    def embed(smiles: list[str]) -> np.ndarray:
        rows = [np.random.default_rng(len(one)).normal(size=512) for one in smiles]
        return np.array(rows, np.float32)

    return SimpleNamespace(model=SimpleNamespace(embed=embed), dimensions=512, id="stub")


def chains(nucleus: str) -> list[Sample]:
    step = 10.0 if nucleus == "13C" else 0.3
    return [
        Sample(f"c{n}{end}", PeakList.of(nucleus, step * (1 + np.arange(n) % 7)),
               chemical=Chemical("C" * n + end))
        for n in range(1, 30) for end in ("", "O", "N")
    ]


@pytest.mark.parametrize("kind", ["carbon", "proton"])
def test_models_train_and_load_and_state_the_terms_of_the_data(kind: str, tmp_path: Path) -> None:
    form = CARBON_FORM if kind == "carbon" else PROTON_FORM
    samples, hub = chains(form.nucleus.name), stub_hub()
    encoder_folder, decoder_folder = tmp_path / "encoder", tmp_path / "decoder"
    train = Training(samples, hub, encoder_folder, epochs=1, settings=SMALL)
    card = getattr(models, f"train_{kind}_encoder")(train)
    assert (card.name, card.role) == (f"{form.nucleus.modality}/dense", "encoder")
    assert "share-alike" in card.data_licence
    encoder = getattr(models, f"load_{kind}_encoder")(encoder_folder, hub)
    arrays = np.stack([form.to_array(sample) for sample in samples])
    vectors = encoder.encode(arrays)
    assert vectors.shape == (len(samples), 512)
    train = Training(samples, hub, decoder_folder, encoder, epochs=1, settings=SMALL)
    card = getattr(models, f"train_{kind}_decoder")(train)
    assert any("peaks matched within" in name for name in card.metrics)
    decoded = getattr(models, f"load_{kind}_decoder")(decoder_folder, hub).decode(vectors)
    assert decoded.shape == arrays.shape


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_quick_damage_adds_no_nucleus_and_keeps_the_grids_together(form: Grid) -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.05, (40, form.bins))
    counts[:, [0, -1]] = 1  # at the ends of the grid, too
    clean = torch.from_numpy(form.of_counts(counts))
    made = models.damaged(clean, torch.Generator().manual_seed(1), form).numpy()
    again = models.damaged(clean, torch.Generator().manual_seed(1), form).numpy()
    np.testing.assert_array_equal(made, again)
    numbers = made[:, : form.bins]
    np.testing.assert_allclose(numbers, np.round(numbers), atol=1e-4)
    np.testing.assert_allclose(form.of_counts(numbers), made, atol=1e-3)
    total = numbers.sum(1) / counts.sum(1)
    assert total.max() <= 1 + 1e-5
    assert 0.8 < total.mean() < 0.97
    assert np.abs(made - clean.numpy()).max() > 0.5


def test_a_peak_that_stands_alone_never_goes() -> None:
    counts = np.zeros((200, CARBON_FORM.bins))
    counts[:, 100] = 1
    clean = torch.from_numpy(CARBON_FORM.of_counts(counts))
    made = models.damaged(clean, torch.Generator().manual_seed(1), CARBON_FORM)
    np.testing.assert_allclose(made[:, : CARBON_FORM.bins].sum(1), 1, atol=1e-5)


def installed() -> Registry:
    found = registry()
    if "nmr_13c" not in found.names("modality"):
        pytest.skip("the plugin is not installed: pip install ./plugins/nmr")
    return found


def test_everything_that_is_registered_is_there() -> None:
    found = installed()
    for modality in ("nmr_13c", "nmr_1h"):
        spec = found.modality(modality)
        for one in (spec.form, spec.prepare, spec.metrics, spec.plot):
            assert resolve(str(one))
        for fmt in spec.formats:
            assert all(resolve(one) for one in (fmt.read, fmt.write) if one)
        for model in (found.encoder(f"{modality}/dense"), found.decoder(f"{modality}/dense")):
            assert resolve(model.load)
            assert resolve(str(model.train))
        assert resolve(found.augmenter(f"{modality}/measured").load)()


def test_reading_a_peak_list_imports_neither_torch_nor_rdkit() -> None:
    code = (
        "import io, sys; import chemtranslate_nmr.plugin; "
        "from chemtranslate_nmr import csvformat, jsonl, sdformat, grid, augmenter, preparation; "
        "list(csvformat.read_13c(io.BytesIO(b'ppm\\n18.1\\n'), 'a.csv')); "
        "print({'torch', 'rdkit', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_spoilt_file_is_one_error_and_exit_code_2(tmp_path: Path) -> None:
    installed()
    spoilt, ledger = tmp_path / "x.csv", tmp_path / "rejects.csv"
    spoilt.write_text("id,ppm,smiles\nethanol,18.1,CCO\nethanol,57.8,\nwater,9999,O\n")
    command = [sys.executable, "-c", "from chemtranslate.cli import main; main()"]
    plain = subprocess.run(
        [*command, "plot", "nmr_13c", str(spoilt), "-o", str(tmp_path / "x.png")],
        capture_output=True, text=True, check=False)
    assert plain.returncode == 2
    assert "record 2 (water): line 4: found the shift 9999 ppm of 13C" in plain.stderr
    assert "Traceback" not in plain.stderr
    done = subprocess.run(
        [*command, "prepare", "nmr_13c", str(spoilt), "-o", str(tmp_path / "out.jsonl"),
         "--rejects", str(ledger)], capture_output=True, text=True, check=False)
    assert "read 2 / written 1 / rejected 1" in done.stderr, done.stderr
    assert ledger.read_text().count("water") == 1
