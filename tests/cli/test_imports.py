"""What starts fast must stay fast: the heavy libraries are imported where they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "rdkit", "sklearn", "matplotlib", "safetensors", "chemicals")
REPORT = f"""
heavy = {{module.partition(".")[0] for module in sys.modules}} & set({HEAVY})
print("imported:", sorted(heavy), file=sys.stderr)
"""
COMMAND = """
sys.argv = ["chemtranslate", *{}]
from chemtranslate.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


@pytest.mark.parametrize("arguments", [
    ["--help"], ["--version"], ["plugins", "list"], ["plugins", "list", "--json"],
    ["plugins", "info", "mass_spec"], ["translate", "--help"],
])
def test_help_and_listing_of_plugins_import_nothing_heavy(arguments: list[str]) -> None:
    assert _imported(COMMAND.format(arguments)) == "imported: []"


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert _imported("import chemtranslate, chemtranslate.cli; chemtranslate.Translator") == (
        "imported: []")


def _imported(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", f"import sys\n{code}\n{REPORT}"], text=True,
                          capture_output=True, check=True, timeout=60)
    return done.stderr.strip().splitlines()[-1]
