"""`identify --by evidence --report`: the web page beside the table of hits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chemtranslate.artefact import versions
from chemtranslate.cli.evidence import Asked, Prepared
from chemtranslate.cli.ledger import Ledger, count
from chemtranslate.errors import OutputError
from chemtranslate.files import STDIN, check_output, name_of, written_whole
from chemtranslate.plugins import registry
from chemtranslate.specs import ModalitySpec

if TYPE_CHECKING:
    from chemtranslate.identification.report import Page


def check_report(report: Path, force: bool, spec: ModalitySpec) -> None:
    """Refuse a page that cannot be written, before any work is done.

    Raises:
        OutputError: as `check_output`, or it is no file.
        MissingExtraError: the modality draws its samples, and matplotlib is not installed.
    """
    from chemtranslate.identification.pictures import plot_of

    if str(report) == STDIN or report.is_dir():
        found = "standard output" if str(report) == STDIN else "a folder"
        raise OutputError(f"--report {report}: found {found}, expected the name of a file")
    check_output(report, force)
    plot_of(spec)


@contextmanager
def reporting(
    report: Path | None,
    force: bool,
    ready: Prepared,
    asked: Asked,
    files: tuple[str, ...],
    candidates: str | None,
    ledger: Ledger,
) -> Iterator[Page | None]:
    """Give a page to add answers to, which is there when all went well; None if none is asked for.

    Args:
        files: of the unknowns.
        candidates: as the user named them.
    """
    if report is None:
        yield None
        return
    from chemtranslate.identification.pictures import Pictures, plot_of
    from chemtranslate.identification.report import page

    lineup = ready.lineup
    pictures = Pictures(
        plot_of(registry().modality(asked.modality)),
        ready.identifier.evidence.decoder,
        lineup.candidates,
    )
    with (
        written_whole(report, force) as stream,
        page(pictures, lineup.library is not None, asked.coverage) as made,
    ):
        yield made
        more = f" and {count(len(files) - 1, 'more file')}" if len(files) > 1 else ""
        made.write(
            stream,
            f"Unknowns of {Path(name_of(files[0])).name}{more}",
            list(_asked(ready, asked, files, candidates, ledger)),
            list(_made(ready)),
        )


def _asked(
    ready: Prepared, asked: Asked, files: tuple[str, ...], candidates: str | None, ledger: Ledger
) -> Iterator[tuple[str, str]]:
    from chemtranslate.cli.train import typed

    lineup = ready.lineup
    kinds = "; ".join(f"{number} {kind}" for kind, number in ledger.kinds.most_common())
    yield "samples", ", ".join(map(name_of, files))
    yield "records", (
        f"read {ledger.read} / written {ledger.written} / rejected {ledger.rejected}"
        + (f" ({kinds})" if kinds else "")
    )
    among = candidates or "reference chemicals of the hub"
    if candidates is None and asked.library:
        among += " and those of the library"
    yield "candidates", f"{len(lineup):,}: {among}"
    if lineup.library is not None:
        measured = count(len(lineup.library.signatures), "sample")
        known = count(len(lineup.library.keys), "chemical")
        yield "library", f"{', '.join(asked.library)}: {measured} of {known}"
    else:
        yield "library", "none"
    if asked.formula is not None:
        yield "formula", asked.formula
    if asked.mass is not None:
        yield "mass", f"{asked.mass:g} ± {asked.tolerance:g} Da"
    if asked.coverage is not None:
        yield "coverage", f"{asked.coverage:g}"
    yield "command", typed()


def _made(ready: Prepared) -> Iterator[tuple[str, str]]:
    evidence, card = ready.identifier.evidence, ready.identifier.card
    yield "encoder", evidence.encoder.label
    yield "decoder", evidence.decoder.label
    yield "identifier", f"{card.name} {card.digest}"
    yield "hub", f"{evidence.encoder.hub.card.name} {evidence.encoder.hub.id}"
    yield "chemtranslate", versions()["chemtranslate"]
    yield "date", datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
