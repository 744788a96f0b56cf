"""Options that several commands share, spelled once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
PATH = click.Path(path_type=Path)


def inputs(command: F) -> F:
    """INPUT...: one or more files."""
    return click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)(command)


def source(command: F) -> F:
    """--from: the modality of the input."""
    return click.option(
        "--from", "source", metavar="MODALITY", required=True, help="Modality of the input."
    )(command)


def target(command: F) -> F:
    """--to: the modality of the output."""
    return click.option(
        "--to", "target", metavar="MODALITY", required=True, help="Modality of the output."
    )(command)


def output(what: str) -> Callable[[F], F]:
    """-o: where to write; `what` completes its help."""
    return click.option(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        type=PATH,
        help=f"{what} Written whole or not at all.",
    )


def top_k(what: str) -> Callable[[F], F]:
    """-k: how many neighbours; `what` is its help."""
    return click.option(
        "-k", "--top-k", type=click.IntRange(1), default=5, show_default=True, help=what
    )


def force(command: F) -> F:
    """--force: replace what exists."""
    return click.option("--force", is_flag=True, help="Replace an existing output.")(command)


def rejects(command: F) -> F:
    """--rejects: where to list the records that were set aside."""
    return click.option(
        "--rejects",
        metavar="FILE",
        type=PATH,
        help="List the records that cannot be used here (CSV: file, record, name, kind, reason). "
        "Without it a malformed record stops the command, other rejects are listed on stderr.",
    )(command)


def hub(command: F) -> F:
    """--hub: which hub."""
    return click.option(
        "--hub", "hub", metavar="NAME|DIR", help="Hub to use; the shipped one by default."
    )(command)


def encoder(command: F) -> F:
    """--encoder: which encoder."""
    return click.option(
        "--encoder", metavar="NAME|DIR", help="Encoder to use; the modality's own by default."
    )(command)


def decoder(command: F) -> F:
    """--decoder: which decoder."""
    return click.option(
        "--decoder",
        metavar="NAME|DIR|auto",
        help="Decoder to use; the modality's own by default. auto: the modality's decoder that "
        "chooses among its parts by region of the hub.",
    )(command)


def read_format(command: F) -> F:
    """--format: format of the input."""
    return click.option(
        "--format",
        "format_",
        metavar="FORMAT",
        help="Format of the input; by its file name by default.",
    )(command)


def as_json(command: F) -> F:
    """--json: a machine-readable summary on stdout."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print the outcome as JSON on stdout."
    )(command)


def seed(command: F) -> F:
    """--seed: of everything random."""
    return click.option(
        "--seed",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Seed of everything random.",
    )(command)
