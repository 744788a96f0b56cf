"""`plugins new` writes a distribution that is installed, checked, tested and used as it is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chemtranslate.errors import InputError
from chemtranslate.plugins import registry
from chemtranslate.template import TEMPLATE, write_plugin

Run = Callable[..., str]
MINUTES = 3


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return `run(*arguments)`: Python, with what is installed in `site`; code 0, its output."""
    path = [str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}

    def _run(*arguments: object, code: int = 0) -> str:
        done = subprocess.run([sys.executable, *map(str, arguments)], cwd=tmp_path, env=env,
                              text=True, capture_output=True, check=False, timeout=60 * MINUTES)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return _run


COMMAND = ("-c", "from chemtranslate.cli import main; main()")


def test_a_new_plugin_is_installed_checked_and_used_within_three_minutes(
        run: Run, tiny_hub_folder: Path, tmp_path: Path) -> None:
    started = time.process_time() + os.times().children_user
    assert "next: pip install -e chemtranslate-gas-nose" in run(*COMMAND, "plugins", "new",
                                                                "gas_nose")
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
        "--disable-pip-version-check", "--target", "site", "./chemtranslate-gas-nose")
    examples = tmp_path / "site/chemtranslate_gas_nose/examples/examples.csv"
    hub = ("--hub", tiny_hub_folder)
    run(*COMMAND, "train", "gas_nose", examples, "-o", "trained", "--epochs", "2", *hub)
    checked = run(*COMMAND, "plugins", "check", "gas_nose", "--model", "trained/encoder",
                  "--model", "trained/decoder", *hub)
    assert "/ failed 0 /" in checked
    assert checked.count("not checked  ") == 4, checked  # commands, parts left out, training
    said = run(*COMMAND, "translate", "--from", "gas_nose", "--to", "gas_nose", examples, "-o",
               "again.csv", "--encoder", "trained/encoder", "--decoder", "trained/decoder", *hub)
    assert "read 18 / written 18 / rejected 0" in said
    assert len((tmp_path / "again.csv").read_text().splitlines()) == 19
    assert time.process_time() + os.times().children_user - started < 60 * MINUTES


def test_the_tests_of_a_new_plugin_pass(run: Run, tmp_path: Path) -> None:
    write_plugin("raman2", tmp_path / "raman2", registry())
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
        "--disable-pip-version-check", "--target", "site", "./raman2")
    assert "2 passed" in run("-m", "pytest", "-q", "-p", "no:cacheprovider", "raman2/tests")


def test_nothing_of_the_template_keeps_its_name(tmp_path: Path) -> None:
    files = write_plugin("gas_nose", tmp_path / "new", registry())
    assert len(files) == sum(path.is_file() and "__pycache__" not in path.parts
                             for path in TEMPLATE.rglob("*"))
    for path in files:
        text = (tmp_path / "new" / path).read_text(encoding="utf-8")
        assert "mysensor" not in f"{path} {text}"
        if path.suffix == ".py":
            compile(text, str(path), "exec")


@pytest.mark.parametrize("name", ["Raman", "2nd", "gas-nose", "gas__nose", "_x", "a b", "class", "",
                                  "../x", "n\u00f6se", "x" * 200 + "!"])
def test_a_name_that_no_package_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found the name .*, expected one for a Python package"):
        write_plugin(name, tmp_path / "new", registry())
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'mass_spec', which chemtranslate has taken"):
        write_plugin("mass_spec", tmp_path / "new", registry())
