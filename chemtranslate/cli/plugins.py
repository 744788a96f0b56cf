"""`plugins list | info`: what is installed, what it brings, and what failed and why."""

from __future__ import annotations

import json

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
