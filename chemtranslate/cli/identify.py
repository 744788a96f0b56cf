"""`identify`: samples of one sensor, or of several, in; the chemicals nearest to them out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, cast, get_args

import click

from chemtranslate.candidates import Candidates
from chemtranslate.cli import options
from chemtranslate.cli.evidence import COLUMNS, IN_SET, Asked, answers, narrowed, prepared, rows
from chemtranslate.cli.ledger import Ledger, count
from chemtranslate.cli.lookup import table_of
from chemtranslate.cli.report import check_report, reporting
from chemtranslate.cli.translate import announce
from chemtranslate.errors import InputError
from chemtranslate.files import check_output, csv_into, output_stream
from chemtranslate.hub import Match, Matrix
from chemtranslate.identification.verdict import Order
from chemtranslate.index import CATALOGUE
from chemtranslate.plugins import registry
from chemtranslate.sample import Reject, Sample
from chemtranslate.table import EmbeddingTable
from chemtranslate.translator import Translator

HITS = ("query", "rank", "name", "smiles", "inchikey", "similarity")
HUB, EVIDENCE = "hub", "evidence"
SENSORS = "sensors"
"""One more column, where there are several sensors: which of them saw the unknown."""


@dataclass(frozen=True)
class Identified:
    """An unknown, and the chemicals nearest to it.

    Attributes:
        sample: of the first sensor.
        matches: nearest first.
        sensors: whose samples took part.
    """

    sample: Sample
    matches: list[Match]
    sensors: tuple[str, ...]

    def rows(self) -> Iterator[tuple[str | int, ...]]:
        """Yield the cells of HITS and SENSORS, a row for each chemical."""
        for rank, match in enumerate(self.matches, 1):
            who, similarity = match.chemical, f"{match.similarity:.4f}"
            yield (
                self.sample.id,
                rank,
                who.name,
                who.smiles,
                who.inchikey,
                similarity,
                "+".join(self.sensors),
            )


@click.command()
@options.source
@options.inputs
@click.option(
    "--candidates",
    metavar="FILE|TABLE",
    help="Chemicals to choose from: a CSV file with a column smiles (name and inchikey "
    "optional), an embedding table or the word catalogue; the hub's reference chemicals by "
    "default.",
)
@click.option(
    "--with",
    "others",
    metavar="MODALITY=FILE",
    multiple=True,
    help="Samples of the same unknowns by another sensor, of the same ids or in the same order. "
    "May be given for several sensors.",
)
@click.option(
    "--by",
    type=click.Choice([HUB, *get_args(Order)]),
    default=HUB,
    show_default=True,
    help="hub: nearest by hub vector. predicted: most like what is predicted for the candidates. "
    "library: most like the samples of --library. evidence: most likely by all of these and what "
    "else is known. All but the first state probabilities, and need an identifier.",
)
@click.option(
    "--library",
    metavar="FILE",
    multiple=True,
    help="Measured samples of known chemicals, with structures; not with --by hub.",
)
@click.option(
    "--retention-index",
    "retention",
    type=click.FloatRange(0),
    metavar="N",
    help="With --library: measured samples whose retention index differs by more than N from the "
    "unknown's count as unlike; where either states none, the signal alone decides.",
)
@click.option(
    "--calibrate",
    metavar="FILE",
    multiple=True,
    help="Samples of known chemicals, with structures, measured as the unknowns were (20 or more): "
    "probabilities and sets then hold for this instrument; not with --by hub.",
)
@click.option("--formula", help="Only candidates of this molecular formula, as C8H10N4O2.")
@click.option("--mass", type=float, metavar="DA", help="Only candidates of this monoisotopic mass.")
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    metavar="DA",
    default=0.5,
    show_default=True,
    help="By how much masses may differ from --mass.",
)
@click.option(
    "--coverage",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="With --by evidence: mark the candidates of a set that holds the right one this often.",
)
@click.option(
    "--identifier",
    metavar="DIR",
    help="Folder of another identifier (`train --role identifier`); not with --by hub.",
)
@click.option(
    "--report",
    metavar="FILE",
    type=options.PATH,
    help="With --by evidence: a web page to write besides, in one file (.html): each unknown drawn "
    "above what is predicted for its candidates.",
)
@options.top_k("Chemicals to name for each sample.")
@options.output(f"CSV file of hits: {', '.join(HITS)}; further columns with --with and --by.")
@options.encoder
@options.decoder
@click.option(
    "--with-encoder",
    "other_encoders",
    metavar="MODALITY=NAME|DIR",
    multiple=True,
    help="Encoder to use for a sensor of --with; the modality's own by default.",
)
@options.hub
@options.read_format
@options.rejects
@options.force
@options.as_json
def identify(
    source: str,
    inputs: tuple[str, ...],
    candidates: str | None,
    others: tuple[str, ...],
    by: str,
    library: tuple[str, ...],
    calibrate: tuple[str, ...],
    retention: float | None,
    formula: str | None,
    mass: float | None,
    tolerance: float,
    coverage: float | None,
    identifier: str | None,
    report: Path | None,
    top_k: int,
    output: Path,
    encoder: str | None,
    decoder: str | None,
    other_encoders: tuple[str, ...],
    hub: str | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Name the chemicals whose hub vectors are nearest to each sample's.

    With samples of other sensors, each counts by how far its encoder is known to be off. Candidates
    may also be ranked by match, or by all evidence, with probabilities.
    """
    needs_identifier = {
        "--library": library,
        "--calibrate": calibrate,
        "--retention-index": retention is not None,
        "--identifier": identifier,
        "--decoder": decoder,
    }
    needs_evidence = {"--coverage": coverage, "--report": report}
    _expect_fitting(by, others, needs_identifier, needs_evidence)
    for option, value in (("--mass", mass), ("--tolerance", tolerance),
                          ("--retention-index", retention)):
        if value is not None and not math.isfinite(value):
            raise InputError(f"{option} {value:g}: expected a finite number")
    if retention is not None and not library:
        raise InputError("--retention-index needs --library, whose indices are compared")
    files = _files(source, inputs, others)
    chosen = _encoders(other_encoders, others=set(files) - {source})
    if encoder is not None:
        chosen[source] = encoder
    translator = Translator(hub, encoder=chosen or None, decoder=decoder)
    check_output(output, force)
    if report is not None:
        check_report(report, force, translator.plugins.modality(source))
    read = [*chain(*files.values()), *library, *calibrate, *([candidates] if candidates else ())]
    with Ledger(rejects, force, others=read, output=output, report=report) as ledger:
        table = _candidates(translator, candidates, ledger) if candidates else None
        records = {
            modality: translator.records(
                *own, modality=modality, format=format_ if modality == source else None
            )
            for modality, own in files.items()
        }
        if by != HUB:
            asked = Asked(source, cast(Order, by), table, library, calibrate, retention, formula,
                          mass, tolerance, coverage, top_k, identifier)
            ready = prepared(translator, asked, ledger)
            heads = (*COLUMNS, IN_SET) if coverage is not None else COLUMNS
            with (
                _table(output, force, ledger, heads) as hits,
                reporting(report, force, ready, asked, inputs, candidates, ledger) as page,
            ):
                for answer in answers(ready, asked, records[source], ledger):
                    hits.writerows(row[: len(heads)] for row in rows(answer))
                    if page is not None:
                        page.add(answer)
            more = {} if report is None else {"report": str(report)}
            ledger.close(str(output), as_json, hub=translator.hub.id, **more)
            if report is not None:
                click.echo(f"report -> {report}", err=True)
            return
        table = _narrowed(translator, table, formula, mass, tolerance)
        for modality in files:
            announce(translator, modality)
        if others:
            found = _together(translator, records, ledger, top_k, table)
        else:
            found = _alone(translator, source, records[source], ledger, top_k, table)
        columns = (*HITS, SENSORS) if others else HITS
        cells = chain.from_iterable(one.rows() for one in found)
        with _table(output, force, ledger, columns) as hits:
            hits.writerows(row[: len(columns)] for row in cells)
    ledger.close(str(output), as_json, hub=translator.hub.id)


def _expect_fitting(
    by: str,
    others: tuple[str, ...],
    needs_identifier: Mapping[str, object],
    needs_evidence: Mapping[str, object],
) -> None:
    """Expect options that can be meant together.

    Args:
        needs_identifier: what options hold that do not go with `--by hub`.
        needs_evidence: what options hold that go with `--by evidence` only.

    Raises:
        InputError: they cannot.
    """
    if by != HUB and others:
        raise InputError(f"--by {by} looks at samples of one sensor; --with names others")
    for needed, fits in ((needs_identifier, by != HUB), (needs_evidence, by == EVIDENCE)):
        for option, value in needed.items():
            if value and not fits:
                raise InputError(f"{option} needs --by evidence")
    if by == "library" and not needs_identifier["--library"]:
        raise InputError("--by library needs --library, the measured samples to rank by")


def _narrowed(
    translator: Translator,
    table: EmbeddingTable | None,
    formula: str | None,
    mass: float | None,
    tolerance: float,
) -> EmbeddingTable | None:
    """Return the candidates of a formula and mass, where one is asked for."""
    if formula is None and mass is None:
        return table
    everyone = Candidates.of(translator.hub.reference if table is None else table)
    return narrowed(everyone, formula, mass, tolerance).subtable()


@contextmanager
def _table(
    output: Path, force: bool, ledger: Ledger, columns: tuple[str, ...]
) -> Iterator[Any]:
    """Give a `csv.writer` of a table of hits, its first row written."""
    with ledger.writing_to(output_stream(output, force)) as stream, csv_into(stream) as table:
        table.writerow(columns)
        yield table


def _files(
    source: str, inputs: tuple[str, ...], others: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Return the inputs of each modality, those of `--from` first.

    Raises:
        InputError: a modality is named twice, or `--with` names none.
        UnknownNameError: nobody registered it.
    """
    plugins = registry()
    plugins.modality(source)
    files = {source: inputs}
    for other in others:
        modality, file = _parts("--with", other, "FILE")
        plugins.modality(modality)
        if modality in files:
            raise InputError(f"--with {other}: there are {modality} samples already")
        files[modality] = (file,)
    return files


def _encoders(chosen: tuple[str, ...], others: set[str]) -> dict[str, str]:
    """Return the encoders that were chosen for the sensors of `--with`, by modality.

    Raises:
        InputError: a modality is not among them, or has two.
    """
    encoders: dict[str, str] = {}
    for one in chosen:
        modality, name = _parts("--with-encoder", one, "NAME|DIR")
        if modality not in others:
            raise InputError(f"--with-encoder {one}: --with names no {modality} samples")
        if modality in encoders:
            raise InputError(f"--with-encoder {one}: {modality} has {encoders[modality]} already")
        encoders[modality] = name
    return encoders


def _parts(option: str, text: str, what: str) -> tuple[str, str]:
    """Return modality and value of an option that states both; InputError where it does not."""
    modality, _, value = text.partition("=")
    if not value:
        raise InputError(f"{option} {text}: expected MODALITY={what}")
    return modality, value


def _alone(
    translator: Translator,
    source: str,
    records: Iterable[Sample | Reject],
    ledger: Ledger,
    k: int,
    among: EmbeddingTable | None,
) -> Iterator[Identified]:
    found = translator.identify(
        ledger.reading(records), source=source, k=k, among=among, on_reject=ledger.reject
    )
    for sample, matches in ledger.writing(found):
        yield Identified(sample, matches, (source,))


def _together(
    translator: Translator,
    records: dict[str, Iterator[Sample | Reject]],
    ledger: Ledger,
    k: int,
    among: EmbeddingTable | None,
) -> Iterator[Identified]:
    """Yield the unknowns of the first sensor; every sample that took part counts as written."""
    fused = translator.fuse(
        {modality: ledger.counting(own, modality) for modality, own in records.items()},
        on_reject=ledger.reject,
    )
    for sensors, number in Counter(fused.sensors).most_common():
        click.echo(f"{count(number, 'unknown')} by {' and '.join(sensors)}", err=True)
    if unknown := [modality for modality in records if translator.encoder(modality).error is None]:
        click.echo(
            f"the encoder of {', '.join(unknown)} does not state how far it is off: where it "
            "takes part, all sensors count alike",
            err=True,
        )
    matches = translator.hub.nearest(cast(Matrix, fused.vectors), k, among)
    everything = zip(fused.samples, matches, fused.sensors, strict=True)
    for sample, near, sensors in ledger.writing(everything):
        ledger.written += len(sensors) - 1
        yield Identified(sample, near, sensors)


def _candidates(translator: Translator, file: str, ledger: Ledger) -> EmbeddingTable:
    if Path(file).is_dir() or file == CATALOGUE:
        return table_of(translator.hub, file)
    modality = translator.plugins.hub(translator.hub.card.name).structures
    chemicals = Translator(translator.hub, plugins=translator.plugins)
    samples = chemicals.read(file, modality=modality, on_reject=ledger.note)
    table = chemicals.table(samples, source=modality, on_reject=ledger.note)
    if not len(table):
        raise InputError(f"{file}: found no usable candidate, expected at least one structure")
    click.echo(f"{count(len(table), 'candidate')} from {file}", err=True)
    return table
