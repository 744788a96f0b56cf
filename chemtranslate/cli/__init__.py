"""The command line: `chemtranslate COMMAND ...`.

Commands live in the modules beside this one and are imported when they are used, so that
`chemtranslate --help` imports neither torch nor RDKit. Errors of the project become one sentence
on stderr and exit code 2.
"""

from __future__ import annotations

import importlib
import signal
from contextlib import suppress
from typing import Any

import click

from chemtranslate.errors import ChemTranslateError
from chemtranslate.files import drop_output

COMMANDS = {
    "translate": "translate",
    "identify": "identify",
    "embed": "lookup",
    "augment": "augment",
    "evaluate": "evaluate",
    "plot": "plot",
    "prepare": "prepare",
    "train": "train",
    "lookup": "chemical",
    "index": "index",
    "hub": "hub",
    "modalities": "modalities",
    "plugins": "plugins",
}


class Commands(click.Group):
    """A group that finds built-in commands by module and lets plugins add theirs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, built-in ones first."""
        self._with_plugins()
        return [*COMMANDS, *sorted(super().list_commands(ctx))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name in COMMANDS:
            module = importlib.import_module(f"chemtranslate.cli.{COMMANDS[cmd_name]}")
            command: click.Command = getattr(module, cmd_name)
            return command
        self._with_plugins()
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of the project is one sentence and exit code 2.

        Asked to end by SIGTERM, it ends as on Ctrl-C: nothing half-written stays.
        """
        with suppress(ValueError):  # only the main thread may
            signal.signal(signal.SIGTERM, _end)
        try:
            return super().invoke(ctx)
        except ChemTranslateError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            drop_output()
            ctx.exit(1)

    def _with_plugins(self) -> None:
        from chemtranslate.plugins import registry

        for plugin in registry().plugins:
            if plugin.commands is not None and plugin.name not in self._added:
                self._added.add(plugin.name)
                try:
                    plugin.commands(self)
                except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
                    click.echo(
                        f"plugin {plugin.name} of {plugin.distribution}: its commands "
                        f"cannot be added: {error}",
                        err=True,
                    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._added: set[str] = set()


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chemtranslate")
def main() -> None:
    """Translate chemical sensor data through one space of chemicals.

    INPUT may be several files, gzipped or not; "-" is standard input.
    """
