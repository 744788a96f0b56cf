"""How a check is made: a rule that raises where it is broken, and what comes of trying it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from chemtranslate.errors import ChemTranslateError
from chemtranslate.protocols import Array
from chemtranslate.testing.report import Finding

Rule = tuple[str, Callable[[], object]]
"""Name of a check, and what makes it; a text that it returns is a remark on how far it went."""


STRUCTURES = ("CCO", "c1ccccc1", "CC(=O)O", "CCCCCC", "Cc1ccccc1O", "CN1CCCC1c1cccnc1")
"""Chemicals of several kinds and masses, for what is asked of structures."""


class Broken(Exception):
    """A rule does not hold."""


class NotChecked(Exception):
    """A rule cannot be tried here."""


def expect(holds: object, found: object, expected: str) -> None:
    """Raise `Broken` with what was found and expected unless something holds."""
    if not holds:
        raise Broken(f"found {found}, expected {expected}")


def tried(subject: str, *rules: Rule) -> Iterator[Finding]:
    """Yield what comes of each rule."""
    for check, rule in rules:
        yield _outcome(check, subject, rule)


def tried_if(subject: str, first: Rule, *others: Rule) -> Iterator[Finding]:
    """Yield what comes of a rule, and of the others, which make no sense unless it holds."""
    finding = _outcome(first[0], subject, first[1])
    yield finding
    if finding.outcome == "passed":
        yield from tried(subject, *others)
        return
    for check, _ in others:
        yield Finding(check, subject, "not checked", f"{first[0]!r}: {finding.outcome}")


def _outcome(check: str, subject: str, rule: Callable[[], object]) -> Finding:
    try:
        remark = rule()
    except NotChecked as reason:
        return Finding(check, subject, "not checked", str(reason))
    except Broken as error:
        return Finding(check, subject, "failed", str(error))
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - a stranger's code may raise anything
        said = f"found {raised(error)}"
        expected = "" if "expected" in said else ", expected no error"
        return Finding(check, subject, "failed", said + expected)
    return Finding(check, subject, "passed", remark if isinstance(remark, str) else "")


def raised(error: BaseException) -> str:
    """Say in one line which error was raised and where."""
    text = f"{type(error).__name__}: {error}".strip().replace("\n", " ")
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or isinstance(error, ChemTranslateError):
        return text
    return f"{text} ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"


def alike(one: Array, other: Array, share: float) -> bool:
    """Say whether two arrays are the same, but for a share of the largest number in either."""
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return False
    if one.dtype.kind in "UO" or other.dtype.kind in "UO":
        return bool((one == other).all())
    return far(one, other) <= share


def far(one: Array, other: Array) -> float:
    """Return the greatest difference of two arrays, as a share of the largest number in either."""
    largest = max(float(np.abs(array).max(initial=0.0)) for array in (one, other))
    difference = np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64))
    return float(difference.max(initial=0.0)) / largest if largest else 0.0


def expect_alike(one: Array, other: Array, share: float, what: str) -> None:
    """Raise `Broken` where two arrays differ by more than a share of the largest number."""
    if not alike(one, other, share):
        numbers = np.shape(one) == np.shape(other) and np.asarray(one).dtype.kind not in "UO"
        found = f"a difference of {far(one, other):.2g} of the largest" if numbers else (
            f"{np.asarray(one)!r:.80} and {np.asarray(other)!r:.80}"
        )
        raise Broken(f"found {found}, expected {what}")
