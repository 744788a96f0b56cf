"""From the stages of a run to its results, and to the tables of its report."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from chemtranslate_mass_spec.experiment import accuracy_tables as a
from chemtranslate_mass_spec.experiment import tables as t
from chemtranslate_mass_spec.experiment.library import Data
from chemtranslate_mass_spec.experiment.plan import Plan
from chemtranslate_mass_spec.experiment.quality import Case
from chemtranslate_mass_spec.experiment.report_parts import (
    Table,
)
from chemtranslate_mass_spec.experiment.run import tasks
from chemtranslate_mass_spec.experiment.stages import Stages

if TYPE_CHECKING:
    pass

@dataclass(frozen=True)
class Results:
    """A finished run.

    Attributes:
        data, case, plan, stages: of the run.
        counts: records read and rejected, duplicates, other spectra.
        trained: the general models are of this run, not those that ship.
    """

    data: Data
    case: Case
    plan: Plan
    stages: Stages
    counts: dict[str, Any] = field(default_factory=dict)
    trained: bool = True

    @cached_property
    def draws(self) -> list[dict[str, NDArray[Any]]]:
        """Draws of Table IV, library match and memorisation."""
        names = [task.name for task in tasks(self.plan) if task.kind == "quality"]
        return [self.stages.arrays(name) for name in sorted(names, key=_number)]

    @cached_property
    def trials(self) -> list[dict[str, Any]]:
        """Draws of Table V."""
        return self._trials("trial")

    @cached_property
    def paper_trials(self) -> list[dict[str, Any]]:
        """Draws of Table V at the paper's size."""
        return self._trials("paper")

    def _trials(self, kind: str) -> list[dict[str, Any]]:
        names = [task.name for task in tasks(self.plan) if task.kind == kind]
        return [self.stages.data(name) for name in sorted(names, key=_number)]


def tables(results: Results, command: str) -> list[Table]:
    """Return all tables of the report, in its order."""
    replicates = results.data.replicates
    return [
        t.library_table(replicates, results.counts, command),
        *t.settings_tables(results.plan, replicates.spectra.shape[1], command, results.trained),
        t.table_4(results.draws, results.plan.training, command, results.trained),
        t.adapter_table(
            results.draws, results.plan, replicates.spectra.shape[1], command
        ),
        t.match_table(results.draws, len(replicates) + len(results.data.searched), command),
        t.memorisation_table(results.draws, command),
        a.accuracy_table(results.trials, command),
        a.draws_table(results.trials, command),
        *a.tables_5(results.trials, results.paper_trials, command),
        a.ratio_table(results.trials, command),
    ]


def _number(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split("-")[1:])
