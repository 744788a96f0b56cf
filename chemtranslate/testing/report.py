"""What the checks of a plugin found, for people and for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["passed", "failed", "not checked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one check.

    Attributes:
        check: its name: "round trip", "same under a seed".
        subject: the part of the plugin that was checked: a modality, a format, a model.
        outcome: "passed", "failed" or "not checked".
        said: of a failed one what was found and what was expected; of one that was not made, why.
    """

    check: str
    subject: str
    outcome: Outcome
    said: str = ""

    def __str__(self) -> str:
        said = f": {self.said}" if self.said else ""
        return f"{self.outcome}: {self.check} of {self.subject}{said}"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings about one plugin.

    Attributes:
        plugin: name of its entry point.
        distribution: name and version of the distribution that brings it.
        findings: in the order in which the checks were made.
    """

    plugin: str
    distribution: str
    findings: tuple[Finding, ...]

    def __bool__(self) -> bool:
        """Whether no check failed."""
        return not self.of("failed")

    def of(self, outcome: Outcome) -> tuple[Finding, ...]:
        """Return the findings of one outcome."""
        return tuple(finding for finding in self.findings if finding.outcome == outcome)

    def table(self) -> str:
        """Return a line for each finding, and one that counts them."""
        wide = max((len(finding.check) for finding in self.findings), default=0)
        lines = [
            f"{finding.outcome:<11}  {finding.check:<{wide}}  {finding.subject}"
            + f": {finding.said}" * bool(finding.said)
            for finding in self.findings
        ]
        return "\n".join([*lines, self.counted()])

    def counted(self) -> str:
        """Return one line that says how many checks passed, failed and were not made."""
        counts = Counter(finding.outcome for finding in self.findings)
        outcomes: tuple[Outcome, ...] = ("passed", "failed", "not checked")
        found = " / ".join(f"{outcome} {counts[outcome]}" for outcome in outcomes)
        return f"{self.plugin} ({self.distribution}): {found}"
