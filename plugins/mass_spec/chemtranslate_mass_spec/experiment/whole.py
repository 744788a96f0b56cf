"""The whole experiment: data, models, draws, report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from chemtranslate.artefact import versions
from chemtranslate.cli.ledger import Ledger, NothingUsable
from chemtranslate.cli.train import typed
from chemtranslate.errors import OutputError
from chemtranslate.sample import Sample
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.experiment import run
from chemtranslate_mass_spec.experiment.groups import ALIKE, grouped
from chemtranslate_mass_spec.experiment.library import Data, gathered
from chemtranslate_mass_spec.experiment.plan import Plan, quick
from chemtranslate_mass_spec.experiment.quality import Case
from chemtranslate_mass_spec.experiment.report import show, write_report
from chemtranslate_mass_spec.experiment.report_parts import narrowed
from chemtranslate_mass_spec.experiment.results import Results, figures, tables
from chemtranslate_mass_spec.experiment.shipped import shipped
from chemtranslate_mass_spec.experiment.stages import RUN, Stages
from chemtranslate_mass_spec.experiment.tables import SHARE
from chemtranslate_mass_spec.preparation import prepare

REJECTS, STAGES = "rejects.csv", "stages"
NOT_FINISHED = "its models have only begun to learn, and its draws are few: not for conclusions"
AT_A_GLANCE: Mapping[str, tuple[str, ...]] = {
    "table-4": ("way", "weighted cosine, mean", "MSE, mean", SHARE),
    "library-match": ("spectra", "identified", "identified, strict", "paper"),
    "accuracies": (),
}
"""Columns of the tables that are printed in the terminal; all of them where none are named."""


@dataclass(frozen=True)
class Request:
    """What the command was asked for; its options by their names."""

    inputs: tuple[str, ...]
    output: Path
    others: tuple[str, ...] = ()
    quick: bool = False
    seeds: int | None = None
    hub: str | None = None
    format: str | None = None
    force: bool = False


def conduct(request: Request, plan: Plan | None = None) -> None:
    """Do the experiment and write its report; goes on where an earlier run stopped.

    Raises:
        InputError: the library does not allow the experiment.
        OutputError: the folder holds something else, or another run.
    """
    plan = plan or planned(request)
    folder = request.output
    _expect_ours(folder)
    translator = Translator(request.hub)
    data, counts = _read(request, translator, plan.most_others)
    stages = Stages(
        folder / STAGES,
        {
            "library": data.digest,
            "hub": translator.hub.id,
            "plan": plan.of_a_draw(),
        },
        request.force,
    )
    _say(f"{len(data.replicates.keys)} chemicals with {len(data.replicates)} spectra")
    started = time.monotonic()
    if data.others.enough():
        origin = f"trained on {len(data.others.spectra)} spectra of other chemicals"
        _say(f"general models are {origin}")
        with counted("models", 3) as done:
            run.pretrained(stages, data.others, plan, done)
        general = run.general_models(stages, FORM.count, plan)
    else:
        general, origin = shipped(translator, data.replicates)
        _say(origin)
    case = Case(
        data.replicates,
        data.points,
        grouped(data.points),
        data.others.spectra,
        general,
    )
    with counted("draws", len(run.tasks(plan))) as done:
        run.drawn(stages, case, plan, done)
    results = Results(data, case, plan, stages, {**counts, "groups": int(case.groups.max()) + 1})
    command = typed()
    about = {
        "command": command,
        "hub": f"{translator.hub.card.name} {translator.hub.id}",
        "library": list(request.inputs),
        "others": list(request.others),
        "seconds of this run": round(time.monotonic() - started),
        "plan": plan.model_dump(mode="json"),
        "general models": origin,
        **({"a quick run": NOT_FINISHED} if request.quick else {}),
        "groups of similar chemicals": f"complete linkage of hub cosines, at least {ALIKE}",
        "versions": versions("torch", "numpy", "scikit-learn", "rdkit", "ms_entropy"),
        "filed twice": [vars(one) for one in data.replicates.duplicates],
        "odd replicates": [vars(one) for one in data.replicates.odd],
    }
    made = tables(results, command)
    write_report(
        folder, "Synthetic mass spectra for small libraries", about, made, figures(results)
    )
    for table in made:
        if table.name in AT_A_GLANCE:
            show(narrowed(table, AT_A_GLANCE[table.name]))
    if request.quick:
        _say(f"a quick run: {NOT_FINISHED}")
    _say(f"report -> {folder / 'report.html'}")


def planned(request: Request) -> Plan:
    """Return the plan that the options ask for."""
    plan = quick(Plan()) if request.quick else Plan()
    if request.seeds is not None:
        plan = plan.model_copy(
            update={
                "seeds": request.seeds,
                "quality_seeds": request.seeds,
                "whole_seeds": min(plan.whole_seeds, request.seeds),
                "paper_draws": request.seeds,
            }
        )
    return plan


def _read(
    request: Request, translator: Translator, most_others: int | None
) -> tuple[Data, dict[str, Any]]:
    folder = request.output
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from None
    try:
        return _gathered(request, translator, most_others)
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()


def _gathered(
    request: Request, translator: Translator, most_others: int | None
) -> tuple[Data, dict[str, Any]]:
    folder = request.output
    with Ledger(folder / REJECTS, force=True, others=request.inputs, tolerant=True) as ledger:

        def prepared(files: tuple[str, ...]) -> Iterator[Sample]:
            records = translator.records(*files, modality="mass_spec", format=request.format)
            yield from ledger.reading(prepare(records))

        library = list(prepared(request.inputs))
        ledger.written = len(library)
        if not library:
            raise NothingUsable.of(ledger)
        counts = {"read": ledger.read, "rejected": ledger.rejected}
        more = prepared(request.others) if request.others else ()
        data = gathered(library, more, translator.hub, most_others)
    counts |= {
        "duplicates": ledger.kinds["duplicate"] + len(data.replicates.duplicates),
        "others": len(data.others.spectra),
    }
    return data, counts


def _expect_ours(folder: Path) -> None:
    if folder.is_file():
        raise OutputError(f"{folder}: is a file, expected a folder for the report")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / STAGES / RUN).is_file():
        known = {REJECTS, STAGES}
        if any(one.name not in known for one in folder.iterdir()):
            raise OutputError(
                f"{folder}: holds something else than an experiment; name a new folder"
            )


@contextmanager
def counted(what: str, total: int) -> Iterator[run.Done]:
    """Give a function that hears of each finished stage and says how far the run is."""
    started, heard = time.monotonic(), 0

    def done(name: str) -> None:
        nonlocal heard
        heard += 1
        since = time.monotonic() - started
        left = since / heard * (total - heard)
        _say(f"{what}: {heard} of {total} ({name}), {since / 60:.1f} min, {left / 60:.1f} min left")

    yield done


def _say(line: str) -> None:
    click.echo(line, err=True)
