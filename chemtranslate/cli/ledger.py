"""The books of a command: what was read, written and rejected, and the line that says so."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import click

from chemtranslate.errors import InputError, OutputError
from chemtranslate.files import STDIN, csv_into, is_stream, written_whole
from chemtranslate.sample import Reject, Sample

T = TypeVar("T")
COLUMNS = ("file", "record", "name", "kind", "reason")
PATIENCE = 2.0
"""Seconds before a progress bar appears."""


class Ledger:
    """Counts records, keeps rejects, shows progress, and closes with one line.

    Use as a context manager: the file of rejects appears when the command ends, also when it
    ends with "no record could be used".

    Args:
        rejects: file for the rejects; without it, malformed records raise and others go to
            stderr.
        force: replace an existing file of rejects.
        others: files that the command reads; nothing that it writes may be one of them.
        output: what it writes besides, if anything.
        report: a page that it writes besides, if any.
        tolerant: without a file, malformed records are counted, too (for `prepare`).
    """

    def __init__(
        self,
        rejects: Path | None = None,
        force: bool = False,
        *,
        others: Iterable[str | Path] = (),
        output: Path | None = None,
        report: Path | None = None,
        tolerant: bool = False,
    ) -> None:
        self.read = 0
        self.written = 0
        self.kinds: Counter[str] = Counter()
        self.first: Reject | None = None
        self._path, self._force, self._tolerant = rejects, force, tolerant
        taken = set(map(_identity, others)) - {None}
        named = (output, "the output"), (report, "--report"), (rejects, "--rejects")
        for path, what in named:
            if path is not None and (identity := _identity(path)) is not None:
                if identity in taken:
                    raise OutputError(f"{path}: {what} names another file of this command")
                taken.add(identity)
        self._stack = ExitStack()
        self._rows: Any = None

    @property
    def rejected(self) -> int:
        """Number of rejects."""
        return sum(self.kinds.values())

    def __enter__(self) -> Self:
        if self._path is not None:
            stream = self._stack.enter_context(written_whole(self._path, self._force))
            self._rows = self._stack.enter_context(csv_into(stream))
            self._rows.writerow(COLUMNS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        if kind is None or issubclass(kind, NothingUsable):
            self._stack.close()
            return None
        return self._stack.__exit__(kind, error, trace)

    @contextmanager
    def writing_to(self, output: AbstractContextManager[T]) -> Iterator[T]:
        """Open the output, which appears when all is well: the file of rejects is closed first."""
        with output as opened:
            yield opened
            self._stack.close()

    def reject(self, reject: Reject) -> None:
        """Enter and count a reject.

        Raises:
            InputError: the record is malformed and there is no file to list it in.
        """
        self.note(reject)
        self.first = self.first or reject
        self.kinds[reject.kind] += 1

    def note(self, reject: Reject) -> None:
        """Name a reject without counting it: one of another file than the input.

        Raises:
            InputError: as `reject`.
        """
        if self._rows is not None:
            place = reject.place
            self._rows.writerow((place.file, place.record, reject.name, reject.kind, reject.reason))
        elif not self._tolerant:
            if reject.malformed:
                raise InputError(f"{reject} (--rejects FILE sets such records aside)")
            click.echo(f"rejected: {reject}", err=True)

    def counting(self, records: Iterable[T], what: str = "records") -> Iterator[T]:
        """Count records as they are read, whatever they are, and pass them on."""
        for record in watched(records, what):
            self.read += 1
            yield record

    def reading(
        self,
        records: Iterable[Sample | Reject],
        what: str = "records",
    ) -> Iterator[Sample]:
        """Count records as they are read; pass the samples on, enter the rejects."""
        for record in self.counting(records, what):
            if isinstance(record, Reject):
                self.reject(record)
            else:
                yield record

    def writing(self, samples: Iterable[T]) -> Iterator[T]:
        """Count what is written; refuse to finish with nothing.

        Raises:
            NothingUsable: there was no sample at all.
        """
        for sample in samples:
            self.written += 1
            yield sample
        if not self.written:
            raise NothingUsable.of(self)

    def close(self, output: str, as_json: bool, **more: Any) -> None:
        """Print the closing line on stderr, and with `as_json` the whole outcome on stdout.

        Where the output went to standard output, the outcome goes to stderr, too.
        """
        click.echo(
            f"read {self.read} / written {self.written} / rejected {self.rejected}"
            + (f" -> {output}" if output else ""),
            err=True,
        )
        if as_json:
            click.echo(
                json.dumps(
                    {
                        "read": self.read,
                        "written": self.written,
                        "rejected": self.rejected,
                        "output": output,
                        "rejects": dict(self.kinds),
                        **more,
                    }
                ),
                err=output == STDIN,
            )


def count(number: int, noun: str) -> str:
    """Return a number of things in words: 1 shard, 2 shards."""
    return f"{number:,} {noun}" + "s" * (number != 1)


def _identity(file: str | Path) -> str | None:
    """Return what tells a file from all others; nothing for streams, which are never replaced."""
    return None if str(file) == STDIN or is_stream(Path(file)) else os.path.realpath(file)


class NothingUsable(InputError):
    """Every record was rejected, so there is no output."""

    @classmethod
    def of(cls, ledger: Ledger) -> NothingUsable:
        """Build the error, naming the first reject."""
        why = f", the first because: {ledger.first}" if ledger.first else ""
        return cls(f"no output: none of {ledger.read} records could be used{why}")


def watched(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Pass items on, with a progress bar on stderr after 2 s if that is a terminal.

    Args:
        what: what the items are, in the plural.
        total: how many there are, where that is known; the time left is shown then.
    """
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    started, bar, task = time.monotonic(), None, None
    try:
        for number, item in enumerate(items, 1):
            if bar is None and time.monotonic() - started > PATIENCE:
                bar = Progress(
                    SpinnerColumn(),
                    *([BarColumn()] if total else []),
                    TextColumn(
                        "{task.completed:,.0f} " + (f"of {total:,} " if total else "") + what
                    ),
                    TextColumn("{task.fields[rate]:,.0f}/s"),
                    TimeRemainingColumn() if total else TimeElapsedColumn(),
                    console=Console(stderr=True),
                    transient=True,
                )
                bar.start()
                task = bar.add_task(what, total=total, rate=0.0)
            if bar is not None and task is not None:
                rate = number / (time.monotonic() - started)
                bar.update(task, completed=number, rate=rate)
            yield item
    finally:
        if bar is not None:
            bar.stop()


class TrainingBar:
    """Progress of a training on stderr: a bar on a terminal, else a line now and then."""

    def __init__(self, label: str, every: float = 30.0) -> None:
        self.label = label
        self._every = every
        self._last = 0.0
        self._first: tuple[int, float] | None = None
        self._loss: float | None = None

    def __call__(self, step: int, steps: int, loss: float) -> None:
        """Report one step."""
        now = time.monotonic()
        self._first = self._first or (step, now)
        self._loss = loss if self._loss is None else 0.98 * self._loss + 0.02 * loss
        if now - self._last < (0.5 if sys.stderr.isatty() else self._every) and step < steps:
            return
        self._last = now
        done, since = step - self._first[0], now - self._first[1]
        line = f"{self.label}: step {step:,} of {steps:,}, loss {self._loss:.4g}"
        if done:
            line += f", {(steps - step) * since / done / 60:.1f} min left"
        if sys.stderr.isatty():
            click.echo(f"\r{line}   ", err=True, nl=step >= steps)
        else:
            click.echo(line, err=True)
