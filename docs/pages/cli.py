"""`reference/cli.md`: all commands, read from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click

from pages.places import NOTE
from pages.prose import prose


def page() -> str:
    """Return the reference of all built-in commands, read from the commands themselves."""
    from chemtranslate.cli import main

    context = click.Context(main, info_name="chemtranslate")
    lines = [NOTE, "# Command line", "", prose(main.help or ""), "",
             "Every command prints its own help with `--help`. A command that fails on purpose "
             "prints one sentence on stderr and exits with code 2.", ""]
    for name in _built_in(main):
        command = main.get_command(context, name)
        if command is not None:
            lines += _command(command, f"chemtranslate {name}", depth=2)
    return "\n".join(lines).rstrip() + "\n"


def _built_in(main: click.Group) -> Iterator[str]:
    from chemtranslate.cli import COMMANDS
    from chemtranslate.discovery import BUILT_IN
    from chemtranslate.plugins import registry

    added = click.Group("added")
    for plugin in registry().plugins:
        if plugin.distribution == BUILT_IN and plugin.commands is not None:
            plugin.commands(added)
    yield from (*COMMANDS, *sorted(added.commands))


def _command(command: click.Command, path: str, depth: int) -> list[str]:
    lines = [f"{'#' * depth} `{path}`", "", prose(command.help or ""), ""]
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            lines += _command(command.commands[name], f"{path} {name}", depth + 1)
        return lines
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [p for p in command.params if isinstance(p, click.Option)]
    usage = [path, *(["[OPTIONS]"] if options else []), *map(_placeholder, arguments)]
    lines += ["```text", " ".join(usage), "```", ""]
    if options:
        lines += ["| option | |", "|---|---|"]
        lines += [f"| {_spelled(option)} | {_explained(option)} |" for option in options]
        lines.append("")
    return lines


def _placeholder(argument: click.Argument) -> str:
    if argument.metavar:
        return argument.metavar
    name = (argument.name or "").upper()
    return f"{name}..." if argument.nargs == -1 else name


def _spelled(option: click.Option) -> str:
    names = ", ".join(sorted(option.opts, key=len))
    if option.is_flag:
        return f"`{names}`"
    if isinstance(option.type, click.Choice):
        kind = "|".join(map(str, option.type.choices))
    else:
        kind = option.metavar or option.type.name.partition(" ")[0].upper()
    return f"`{names} {kind}`".replace("|", "\\|")


def _explained(option: click.Option) -> str:
    notes = ["required"] if option.required else []
    if option.show_default and option.default is not None:
        notes.append(f"default {option.default}")
    if option.multiple:
        notes.append("may be repeated")
    text = (option.help or "").replace("|", "\\|")
    return f"{text} ({', '.join(notes)})" if notes else text
