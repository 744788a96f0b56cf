"""Building embedding tables of many chemicals: in pieces, so that a stop loses little.

While it grows, a table lies beside its place with a note of how far it got: records read, rejects,
shards. Building it again goes on from there, if chemicals and hub are still the same.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from chemtranslate import catalogue
from chemtranslate.chemical import Chemical
from chemtranslate.errors import (
    ArtefactError,
    ChemTranslateError,
    InputError,
    OutputError,
    ProcessError,
)
from chemtranslate.files import check_folder, followed, put_in_place
from chemtranslate.hub import in_bulk
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate.table import (
    CARD,
    EmbeddingTable,
    TableCard,
    TableWriter,
    write_merged,
)
from chemtranslate.translator import Translator, entry_of

CATALOGUE = "catalogue"
"""What stands for the whole catalogue where a file of chemicals is expected."""
PIECE = 4096
"""Records between two notes."""
NOTE = "note.json"


class Note(BaseModel):
    """How far a table has grown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    card: TableCard
    read: int
    rejects: tuple[tuple[str, int, str, str, str, bool], ...] = ()


def chemicals_of_catalogue() -> Iterator[Sample]:
    """Yield every chemical of the catalogue as a sample."""
    for number, chemical in enumerate(catalogue.everything(), 1):
        yield sample_of(chemical, Place(CATALOGUE, number))


def sample_of(chemical: Chemical, place: Place) -> Sample:
    """Return a chemical as a sample of structures."""
    return Sample(chemical.cas or chemical.key, chemical, chemical.name, chemical, {}, place)


def build(
    records: Iterable[Sample | Reject],
    translator: Translator,
    folder: Path,
    card: TableCard,
    *,
    source: str = "",
    force: bool = False,
    append: bool = False,
    on_reject: Callable[[Reject], None],
) -> tuple[int, int]:
    """Embed chemicals and write them as a table; go on where an earlier attempt stopped.

    Args:
        records: of the hub's modality of structures; the same ones as in the earlier attempt.
        translator: holds the hub; a `batch` as large as PIECE lets drawing and network overlap.
        folder: the table; it appears when it is whole.
        card: what the table is.
        source: tells the records from others; an earlier attempt at the same table from the same
            source is gone on with. Empty for records that cannot be had twice.
        force: replace an existing table.
        append: add to an existing table of the same hub, whose own rows are left as they are.
        on_reject: called with each reject, those of the earlier attempt included.

    Returns:
        the numbers of records read and of rows written.

    Raises:
        ProcessError: a process that helps was ended; what had been noted is kept.
        OutputError: the table exists and neither `force` nor `append` is given; something else
            lies where it would grow; or the disk refused.
        HubMismatchError: the table to append to was made with another hub.
        InputError: no record could be used.
    """
    existing = EmbeddingTable.open(folder, card.hub).card if append else None
    check_folder(folder, force or append, CARD)
    work = _work(folder)
    if work.exists() and not any((work / name).exists() for name in (NOTE, CARD)):
        raise OutputError(f"{work}: is in the way, expected to build the table there")
    note = _resumed(work, card, source) if source else None
    if note is None:
        shutil.rmtree(work, ignore_errors=True)
        try:
            work.mkdir(parents=True)
            TableWriter(work, card).flush()
        except OSError as error:
            raise OutputError(f"{work}: cannot be written: {error.strerror or error}") from None
        note = Note(source=source, card=card, read=0)
    for kept in note.rejects:
        on_reject(_unpacked(kept))
    try:
        with in_bulk(translator.hub.model):
            note = _grown(work, note, records, translator, on_reject)
        if not note.card.shards:
            why = f", the first because: {_unpacked(note.rejects[0])}" if note.rejects else ""
            raise InputError(f"no table: none of {note.read} records could be used{why}")
        whole = work / "whole"
        shutil.rmtree(whole, ignore_errors=True)
        whole.mkdir()
        card = write_merged(EmbeddingTable.open(work, card.hub), whole)
        if existing is None:
            put_in_place(whole, folder)
        else:
            _join(whole, card, folder, existing)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror or error}") from None
    except (KeyboardInterrupt, SystemExit, ProcessError):
        if not (source and goes_on(folder)):
            shutil.rmtree(work)
        raise
    except ChemTranslateError:
        shutil.rmtree(work)
        raise
    shutil.rmtree(work)
    return note.read, sum(shard.rows for shard in card.shards)


def goes_on(folder: Path) -> bool:
    """Say whether a table has grown in part, so that building it again goes on from there."""
    return (_work(folder) / NOTE).is_file()


def _work(folder: Path) -> Path:
    place = followed(folder)
    return place.with_name(place.name + ".building")


def _grown(
    work: Path,
    note: Note,
    records: Iterable[Sample | Reject],
    translator: Translator,
    on_reject: Callable[[Reject], None],
) -> Note:
    """Embed the records that a note does not count yet, with a new note after each piece."""
    structures = translator.plugins.hub(translator.hub.card.name).structures
    writer, read, rejects = TableWriter(work, note.card), note.read, list(note.rejects)

    def rejected(reject: Reject) -> None:
        rejects.append(_packed(reject))
        on_reject(reject)

    stream = islice(records, read, None)
    while piece := list(islice(stream, PIECE)):
        samples = []
        for record in piece:
            if isinstance(record, Reject):
                rejected(record)
            else:
                samples.append(record)
        for embedded in translator.embed(samples, source=structures, on_reject=rejected):
            for sample, vector in zip(embedded.samples, embedded.vectors, strict=True):
                writer.add(entry_of(sample), vector)
        writer.flush()
        read += len(piece)
        note = note.model_copy(
            update={"card": writer.card, "read": read, "rejects": tuple(rejects)}
        )
        _write(work, note)
    return note


def _resumed(work: Path, card: TableCard, source: str) -> Note | None:
    """Return the note of an earlier attempt; rows that it wrote after the note do not count."""
    try:
        note = Note.model_validate_json((work / NOTE).read_bytes())
    except (OSError, ValidationError):
        return None
    if note.source != source or note.card.model_copy(update={"shards": ()}) != card:
        return None
    (work / CARD).write_text(note.card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    try:
        EmbeddingTable.open(work, card.hub)
    except ArtefactError:
        return None
    return note


def _write(work: Path, note: Note) -> None:
    aside = work / f".{NOTE}.part"
    aside.write_text(note.model_dump_json() + "\n", encoding="utf-8")
    os.replace(aside, work / NOTE)


def _join(work: Path, new: TableCard, folder: Path, card: TableCard) -> None:
    """Move the shards of a finished table into another one, and name them on its card last."""
    shards = list(card.shards)
    for shard in new.shards:
        file = f"shard-{len(shards):05d}.safetensors"
        os.replace(work / shard.file, folder / file)
        shards.append(shard.model_copy(update={"file": file}))
    TableWriter(folder, card.model_copy(update={"shards": tuple(shards)})).flush()


def _packed(reject: Reject) -> tuple[str, int, str, str, str, bool]:
    place = reject.place
    return place.file, place.record, reject.name, reject.reason, reject.kind, reject.malformed


def _unpacked(kept: tuple[str, int, str, str, str, bool]) -> Reject:
    file, record, name, reason, kind, malformed = kept
    return Reject(Place(file, record), name, reason, kind, malformed)
