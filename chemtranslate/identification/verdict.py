"""What an answer comes to, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from chemtranslate.chemical import Chemical
    from chemtranslate.identification.identifier import Answer, Guess

UNFAMILIAR = 0.5
"""Familiarity below which a sample is pointed out."""
PROBABLE = 0.5
"""Probability from which one candidate, or none of them, is called probable."""
Kind = Literal["named", "open", "none", "odd"]
Order = Literal["predicted", "library", "evidence"]
"""By what candidates are ranked: the match with what is predicted for them alone, that with their
most similar sample in the library alone, or all evidence."""


@dataclass(frozen=True)
class Verdict:
    """One sentence about an unknown, and a second one where the first leaves something open.

    Attributes:
        kind: named: one candidate is probable; none: that it is none of them is; open: neither;
            odd: the sample is like nothing seen.
    """

    kind: Kind
    sentence: str
    more: str = ""


def verdict(answer: Answer) -> Verdict:
    """Return what to say first of an unknown: a warning where it is unfamiliar."""
    found = _of_candidates(answer)
    if answer.familiarity >= UNFAMILIAR:
        return found
    within = found.sentence[0].lower() + found.sentence[1:]
    return Verdict(
        "odd",
        f"Unlike anything seen (familiarity {answer.familiarity:.2f}): another kind of "
        "measurement, a mixture or noise?",
        f"If it is a sound sample of one chemical after all: {within}.",
    )


def _of_candidates(answer: Answer) -> Verdict:
    if answer.none >= PROBABLE:
        return Verdict("none", f"Probably none of the candidates ({percent(answer.none)})")
    if not answer.guesses:
        return Verdict("open", "No candidate stands out")
    best = answer.guesses[0]
    who = f"{called(best.chemical)} ({percent(best.probability)})"
    if best.probability >= PROBABLE:
        return Verdict("named", f"Most likely {who}")
    return Verdict(
        "open",
        "No candidate stands out",
        f"The most likely is {who}; none of these: {percent(answer.none)}.",
    )


def ranked(answer: Answer, most: int) -> Iterator[tuple[int, Guess | None]]:
    """Yield ranks and guesses, the first `most` of them; None at the rank of "none of these".

    By a match alone, that has no rank.
    """
    shown = answer.guesses[:most]
    if answer.by != "evidence":
        yield from enumerate(shown, 1)
        return
    for number, guess in enumerate(shown):
        if number == answer.likelier:
            yield number + 1, None
        yield number + 1 + (number >= answer.likelier), guess
    if answer.likelier >= len(shown):
        yield answer.likelier + 1, None


def called(chemical: Chemical) -> str:
    """Return what to call a chemical: its name, else its CAS number, structure or key."""
    if chemical.cas and chemical.name in ("", chemical.cas):
        return f"CAS {chemical.cas}"
    return chemical.name or chemical.smiles or chemical.inchikey or "a candidate without a name"


def percent(probability: float) -> str:
    """Return a probability in whole percent; what is not quite 0 or 100 does not say so."""
    if probability < 0.005:
        return "<1\u00a0%"
    return ">99\u00a0%" if probability >= 0.995 else f"{probability:.0%}".replace("%", "\u00a0%")
