"""Nobody can add a hook, or change its arguments, without saying so in the plugin guide."""

from __future__ import annotations

import inspect

import pytest
from documented import DOCS

from chemtranslate import hookspecs

HOOKS = [function for name, function in vars(hookspecs).items()
         if name.startswith("chemtranslate_") and inspect.isfunction(function)]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.__name__)
def test_every_hook_has_a_heading_with_its_exact_arguments(hook: object) -> None:
    arguments = ", ".join(inspect.signature(hook).parameters)  # type: ignore[arg-type]
    heading = f"### `{hook.__name__}({arguments})`"  # type: ignore[attr-defined]
    assert heading in (DOCS / "plugin-guide.md").read_text(encoding="utf-8").splitlines()


def test_there_are_hooks() -> None:
    assert len(HOOKS) >= 6
