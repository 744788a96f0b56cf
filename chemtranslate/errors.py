"""Every error that chemtranslate raises on purpose: one short tree, each message a whole sentence.

A message says what was found, what was expected, and where. The command line prints it and
exits with code 2; whatever is not in this tree is a defect and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ChemTranslateError(Exception):
    """Root of all errors that the project raises on purpose."""


class InputError(ChemTranslateError):
    """Input that cannot be used: a file, a record or a value in it."""


class OutputError(ChemTranslateError):
    """Output that cannot be written, or that exists already."""


class StructureError(InputError):
    """A molecular structure that cannot be read, named or drawn."""


class ArtefactError(ChemTranslateError):
    """A model folder or embedding table that is incomplete, damaged or of an unknown form."""


class HubMismatchError(ArtefactError):
    """Two things made for different hubs were brought together."""


class PluginError(ChemTranslateError):
    """A plugin that breaks its contract, or two plugins that claim one name."""


class ProcessError(ChemTranslateError):
    """A process that works for this one was ended from outside."""


class UnknownNameError(ChemTranslateError):
    """A modality, model, chemical or plugin that nobody registered."""

    @classmethod
    def of(cls, kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
        """Build the error for `name`, suggesting the closest of the `known` names."""
        names = sorted(set(known))
        close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        return cls(f"unknown {kind} {name!r}: {hint}known are {', '.join(names) or 'none'}")


class MissingExtraError(ChemTranslateError):
    """An optional dependency that this call needs is not installed."""

    @classmethod
    def of(cls, what: str, extra: str) -> MissingExtraError:
        """Build the error for `what`, which `pip install 'chemtranslate[extra]'` would enable."""
        return cls(f"{what} needs an optional part: pip install 'chemtranslate[{extra}]'")
