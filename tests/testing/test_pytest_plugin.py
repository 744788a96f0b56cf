"""The fixture for authors: it fails with what failed, and costs nothing where it is not used."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from chemtranslate.testing import Finding, Report, pytest_plugin

ROOT = Path(__file__).parents[2]


def _fixture(monkeypatch: pytest.MonkeyPatch, outcome: str) -> tuple[Callable[..., Report], list]:
    report = Report("toy", "toy-sensor 1.2", (
        Finding("round trip", "toy lines", outcome, "found 1, expected 2"),))
    monkeypatch.setattr("chemtranslate.testing.check_plugin", lambda name, **options: report)
    shown: list[object] = []
    request = SimpleNamespace(node=SimpleNamespace(
        add_report_section=lambda *section: shown.append(section)))
    return pytest_plugin.check_plugin.__wrapped__(request), shown


def test_the_fixture_fails_with_what_was_found_and_expected(monkeypatch: pytest.MonkeyPatch,
                                                            ) -> None:
    check, _ = _fixture(monkeypatch, "failed")
    with pytest.raises(pytest.fail.Exception) as caught:
        check("toy")
    assert str(caught.value) == (
        "failed: round trip of toy lines: found 1, expected 2\n"
        "toy (toy-sensor 1.2): passed 0 / failed 1 / not checked 0")


def test_the_fixture_shows_what_was_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    check, shown = _fixture(monkeypatch, "not checked")
    assert check("toy")
    ((when, title, text),) = shown
    assert (when, title) == ("call", "checks")
    assert text.startswith("not checked  round trip  toy lines: found 1, expected 2\n")


def test_it_is_an_entry_point_that_imports_nothing_but_pytest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (module,) = project["entry-points"]["pytest11"].values()
    code = (f"import pytest, sys; before = set(sys.modules); import {module}; "
            "print(*{name.partition('.')[0] for name in set(sys.modules) - before} "
            "& {'numpy', 'pydantic', 'pluggy', 'torch', 'rdkit', 'click'})")
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True,
                          timeout=60)
    assert done.stdout.strip() == ""
