"""The wheel: built, installed in a clean environment and used from there."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import SPECTRA

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "plugins/chemception/chemtranslate_chemception/models/chemception-v1/card.json"
PACKAGES = ("chemtranslate", "chemtranslate_chemception", "chemtranslate_mass_spec")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source tree."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder,
                    ROOT], check=True, capture_output=True, timeout=300)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the wheel and its dependencies, nothing of this tree.

    The dependencies are those of this environment, reached through a .pth file, whose own .pth
    files (the editable installation among them) are not followed.
    """
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    subprocess.run([sys.executable, "-m", "pip", "--python", folder / "bin/python", "install",
                    "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", wheel],
                   check=True, timeout=300)
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return folder / "bin"


def test_the_wheel_holds_the_three_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.endswith(".part")]
    assert [name for name in names if name.endswith("licenses/LICENSE")]
    assert "chemtranslate/plugin-template/chemtranslate_mysensor/examples/examples.csv" in names
    if SHIPPED.exists():
        assert [name for name in names if name.endswith("LICENSE-WEIGHTS.md")]
        assert "chemtranslate_chemception/models/chemception-v1/reference/table.json" in names


def test_the_installed_packages_are_those_of_the_wheel(clean: Path, tmp_path: Path) -> None:
    code = ";".join(f"import {package}; print({package}.__file__)" for package in PACKAGES)
    done = subprocess.run([clean / "python", "-c", code], cwd=tmp_path, text=True,
                          capture_output=True, check=True, timeout=60)
    for line in done.stdout.splitlines():
        assert Path(line).is_relative_to(clean.parent)
    listed = subprocess.run([clean / "chemtranslate", "plugins", "list"], cwd=tmp_path, text=True,
                            capture_output=True, check=True, timeout=60).stdout
    assert listed.count("  active  ") == 2


@pytest.mark.skipif(not SHIPPED.exists(), reason="no trained weights in this source tree yet")
def test_the_installed_wheel_translates_with_the_weights_it_ships(clean: Path, tmp_path: Path,
                                                                  ) -> None:
    (tmp_path / "in.msp").write_text(SPECTRA, encoding="utf-8")
    done = subprocess.run([clean / "chemtranslate", "translate", "--from", "mass_spec", "--to",
                           "mass_spec", "in.msp", "-o", "out.msp"], cwd=tmp_path, text=True,
                          capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "read 3 / written 3 / rejected 0 -> out.msp" in done.stderr
    assert (tmp_path / "out.msp").read_text().count("Num Peaks:") == 3
