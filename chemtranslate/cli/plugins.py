"""`plugins list | info | check | new`: what is installed, whether it keeps its word, and new ones.

`check` exits with 1 where a check failed: the command itself did what it was asked to.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from chemtranslate.cli import options
from chemtranslate.discovery import KINDS, Plugin
from chemtranslate.plugins import registry


@click.group()
def plugins() -> None:
    """Plugins: sensors, hubs, models and commands."""


@plugins.command(name="list")
@options.as_json
def list_(as_json: bool) -> None:
    """List all plugins with their distribution, state and what they register."""
    found = registry().plugins
    if as_json:
        click.echo(json.dumps([_described(plugin) for plugin in found], indent=2))
        return
    for plugin in found:
        brought = "; ".join(f"{kind} {', '.join(names)}" for kind, names in plugin.names().items())
        click.echo(
            f"{plugin.name}  ({plugin.distribution} {plugin.version})  {plugin.state}"
            f"  {brought or plugin.reason}"
        )


@plugins.command()
@click.argument("name")
@options.as_json
def info(name: str, as_json: bool) -> None:
    """Say all about one plugin."""
    plugin = registry().plugin(name)
    if as_json:
        click.echo(json.dumps(_described(plugin), indent=2))
        return
    click.echo(f"{plugin.name}, of {plugin.distribution} {plugin.version}: {plugin.state}")
    if plugin.reason:
        click.echo(f"reason: {plugin.reason}")
    for kind in KINDS:
        for spec in plugin.specs.get(kind, ()):
            click.echo(f"{kind} {spec.name}: {spec.description or 'no description'}")
            for fmt in getattr(spec, "formats", ()):
                can = " and ".join(
                    way for way, ref in (("read", fmt.read), ("written", fmt.write)) if ref
                )
                click.echo(f"  format {fmt.name} ({', '.join(fmt.suffixes)}): {can}")


@plugins.command()
@click.argument("name")
@click.option(
    "--examples",
    metavar="FILE",
    type=options.PATH,
    multiple=True,
    help="File of a few sound samples, besides those that the plugin ships.",
)
@click.option(
    "--model",
    "models",
    metavar="DIR",
    type=options.PATH,
    multiple=True,
    help="Trained encoder or decoder, checked instead of the one that ships.",
)
@options.hub
@options.seed
@options.as_json
def check(
    name: str,
    examples: tuple[Path, ...],
    models: tuple[Path, ...],
    hub: str | None,
    seed: int,
    as_json: bool,
) -> None:
    """Check a plugin part by part; exit with code 1 where a check failed.

    Each line says what passed, what failed and why, and what could not be checked.
    """
    from chemtranslate.testing import check_plugin

    report = check_plugin(name, examples=examples, models=models, hub=hub, seed=seed)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in report.findings], indent=2))
    else:
        click.echo(report.table())
    if not report:
        click.get_current_context().exit(1)


@plugins.command()
@click.argument("name")
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=options.PATH,
    help="Folder of the new distribution; chemtranslate-NAME by default.",
)
@options.force
def new(name: str, output: Path | None, force: bool) -> None:
    """Write the distribution of a new plugin: a sensor that works, tests included.

    NAME is the sensor's: lower-case letters, digits and underscores. --force replaces a folder
    only if it holds nothing but files that this command writes.
    """
    from chemtranslate.template import distribution_of, write_plugin

    folder = output or Path(distribution_of(name))
    for path in write_plugin(name, folder, registry(), force=force):
        click.echo(str(folder / path))
    click.echo(
        f"next: pip install -e {folder}, then chemtranslate plugins check {name}", err=True
    )


def _described(plugin: Plugin) -> dict[str, object]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "state": plugin.state,
        "reason": plugin.reason,
        "commands": plugin.commands is not None,
        **plugin.names(),
    }
