"""`chemtranslate experiment mass_spec`: the paper's experiment on a library of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from chemtranslate.cli import options


@click.command("mass_spec")
@options.inputs
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=options.PATH,
    help="Folder of the report; a stopped run is gone on with there.",
)
@click.option(
    "--others",
    multiple=True,
    metavar="FILE",
    help="Spectra of further chemicals, for the general models; those of the library that have "
    "too few spectra are used in any case.",
)
@click.option("--quick", is_flag=True, help="Two minutes: all of it, but on few draws.")
@click.option(
    "--seeds", type=click.IntRange(1), help="Draws of each part; 10 by default, 2 with --quick."
)
@options.hub
@options.read_format
@options.force
def experiment(
    inputs: tuple[str, ...],
    output: Path,
    others: tuple[str, ...],
    quick: bool,
    seeds: int | None,
    hub: str | None,
    format_: str | None,
    force: bool,
) -> None:
    """Do synthetic spectra help? Tables and figures of the GC-MS paper, on your replicates.

    Takes the chemicals with at least five different spectra, makes new spectra of them in several
    ways, and measures what classifiers gain. Writes report.html, results.json, tables and figures.
    """
    from chemtranslate_mass_spec.experiment.whole import Request, conduct

    conduct(Request(inputs, output, others, quick, seeds, hub, format_, force))


def add_to(cli: click.Group) -> None:
    """Add the command to the group `experiment`, which any plugin may have made."""
    group = cli.commands.get("experiment")
    if not isinstance(group, click.Group):
        group = click.Group("experiment", help="Experiments on data of your own.")
        cli.add_command(group)
    group.add_command(experiment)
