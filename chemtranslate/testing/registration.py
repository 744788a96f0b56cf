"""What a plugin registers: whether it loads, cheaply, and whether its specs lead somewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from chemtranslate.errors import UnknownNameError
from chemtranslate.plugins import Registry
from chemtranslate.specs import API_VERSION, FormatSpec, ModalitySpec, resolve
from chemtranslate.testing.bench import Bench
from chemtranslate.testing.report import Finding
from chemtranslate.testing.rules import NotChecked, expect, tried_if

HEAVY = ("torch", "rdkit")
"""Modules that listing plugins must not import."""
_LOAD = """
import json, sys
from chemtranslate.discovery import alone
alone({name!r})
print()
print(json.dumps([name for name in {heavy!r} if name in sys.modules]))
"""
_REFERENCES = ("read", "write", "load", "train", "evaluate", "predict", "form", "prepare",
               "metrics", "plot")  # fmt: skip
"""Fields of specs that are import strings."""


def checked(bench: Bench) -> Iterator[Finding]:
    """Yield what comes of the checks of the registration."""
    yield from tried_if(
        bench.plugin.name,
        ("hooks and API version", lambda: _registered(bench)),
        ("lazy import", lambda: _lazy(bench.plugin.name)),
        ("names", lambda: _names(bench)),
        ("import strings", lambda: _references(bench)),
        ("commands", lambda: _commands(bench)),
    )


def _registered(bench: Bench) -> None:
    plugin = bench.plugin
    expect(
        plugin.state == "active",
        f"a plugin that is not registered: {plugin.reason}",
        f"one that loads and is made for hook API {API_VERSION}",
    )
    expect(plugin.names() or plugin.commands, "no spec and no command", "at least one of them")


def _lazy(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOAD.format(name=name, heavy=HEAVY)],
        env=environment(), text=True, capture_output=True, check=False,
    )  # fmt: skip
    imported = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else done.stderr
    expect(
        imported == [],
        f"{imported} imported with the plugin's module or its hooks",
        f"none of {', '.join(HEAVY)}: import them where they are used",
    )


def environment() -> dict[str, str]:
    """Return the environment of a process that imports from where this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _names(bench: Bench) -> None:
    known = bench.plugins
    for kind in ("encoder", "decoder", "augmenter"):
        for spec in bench.plugin.specs[kind]:
            family = spec.name.partition("/")[0]
            expect(
                family == spec.modality,
                f"{kind} {spec.name!r} of modality {spec.modality!r}",
                f"a name that begins with '{spec.modality}/'",
            )
            _expect_known(known, "modality", spec.modality, f"{kind} {spec.name!r}")
    for spec in bench.plugin.specs["modality"]:
        _modality_names(spec, known)
    for spec in bench.plugin.specs["hub"]:
        _expect_known(known, "modality", spec.structures, f"hub {spec.name!r}")


def _modality_names(spec: ModalitySpec, known: Registry) -> None:
    who = f"modality {spec.name!r}"
    chosen = {"encoder": [spec.encoder], "augmenter": [spec.augmenter],
              "decoder": [spec.decoder, spec.generator, spec.auto]}  # fmt: skip
    for kind, names in chosen.items():
        for name in filter(None, names):
            _expect_known(known, kind, name, who)
            model: Any = getattr(known, kind)(name)
            expect(
                model.modality == spec.name,
                f"{kind} {name!r} of modality {model.modality!r} named by {who}",
                f"one of {spec.name!r}",
            )
    for fmt in spec.formats:
        _format_names(fmt, who)
    for example in spec.examples:
        expect(example.is_file(), f"no file {example}, an example of {who}", "a file")


def _format_names(fmt: FormatSpec, who: str) -> None:
    expect(fmt.read or fmt.write, f"format {fmt.name!r} of {who} with neither", "read or write")
    for suffix in fmt.suffixes:
        good = suffix.startswith(".") and suffix == suffix.lower() and suffix.count(".") == 1
        expect(
            good,
            f"the suffix {suffix!r} of format {fmt.name!r}",
            "one dot, then lower-case letters: '.csv'",
        )


def _expect_known(known: Registry, kind: str, name: str, who: str) -> None:
    try:
        getattr(known, kind)(name)
    except UnknownNameError as error:
        expect(False, f"{who}, which names an {error}", f"the name of a registered {kind}")


def _references(bench: Bench) -> None:
    for specs in bench.plugin.specs.values():
        for spec in specs:
            for described in (spec, *getattr(spec, "formats", ())):
                for field in _REFERENCES:
                    reference = getattr(described, field, None)
                    if reference is not None:
                        _resolves(reference, field, described.name)


def _resolves(reference: str, field: str, name: str) -> None:
    found = resolve(reference)
    expect(
        field == "form" or callable(found),
        f"{field} of {name!r}: {reference!r} is a {type(found).__name__}",
        "something that can be called",
    )


def _commands(bench: Bench) -> None:
    import click

    if bench.plugin.commands is None:
        raise NotChecked("the plugin adds none")
    bench.plugin.commands(click.Group("chemtranslate"))
