"""chemtranslate: translation of chemical sensor data through one space of chemicals.

Everything here is imported when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chemtranslate.artefact import ModelCard as ModelCard
    from chemtranslate.chemical import Chemical as Chemical
    from chemtranslate.errors import ChemTranslateError as ChemTranslateError
    from chemtranslate.hookspecs import hookimpl as hookimpl
    from chemtranslate.hub import Hub as Hub
    from chemtranslate.hub import Match as Match
    from chemtranslate.hub import Point as Point
    from chemtranslate.hub import load_hub as load_hub
    from chemtranslate.sample import Place as Place
    from chemtranslate.sample import Reject as Reject
    from chemtranslate.sample import Sample as Sample
    from chemtranslate.table import EmbeddingTable as EmbeddingTable
    from chemtranslate.translator import Translator as Translator

_HOME = {
    "ModelCard": "artefact",
    "Chemical": "chemical",
    "ChemTranslateError": "errors",
    "hookimpl": "hookspecs",
    "Hub": "hub",
    "Match": "hub",
    "Point": "hub",
    "load_hub": "hub",
    "Place": "sample",
    "Reject": "sample",
    "Sample": "sample",
    "EmbeddingTable": "table",
    "Translator": "translator",
}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'chemtranslate' has no attribute {name!r}")
    return getattr(importlib.import_module(f"chemtranslate.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
