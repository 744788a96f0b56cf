"""The whole experiment: data, models, draws, report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import versions
from chemtranslate.cli.ledger import Ledger, NothingUsable, watched
from chemtranslate.cli.train import typed
from chemtranslate.errors import InputError, MissingExtraError, OutputError, ProcessError
from chemtranslate.hub import Hub, in_bulk
from chemtranslate.sample import Sample
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.experiment import run
from chemtranslate_mass_spec.experiment.groups import ALIKE, grouped
from chemtranslate_mass_spec.experiment.library import Data, Gathered, gathered
from chemtranslate_mass_spec.experiment.plan import Plan, quick
from chemtranslate_mass_spec.experiment.quality import Case
from chemtranslate_mass_spec.experiment.replicates import FewReplicates, Replicates, trainable
from chemtranslate_mass_spec.experiment.report import (
    PAGE,
    draws_of,
    remove_report,
    show,
    write_report,
)
from chemtranslate_mass_spec.experiment.report_parts import Table, narrowed
from chemtranslate_mass_spec.experiment.result_figures import figures
from chemtranslate_mass_spec.experiment.results import Results, tables
from chemtranslate_mass_spec.experiment.shipped import shipped, shipped_digests
from chemtranslate_mass_spec.experiment.stages import RUN, Stages, alone_in
from chemtranslate_mass_spec.experiment.tables import SHARE
from chemtranslate_mass_spec.preparation import prepare

REJECTS, STAGES, POINTS = "rejects.csv", "stages", "points"
AT_ONCE = 256
"""Chemicals that are placed in the hub at a time."""
NOT_FINISHED = "its models have only begun to learn, and its draws are few: not for conclusions"
EXTRAS = "sklearn", "scipy", "threadpoolctl", "matplotlib", "ms_entropy"
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
        MissingExtraError: what it needs is not installed.
        OutputError: the folder holds something else, another run, or a report of more draws; or
            another process works there.
        ProcessError: a process of the experiment was ended.
    """
    expect_extras()
    plan = plan or planned(request)
    _expect_ours(request.output)
    if not request.force and (draws := draws_of(request.output)) > plan.draws:
        raise OutputError(
            f"{request.output}: holds a report of {draws} draws, this one would have "
            f"{plan.draws}; use --force to replace it"
        )
    with _folder(request.output), alone_in(request.output):
        translator = Translator(request.hub)
        begun = _begun(request, translator, plan)
        with _resumable(begun.stages), _timed(begun.stages):
            finished = _finished(translator, begun)
        made = _report(request, translator, begun, finished)
    for table in made:
        if table.name in AT_A_GLANCE:
            show(narrowed(table, AT_A_GLANCE[table.name]))
    if request.quick:
        _say(f"a quick run: {NOT_FINISHED}")
    _say(f"report -> {request.output / PAGE}")


@dataclass(frozen=True)
class Begun:
    """A run that may go on: its data and its folder are accepted.

    Attributes:
        gathered: of the library.
        plan: what of the asked one the library allows.
        stages: finished ones of it.
        counts: of records.
    """

    gathered: Gathered
    plan: Plan
    stages: Stages
    counts: dict[str, int]


@dataclass(frozen=True)
class Finished:
    """A run whose stages are all there.

    Attributes:
        data, case: what was worked on.
        origin: of the general models.
    """

    data: Data
    case: Case
    origin: str


def _finished(translator: Translator, begun: Begun) -> Finished:
    """Do what is not done yet: place the chemicals in the hub, train, draw."""
    replicates, plan, stages = begun.gathered.replicates, begun.plan, begun.stages
    _say(f"{len(replicates.keys)} chemicals with {len(replicates)} spectra")
    smiles = [*replicates.smiles, *begun.gathered.smiles]
    vectors = stages.arrays(POINTS, lambda: {"points": _placed(smiles, translator.hub)})["points"]
    data = begun.gathered.placed(vectors)
    if begun.gathered.enough():
        origin = f"trained on {len(data.others.spectra):,} spectra of other chemicals"
        _say(f"general models are {origin}")
        with counted("models", dict.fromkeys(run.MODELS, 1.0)) as done:
            run.pretrained(stages, data.others, plan, done)
        general = run.general_models(stages, FORM.count, plan)
    else:
        general, origin = shipped(translator, replicates)
        _say(origin)
    case = Case(replicates, data.points, grouped(data.points), data.searched, general)
    with counted("draws", {task.name: task.effort for task in run.tasks(plan)}) as done:
        run.drawn(stages, case, plan, done)
    return Finished(data, case, origin)


def _placed(smiles: list[str], hub: Hub) -> NDArray[np.float32]:
    _say(f"placing {len(smiles):,} chemicals in the hub")
    starts = range(0, len(smiles), AT_ONCE)
    with in_bulk(hub.model):
        return np.concatenate(
            [
                hub.model.embed(smiles[start : start + AT_ONCE])
                for start in watched(starts, f"blocks of {AT_ONCE} chemicals", len(starts))
            ]
        )


def _report(
    request: Request, translator: Translator, begun: Begun, finished: Finished
) -> list[Table]:
    """Write the report and return its tables."""
    data, case, plan, stages = finished.data, finished.case, begun.plan, begun.stages
    replicates = data.replicates
    results = Results(data, case, plan, stages, begun.counts, begun.gathered.enough())
    command = typed()
    about = {
        "command": command,
        "hub": f"{translator.hub.card.name} {translator.hub.id}",
        "library": list(request.inputs),
        "others": list(request.others),
        **({"seconds, of all runs": round(stages.seconds)} if stages.seconds else {}),
        "plan": plan.model_dump(mode="json"),
        "general models": finished.origin,
        **({"a quick run": NOT_FINISHED} if request.quick else {}),
        "groups of similar chemicals": f"{int(case.groups.max()) + 1}, by complete linkage of hub "
        f"cosines, at least {ALIKE}",
        "versions": versions("torch", "numpy", "scikit-learn", "rdkit", "ms_entropy"),
        "filed twice": [vars(one) for one in replicates.duplicates],
        "odd replicates": [vars(one) for one in replicates.odd],
    }
    made = tables(results, command)
    write_report(
        request.output, "Synthetic mass spectra for small libraries", about, made, figures(results)
    )
    return made


def expect_extras() -> None:
    """Expect all that the run will need at some time, before it has cost any.

    Raises:
        MissingExtraError: something is not installed.
    """
    if not all(map(find_spec, EXTRAS)):
        raise MissingExtraError.of("the experiment", "experiment")


def feasible(plan: Plan, replicates: Replicates) -> Plan:
    """Return a plan without the regimes for which no chemical has enough different spectra.

    Raises:
        InputError: none is left.
    """
    most = int(trainable(replicates).max())
    regimes = tuple(k for k in plan.regimes if k <= most)
    if not regimes:
        raise InputError(
            "found no chemical with a spectrum to train on and another, different one to test on"
        )
    if gone := [k for k in plan.regimes if k not in regimes]:
        _say(
            f"left out: {', '.join(map(str, gone))} training spectra per chemical, as no chemical "
            "has so many and a different one to test on"
        )
    return plan.model_copy(update={"regimes": regimes, "training": min(plan.training, most)})


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


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make a folder; where nothing was put into it, it goes again."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from None
    try:
        yield
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def _resumable(stages: Stages) -> Iterator[None]:
    """Say that a stopped run can be gone on with, where it has come so far."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, ProcessError):
        if stages.begun:
            _say("stopped; the same command goes on from here")
        raise


@contextmanager
def _timed(stages: Stages) -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    finally:
        stages.spend(time.monotonic() - started)


def _begun(request: Request, translator: Translator, plan: Plan) -> Begun:
    """Read the library; the file of rejects appears when library and folder are accepted."""
    folder = request.output
    with Ledger(folder / REJECTS, force=True, others=request.inputs, tolerant=True) as ledger:

        def prepared(files: tuple[str, ...]) -> Iterator[Sample]:
            records = translator.records(*files, modality="mass_spec", format=request.format)
            yield from ledger.reading(prepare(records))

        library = list(prepared(request.inputs))
        ledger.written = len(library)
        if not library:
            error = NothingUsable.of(ledger)
            raise InputError(str(error)) if (folder / STAGES / RUN).exists() else error
        counts = {
            "read": ledger.read,
            "rejected": ledger.rejected,
            "duplicates": ledger.kinds["duplicate"],
        }
        said = _counted(ledger)
        more = prepared(request.others) if request.others else ()
        try:
            found = gathered(library, more, plan.most_others)
        except FewReplicates as error:
            raise InputError(f"{', '.join(request.inputs)}: {error}; {said}") from None
        if request.others:
            said = f"{said}; with --others {_counted(ledger)}"
        asked = {"library": found.digest, "hub": translator.hub.id, "plan": plan.of_a_draw()}
        if not found.enough():
            asked["shipped models"] = shipped_digests(translator)
        plan = feasible(plan, found.replicates)
        stages = Stages(folder / STAGES, asked, request.force)
        if not stages.begun:
            remove_report(folder)  # of the run whose stages had to go
    _say(said + (f" -> {folder / REJECTS}" if ledger.rejected else ""))
    counts["duplicates"] += len(found.replicates.duplicates)
    counts["others"] = len(found.spectra)
    return Begun(found, plan, stages, counts)


def _counted(ledger: Ledger) -> str:
    """Return what was read and set aside so far, in words."""
    kinds = ", ".join(f"{number} {kind}" for kind, number in ledger.kinds.most_common())
    return f"read {ledger.read}, set aside {ledger.rejected}" + (f" ({kinds})" if kinds else "")


def _expect_ours(folder: Path) -> None:
    if folder.is_file():
        raise OutputError(f"{folder}: is a file, expected a folder for the report")
    if folder.is_dir() and not (folder / STAGES / RUN).is_file():
        known = {REJECTS, STAGES}
        left = [one for one in folder.iterdir() if one.name not in known]
        if any(not (one.name.startswith(f".{REJECTS}") and one.suffix == ".part") for one in left):
            raise OutputError(
                f"{folder}: holds something else than an experiment; name a new folder"
            )


@contextmanager
def counted(what: str, efforts: Mapping[str, float]) -> Iterator[run.Done]:
    """Give a function that hears of each finished stage and says how far the run is.

    Args:
        efforts: about how long each stage takes, beside the others.
    """
    started, left = time.monotonic(), dict(efforts)
    fresh = 0.0

    def done(name: str, was_there: bool = False) -> None:
        nonlocal fresh
        effort = left.pop(name)
        place = f"{what}: {len(efforts) - len(left)} of {len(efforts)} ({name})"
        if was_there:
            _say(f"{place}, was there")
            return
        fresh += effort
        since = (time.monotonic() - started) / 60
        still = since / fresh * sum(left.values())
        _say(f"{place}, {since:.1f} min, about {still:.1f} min left")

    yield done


def _say(line: str) -> None:
    click.echo(line, err=True)
