"""`identify --by` all but the hub: the rows of its table, and what it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from chemtranslate.cli.ledger import Ledger, count
from chemtranslate.errors import InputError
from chemtranslate.identification.verdict import UNFAMILIAR, Order, ranked
from chemtranslate.sample import Reject, Sample
from chemtranslate.translator import Translator

if TYPE_CHECKING:
    from chemtranslate.candidates import Candidates
    from chemtranslate.identification.evidence import Lineup
    from chemtranslate.identification.identifier import Answer, Identifier
    from chemtranslate.identification.naming import Measured
    from chemtranslate.table import EmbeddingTable

COLUMNS = (
    "query",
    "rank",
    "name",
    "smiles",
    "inchikey",
    "similarity",
    "probability",
    "predicted_match",
    "library_match",
    "familiarity",
    "expected_similarity",
)
IN_SET = "in_set"
"""One more column where a coverage is asked for."""
NONE = "none of these"


@dataclass(frozen=True)
class Asked:
    """What `identify` is asked for where it does not go by the hub alone.

    Attributes:
        modality: of the unknowns.
        by: what the candidates are ranked by.
        candidates: a table; the hub's reference chemicals where it is None.
        library: files of measured samples.
        calibrate: files of samples of known chemicals, measured as the unknowns were.
        retention: by how much retention indices may differ from those of the library; None passes
            them over.
        formula, mass, tolerance: of the candidates; all where they are None.
        coverage: of the sets; none where it is None.
        k: guesses for each unknown.
        identifier: its folder; the modality's where it is None.
    """

    modality: str
    by: Order
    candidates: EmbeddingTable | None
    library: tuple[str, ...]
    calibrate: tuple[str, ...]
    retention: float | None
    formula: str | None
    mass: float | None
    tolerance: float
    coverage: float | None
    k: int
    identifier: str | None


@dataclass(frozen=True)
class Prepared:
    """An identifier, and the candidates among which it looks."""

    identifier: Identifier
    lineup: Lineup


def prepared(translator: Translator, asked: Asked, ledger: Ledger) -> Prepared:
    """Load the identifier, its models and the library; make the candidates ready."""
    from chemtranslate.candidates import Candidates
    from chemtranslate.identification.naming import identifier_of, joined, recalibrated

    identifier = identifier_of(translator, asked.modality, asked.identifier)
    _announce(identifier)
    table = translator.hub.reference if asked.candidates is None else asked.candidates
    if asked.calibrate and (asked.formula is not None or asked.mass is not None):
        raise InputError(
            "--calibrate has no say among candidates of one formula or mass: their probabilities "
            "and sets are those that were learned"
        )
    if asked.calibrate:
        known = _measured(translator, asked, asked.calibrate, identifier, ledger)
        identifier = recalibrated(identifier, translator.hub, known)
        click.echo(f"calibrated on {count(len(known.samples), 'sample')}", err=True)
    measured = None
    if asked.library:
        measured = _measured(translator, asked, asked.library, identifier, ledger)
        if asked.candidates is None:
            table = joined(translator.hub, table, measured.entries)
    candidates = narrowed(Candidates.of(table), asked.formula, asked.mass, asked.tolerance)
    click.echo(f"{count(len(candidates), 'candidate')}", err=True)
    library = measured.library(identifier, asked.retention) if measured else None
    return Prepared(identifier, identifier.lineup(candidates, library))


def _measured(
    translator: Translator,
    asked: Asked,
    files: tuple[str, ...],
    identifier: Identifier,
    ledger: Ledger,
) -> Measured:
    """Read samples of known chemicals; those that cannot be used are noted."""
    from chemtranslate.identification.naming import Measured

    samples = translator.read(*files, modality=asked.modality, on_reject=ledger.note)
    return Measured.of(identifier, samples, ledger.note)


def answers(
    ready: Prepared, asked: Asked, records: Iterable[Sample | Reject], ledger: Ledger
) -> Iterator[Answer]:
    """Yield an answer for each unknown; each counts as written."""
    found = ready.identifier.answers(
        ledger.reading(records),
        ready.lineup,
        k=asked.k,
        by=asked.by,
        coverage=asked.coverage,
        on_reject=ledger.reject,
    )
    odd = 0
    for answer in ledger.writing(found):
        odd += answer.familiarity < UNFAMILIAR
        yield answer
    if odd:
        click.echo(
            f"{count(odd, 'sample')} unlike anything seen (familiarity below {UNFAMILIAR:g}): "
            "another kind of measurement, a mixture or noise?",
            err=True,
        )


def narrowed(
    candidates: Candidates, formula: str | None, mass: float | None, tolerance: float
) -> Candidates:
    """Return the candidates of a formula and of a mass; InputError where there is none."""
    if formula is not None:
        candidates = candidates.of_formula(formula)
    if mass is not None:
        candidates = candidates.of_mass(mass, tolerance)
    return candidates


def rows(answer: Answer) -> Iterator[tuple[str | int, ...]]:
    """Yield the cells of COLUMNS and IN_SET: a row for each guess, and for none where it ranks."""
    own = f"{answer.familiarity:.3f}", "" if answer.expected is None else f"{answer.expected:.3f}"
    for rank, guess in ranked(answer, len(answer.guesses)):
        if guess is None:
            cells = NONE, "", "", "", f"{answer.none:.4f}", "", "", *own, ""
        else:
            who = guess.chemical
            library = "" if guess.library is None else f"{guess.library:.4f}"
            inside = "" if guess.inside is None else ("yes" if guess.inside else "no")
            cells = (who.name, who.smiles, who.inchikey, f"{guess.similarity:.4f}",
                     f"{guess.probability:.4f}", f"{guess.predicted:.4f}", library, *own, inside)
        yield answer.sample.id, rank, *cells


def _announce(identifier: Identifier) -> None:
    evidence = identifier.evidence
    click.echo(
        f"encoder {evidence.encoder.label}, decoder {evidence.decoder.label}, "
        f"weighed by {identifier.card.name} {identifier.card.digest}",
        err=True,
    )

