"""The command line as promised: commands, their arguments and options."""

from __future__ import annotations

import click
import pytest

from chemtranslate.cli import main

CONTRACT = {
    "translate": "--from --to inputs -o --encoder --decoder --rejects --force --json",
    "identify": "--from inputs --candidates --top-k -o",
    "embed": "--from inputs -o",
    "augment": "modality inputs -o --copies --balance --remove --held-out --seed",
    "evaluate": "--from --to data --json",
    "prepare": "modality inputs -o --rejects",
    "train": "modality data -o --role --epochs --resume",
    "hub info": "",
    "hub train": "--data -o",
    "hub evaluate": "",
    "plugins list": "--json",
    "plugins info": "name",
    "plugins check": "name --examples --model --hub --seed --json",
    "plugins new": "name -o --force",
}
OF_ITS_OWN = {"--epochs", "--held-out"}
"""Options of one meaning that take one thing here and another there."""
OPTIONAL = ("--encoder", "--decoder", "--rejects", "--force", "--json", "--candidates", "--top-k",
            "--remove", "--seed", "--copies", "--balance", "--held-out", "--role",
            "--epochs", "--resume", "--hub")


def _command(path: str) -> click.Command:
    command: click.Command = main
    for name in path.split():
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None, f"no command {path}"
        command = found
    return command


@pytest.mark.parametrize("path", CONTRACT)
def test_the_command_takes_what_was_promised(path: str) -> None:
    parameters = {spelling: parameter for parameter in _command(path).params
                  for spelling in (*parameter.opts, *parameter.secondary_opts)}
    assert set(CONTRACT[path].split()) <= set(parameters)
    required = [s for s, parameter in parameters.items() if parameter.required]
    assert not set(required) & set(OPTIONAL)
    for name in ("inputs", "data"):
        if name in CONTRACT[path].split():
            assert parameters[name].nargs == -1


def test_every_command_and_option_explains_itself() -> None:
    def silent(command: click.Command, path: str) -> list[str]:
        found = [] if command.help else [path]
        found += [f"{path} {parameter.opts[0]}" for parameter in command.params
                  if isinstance(parameter, click.Option) and not parameter.help]
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                sub = command.get_command(context, name)
                assert sub is not None
                found += silent(sub, f"{path} {name}")
        return found

    assert silent(main, "chemtranslate") == []


def test_options_of_one_name_mean_the_same_everywhere() -> None:
    seen: dict[str, tuple[object, ...]] = {}
    for path in CONTRACT:
        for option in _command(path).params:
            if isinstance(option, click.Option) and OF_ITS_OWN.isdisjoint(option.opts):
                kind = (tuple(option.opts), option.is_flag, option.multiple,
                        type(option.type).__name__)
                for spelling in option.opts:
                    assert seen.setdefault(spelling, kind) == kind, f"{path} {spelling}"


def test_help_of_an_unknown_command_is_refused_with_code_2() -> None:
    from click.testing import CliRunner

    result = CliRunner().invoke(main, ["translte"])
    assert result.exit_code == 2
    assert "No such command 'translte'" in result.stderr
