"""Small models for tests: an untrained hub with a few reference chemicals, random networks on it.

They are made once per session in a temporary folder, so that no test needs trained weights.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.artefact import ModelCard, halved, versions, write_model
from chemtranslate.catalogue import named
from chemtranslate.chemical import Chemical
from chemtranslate.hub import REFERENCE, Hub
from chemtranslate.plugins import Registry, registry
from chemtranslate.sample import Sample
from chemtranslate.table import Entry, TableCard, new_table
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.spectrum import Spectrum

REFERENCE_SMILES = (
    "CCO", "CC(C)=O", "c1ccccc1", "Oc1ccccc1", "CC(=O)O", "Cc1ccccc1", "CCCCCCCC", "CCN(CC)CC",
    "CC(=O)Oc1ccccc1C(=O)O", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "CC1=CCC(CC1)C(C)=C", "ClC(Cl)Cl",
    "c1ccc2ccccc2c1", "CCOC(C)=O", "CSC", "N#Cc1ccccc1", "CCCCCCCCCCCCCCCC(=O)O", "OCC(O)CO",
    "COc1cc(C=O)ccc1O", "c1ccncc1",
)
SPECTRA = """\
Name: Ethanol
DB#: T1
SMILES: CCO
InChIKey: LFQSCWFLJHTTHZ-UHFFFAOYSA-N
Num Peaks: 5
27 22
29 30
31 100
45 52
46 22

Name: Acetone
DB#: T2
SMILES: CC(C)=O
Num Peaks: 4
15 24
42 7
43 100
58 64

Name: Toluene
DB#: T3
SMILES: Cc1ccccc1
Num Peaks: 5
39 12
65 13
91 100
92 75
93 5
"""


ALKANES = ["C" * n + end for n in range(1, 19)
           for end in ("O", "N", "Cl", "C#N", "C(=O)O", "S", "Br", "C=O", "OC")]


def spectra_of(smiles: list[str]) -> list[Sample]:
    """Return a made-up mass spectrum of each chemical."""
    found = []
    for number, one in enumerate(smiles):
        rng = np.random.default_rng(number)
        peaks = Spectrum.of(rng.choice(np.arange(15, 200), 20, replace=False),
                            rng.uniform(5, 99, 20))
        found.append(Sample(f"{one} measured", peaks, chemical=Chemical(one)))
    return found


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests out of the user's cache folder."""
    monkeypatch.setenv("CHEMTRANSLATE_CACHE", str(tmp_path_factory.mktemp("cache")))


def write_hub(folder: Path, seed: int) -> Path:
    """Write an untrained hub: random weights, outputs centred and scaled as the linear map."""
    import torch

    from chemtranslate_chemception.hub_model import (
        CANARIES,
        VIEWS,
        ChemceptionHub,
        hub_id,
        load,
    )
    from chemtranslate_chemception.network import EMBEDDING, Chemception, Heads
    from chemtranslate_chemception.targets import TARGETS

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network, heads = Chemception(4, 4), Heads({"end_points": len(TARGETS)})
    architecture = {"filters": 4, "late": 4, "views": VIEWS,
                    "heads": {"end_points": len(TARGETS)}, "dimensions": EMBEDDING}
    card = ModelCard(role="hub", name=registry().names("hub")[0], hub="", data_licence="none",
                     split="none", architecture=architecture, versions=versions("rdkit"))
    hub = ChemceptionHub(card, network, heads, np.zeros(EMBEDDING, np.float32),
                         np.eye(EMBEDDING, dtype=np.float32))
    chemicals = [named(Chemical(smiles).standardised()) for smiles in REFERENCE_SMILES]
    outputs = hub.outputs([chemical.smiles for chemical in chemicals])
    hub.mean, hub.matrix = outputs.mean(0), hub.matrix / (outputs - outputs.mean(0)).std()
    tensors = {
        **{f"network.{k}": v.numpy() for k, v in network.state_dict().items()},
        **{f"heads.{k}": v.numpy() for k, v in heads.state_dict().items()},
        "map.mean": hub.mean, "map.matrix": hub.matrix, "canaries": hub.embed(CANARIES),
    }
    write_model(folder, tensors, card.model_copy(update={"hub": hub_id(tensors, architecture)}))
    loaded = Hub(load(folder), folder)
    with new_table(folder / REFERENCE, TableCard(hub=loaded.id, dimensions=EMBEDDING,
                                                 description="chemicals for tests")) as table:
        for c, vector in zip(chemicals, loaded.embed(chemicals), strict=True):
            table.add(Entry(c.cas, c.name, c.smiles, c.key, c.cas), vector)
    return folder


def write_stack(folder: Path, role: str, sizes: tuple[int, ...], hub: str) -> Path:
    """Write a random encoder or decoder of mass spectra."""
    import torch

    from chemtranslate.learning.networks import Stack

    with torch.random.fork_rng():
        torch.manual_seed(7)
        network = Stack(sizes)
    name = getattr(registry().modality("mass_spec"), role)
    card = ModelCard(role=role, name=name, modality="mass_spec", hub=hub, data_licence="none",
                     split="none", architecture={"sizes": list(sizes)})
    write_model(folder, halved({k: v.numpy() for k, v in network.state_dict().items()}), card)
    return folder


@pytest.fixture(scope="session")
def tiny_hub_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained hub with 20 reference chemicals."""
    return write_hub(tmp_path_factory.mktemp("tiny") / "hub", seed=1)


@pytest.fixture(scope="session")
def other_hub_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another hub, into which nothing made for the first may go."""
    return write_hub(tmp_path_factory.mktemp("other") / "hub", seed=2)


@pytest.fixture(scope="session")
def tiny_hub(tiny_hub_folder: Path) -> Hub:
    """The hub of `tiny_hub_folder`, loaded."""
    from chemtranslate.hub import load_hub

    return load_hub(tiny_hub_folder)


@pytest.fixture(scope="session")
def tiny_encoder_folder(tmp_path_factory: pytest.TempPathFactory, tiny_hub: Hub) -> Path:
    """A random encoder of mass spectra with the real layer sizes, made for `tiny_hub`."""
    from chemtranslate_mass_spec.networks import TABLE_1

    return write_stack(tmp_path_factory.mktemp("tiny") / "encoder", "encoder", TABLE_1,
                       tiny_hub.id)


@pytest.fixture(scope="session")
def tiny_decoder_folder(tmp_path_factory: pytest.TempPathFactory, tiny_hub: Hub) -> Path:
    """A random decoder of mass spectra with the real layer sizes, made for `tiny_hub`."""
    from chemtranslate_mass_spec.networks import TABLE_1

    return write_stack(tmp_path_factory.mktemp("tiny") / "decoder", "decoder", TABLE_1[::-1],
                       tiny_hub.id)


@pytest.fixture
def translator(tiny_hub: Hub, tiny_encoder_folder: Path, tiny_decoder_folder: Path) -> Translator:
    """A translator of mass spectra with the tiny models."""
    return Translator(tiny_hub, encoder=tiny_encoder_folder, decoder=tiny_decoder_folder)


@pytest.fixture
def spectra(tmp_path: Path) -> Path:
    """An MSP file of three sound records: T1, T2 and T3."""
    path = tmp_path / "spectra.msp"
    path.write_text(SPECTRA, encoding="utf-8")
    return path


Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return `install(distribution, source)`: as pip would, but into a temporary folder.

    One module and its dist-info with an entry point; both vanish from sys.path with the test.
    """
    registry()  # what is really installed, found before anything is added
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    made: list[str] = []

    def _install(name: str, source: str, *, entry: str | None = None, metadata: bool = True,
                 ) -> Path:
        module = name.replace("-", "_")
        made.append(module)
        (site / f"{module}.py").write_text(source, encoding="utf-8")
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        if metadata:
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[chemtranslate]\n{entry or name} = {module}\n")
        return site

    yield _install
    for module in list(sys.modules):
        if module.partition(".")[0] in made:
            del sys.modules[module]


@pytest.fixture
def install_toy(install: Install) -> Callable[[], Path]:
    """Return a function that installs the toy sensor, likewise."""
    def _install() -> Path:
        package = Path(__file__).parent / "third_party/toy_sensor/toy_sensor"
        site = install("toy-sensor", "", entry="toy")
        (site / "toy_sensor.py").unlink()
        shutil.copytree(package, site / "toy_sensor", ignore=shutil.ignore_patterns("__pycache__"))
        return site

    return _install


@pytest.fixture
def install_jitter(install: Install) -> Iterator[Callable[[], Registry]]:
    """Return a function that installs the decoder that generates, for commands and in Python."""
    def _install() -> Registry:
        source = Path(__file__).parent / "third_party/jitter.py"
        install("jitter", source.read_text(encoding="utf-8"))
        registry.cache_clear()
        return registry()

    yield _install
    registry.cache_clear()


@pytest.fixture
def found() -> Callable[[], Registry]:
    """Return a function that discovers plugins anew, past the registry kept per process."""
    return registry.__wrapped__
