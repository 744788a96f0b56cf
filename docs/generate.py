"""Write the parts of the documentation that follow from the code, the cards and the results.

`python docs/generate.py` writes them; `python docs/generate.py --check` writes nothing and exits
with 1 when a file differs from what would be written.

Written: `reference/cli.md` (from the commands), `reference/api.md` (from signatures and
docstrings), `models.md` (from the cards of the shipped models), `results.md` and the table of
results in the README (from `docs/results/*.json`).
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
RESULTS = DOCS / "results"
HELD_OUT = "held_out.json"
MEASURED = {
    "hub_identity.json": ("The hub: telling chemicals apart",
                          "python benchmarks/hub_identity.py PREPARED.msp --part test"),
    "hub_properties.json": ("The hub: properties", "python benchmarks/hub_properties.py DATA"),
    "hub_ablations.json": ("The hub: what each part of its training gives",
                           "python benchmarks/hub_ablations.py DATA PREPARED.msp "
                           "--structures mass_spec=LIBRARY.msp.gz"),
    "lambda.json": ("Weight of the cosine in the decoder's loss",
                    "python benchmarks/decoder_lambda.py PREPARED.msp"),
    "bench.json": ("Speed of a translation", "python benchmarks/main_road.py PREPARED.msp"),
    "hub_speed.json": ("Speed of the hub", "python benchmarks/hub_speed.py"),
    "search.json": ("Speed of a search", "python benchmarks/search.py"),
}
"""Results by their file: title, and the command that writes it."""
NOTE = "<!-- Written by docs/generate.py; edit what it reads, not this file. -->\n"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
NOT_MEASURED = "Not measured yet."
MODULES = ("specs", "protocols", "hookspecs", "errors", "splits", "table", "evaluation")
SECTIONS = {"Args": "Arguments", "Attributes": "Attributes", "Returns": "Returns",
            "Yields": "Yields", "Raises": "Raises"}


# Command line ------------------------------------------------------------------------------


def cli_page() -> str:
    """Return the reference of all built-in commands, read from the commands themselves."""
    from chemtranslate.cli import main

    context = click.Context(main, info_name="chemtranslate")
    lines = [NOTE, "# Command line", "", _prose(main.help or ""), "",
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
    lines = [f"{'#' * depth} `{path}`", "", _prose(command.help or ""), ""]
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


# Python ------------------------------------------------------------------------------------


def api_page() -> str:
    """Return the reference of the public Python API, read from signatures and docstrings."""
    import chemtranslate

    lines = [NOTE, "# Python", "", "Everything under `chemtranslate` is imported when first used.",
             "", "## `chemtranslate`", "", _prose(inspect.getdoc(chemtranslate) or ""), ""]
    for name in chemtranslate.__all__:
        lines += _object(name, getattr(chemtranslate, name))
    shown = {id(getattr(chemtranslate, name)) for name in chemtranslate.__all__}
    for name in MODULES:
        module = importlib.import_module(f"chemtranslate.{name}")
        lines += [f"## `{module.__name__}`", "", _prose(inspect.getdoc(module) or ""), ""]
        for public, value in _members(module):
            if id(value) not in shown:
                lines += _object(public, value)
    return "\n".join(lines).rstrip() + "\n"


def _members(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        own = getattr(value, "__module__", None) == module.__name__
        if not name.startswith("_") and own and (inspect.isclass(value)
                                                 or inspect.isfunction(value)):
            yield name, value


def _object(name: str, value: Any) -> list[str]:
    if inspect.isclass(value):
        return _class(name, value)
    if inspect.isfunction(value):
        return [f"### `{name}`", "", *_signature(name, value), *_docstring(value)]
    return [f"### `{name}`", "", f"A `{type(value).__name__}` of `{type(value).__module__}`.", ""]


def _class(name: str, cls: type) -> list[str]:
    lines = [f"### `{name}`", ""]
    stated = list(_fields(cls))
    if stated:
        lines += ["```python", f"class {name}:", *(f"    {field}" for field in stated), "```", ""]
    elif "__init__" in vars(cls) and not getattr(cls, "_is_protocol", False):
        lines += _signature(name, cls.__init__)
    lines += _docstring(cls)
    for public, member in vars(cls).items():
        if public.startswith("_") and public != "__call__":
            continue
        title = f"#### `{name}.{public}`"
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if inspect.isfunction(function):
            lines += [title, "", *_signature(public, function), *_docstring(function)]
        elif isinstance(member, property) or type(member).__name__ == "cached_property":
            lines += [title, "", *_docstring(member)]
    return lines


def _fields(cls: type) -> Iterator[str]:
    if dataclasses.is_dataclass(cls):
        defaults = {field.name: _default_of(field) for field in dataclasses.fields(cls)}
    elif issubclass(cls, BaseModel):
        defaults = {name: _default_of(field) for name, field in cls.model_fields.items()}
    elif getattr(cls, "_is_protocol", False):
        defaults = dict.fromkeys(inspect.get_annotations(cls), "")
    else:
        return
    annotations: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        annotations |= inspect.get_annotations(base)
    for name, default in defaults.items():
        yield f"{name}: {_annotation(annotations[name])}{default}"


def _default_of(field: Any) -> str:
    missing = (dataclasses.MISSING, PydanticUndefined, None)
    factory = field.default_factory
    if not any(factory is one for one in missing):
        return f" = {factory.__name__}()"
    if field.default is dataclasses.MISSING or field.default is PydanticUndefined:
        return ""
    return " = ..." if callable(field.default) else f" = {field.default!r}"


def _signature(name: str, function: Any) -> list[str]:
    signature = inspect.signature(function)
    kept = [p for key, p in signature.parameters.items() if key not in ("self", "cls")]
    returns = signature.return_annotation
    result = "" if returns is inspect.Signature.empty else f" -> {_annotation(returns)}"
    if name[:1].isupper():
        result = ""
    stated, starred = [], False
    for parameter in kept:
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            stated.append("*")
        starred = starred or parameter.kind in (parameter.VAR_POSITIONAL, parameter.KEYWORD_ONLY)
        stated.append(_parameter(parameter))
    line = f"{name}({', '.join(stated)}){result}"
    if len(line) > 96:
        line = "\n".join([f"{name}(", *(f"    {one}," for one in stated), f"){result}"])
    return ["```python", line, "```", ""]


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    text = f"{stars}{parameter.name}"
    if parameter.annotation is not parameter.empty:
        text += f": {_annotation(parameter.annotation)}"
    if parameter.default is parameter.empty:
        return text
    default = "..." if callable(parameter.default) else repr(parameter.default)
    return f"{text} = {default}"


def _annotation(kind: Any) -> str:
    return kind if isinstance(kind, str) else inspect.formatannotation(kind)


def _docstring(value: Any) -> list[str]:
    own = getattr(value, "__doc__", None)
    return [_prose(inspect.cleandoc(own)), ""] if own else []


def _prose(docstring: str) -> str:
    """Turn a docstring with `Args:`, `Raises:`, ... into Markdown."""
    out: list[str] = []
    inside, indent = "", 0
    for line in inspect.cleandoc(docstring).split("\n"):
        section = SECTIONS.get(line.rstrip(":")) if line.endswith(":") else None
        if section:
            inside, indent = section, 0
            out += ["", f"**{section}**", ""]
        elif inside and line.startswith("    "):
            text = line[4:]
            indent = len(text) - len(text.lstrip())
            item = re.match(r"((?:\*{0,2}[\w.]+)(?:, [\w.]+)*): (.*)", text)
            if item and not indent and inside not in ("Returns", "Yields"):
                names = ", ".join(f"`{name}`" for name in item.group(1).split(", "))
                out.append(f"- {names}: {item.group(2)}")
            else:
                out.append(f"  {text.strip()}" if out[-1].startswith(("- ", "  ")) else text)
        else:
            inside = inside if not line else ""
            out.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()


# Model cards -------------------------------------------------------------------------------


def models_page() -> str:
    """Return the cards of all models in the source tree."""
    lines = [NOTE, "# Models", "",
             "One section for each set of weights that ships, from the `card.json` beside it. "
             "What the fields mean is said under `ModelCard` in the "
             "[Python reference](reference/api.md).", ""]
    paths = [path for path in sorted(ROOT.glob("plugins/*/*/models/*/card.json"))
             if not path.parent.name.startswith(".")]  # a folder that is just being written
    if not paths:
        lines.append("No weights are in the source tree yet.")
    for path in paths:
        lines += _card(json.loads(path.read_text(encoding="utf-8")), path.parent)
    return "\n".join(lines).rstrip() + "\n"


def _card(card: Mapping[str, Any], folder: Path) -> list[str]:
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    rows = {
        "role": card["role"] + (f" of {card['modality']}" if card.get("modality") else ""),
        "hub": f"`{card['hub']}`",
        "digest of the weights": f"`{card.get('digest', '')}`",
        "built on the model with digest": f"`{card['base']}`" if card.get("base") else "",
        "size": f"{size / 1e6:.1f} MB",
        "terms of use": card.get("data_licence", ""),
        "split": card.get("split", ""),
        "seed": str(card.get("seed", "")),
        "made by": f"`{card['command']}`" if card.get("command") else "",
    }
    for title in ("data", "architecture", "settings", "versions"):
        rows[title] = "; ".join(f"{name} {_value(value)}"
                                for name, value in card.get(title, {}).items())
    lines = [f"## `{card['name']}`", "", card.get("description", ""), "", "| | |", "|---|---|"]
    lines += [f"| {name} | {_cell(text)} |" for name, text in rows.items() if text]
    lines += ["", *_figures("Measured", card.get("metrics", {}))]
    return lines


# Results -----------------------------------------------------------------------------------


def results_page() -> str:
    """Return all committed results as tables."""
    lines = [NOTE, "# Results", "",
             "Each table is filled from a file in `docs/results/`, which a command wrote.", "",
             "## Held-out replicates of known chemicals", ""]
    lines += _held_out(_read(HELD_OUT))
    for name, (title, command) in MEASURED.items():
        content = _read(name)
        lines += [f"## {title}", "", f"`{command} -o docs/results/{name}`", ""]
        lines += _measured(content) if content else [NOT_MEASURED, ""]
    return "\n".join(lines).rstrip() + "\n"


def _measured(content: Any) -> list[str]:
    """Return tables for a result: a grid wherever rows share their columns, else names and values.
    """
    if isinstance(content, list) and all(isinstance(row, Mapping) for row in content):
        return _grid({str(number): row for number, row in enumerate(content, 1)}, numbered=True)
    grids = {name: value for name, value in content.items() if _is_grid(value)}
    plain = {name: value for name, value in content.items() if name not in grids}
    if _is_grid(content):
        return _grid(_tall(content))
    lines = _figures("Measured", plain)
    for name, value in grids.items():
        lines += [f"{name[:1].upper()}{name[1:]}:", "", *_grid(_tall(value))]
    return lines


def _tall(rows: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """Return a grid with its longer side down the page."""
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    if len(columns) <= len(rows):
        return rows
    return {column: {name: row[column] for name, row in rows.items() if column in row}
            for column in columns}


def _is_grid(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) > 1 and all(
        isinstance(row, Mapping) for row in value.values())


def _grid(rows: Mapping[str, Mapping[str, Any]], numbered: bool = False) -> list[str]:
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    heads = columns if numbered else ["", *columns]
    lines = ["| " + " | ".join(map(_cell, heads)) + " |",
             "|" + "---|" * (1 + numbered) + "---:|" * (len(heads) - 1 - numbered)]
    for name, row in rows.items():
        values = [_cell(_value(row[column])) if column in row else "" for column in columns]
        lines.append("| " + " | ".join(values if numbered else [_cell(name), *values]) + " |")
    return [*lines, ""]


def readme_page() -> str:
    """Return the README with its table of results filled in."""
    text = README.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    study = _read(HELD_OUT)
    table = "\n".join(_ways(study) if study else [NOT_MEASURED])
    return f"{text[:start]}\n{table.strip()}\n{text[end:]}"


def _held_out(study: Mapping[str, Any] | None) -> list[str]:
    if not study:
        return [NOT_MEASURED, "",
                "`chemtranslate evaluate --from mass_spec --to mass_spec PREPARED.msp --held-out "
                f"-o docs/results/{HELD_OUT}` measures it.", ""]
    lines = [
        f"Encoder `{study['encoder']}`, decoder `{study['decoder']}`, hub `{study['hub']}`; "
        f"{study['known chemicals']:,} known chemicals with "
        f"{study['their training samples']:,} training samples; seed {study['seed']}.",
        "",
        "Of each known chemical (train part, five or more samples) one replicate was held out of "
        "all training. It is damaged by the augmenter; what is made of the damaged one is compared "
        "with the undamaged one.",
        "", *_ways(study), "",
    ]
    for title in ("own chemical nearest, among the known", "unseen chemicals (test part)"):
        if title in study:
            lines += _figures(title[:1].upper() + title[1:], study[title])
    return lines


def _ways(study: Mapping[str, Any]) -> list[str]:
    ways = study["held-out replicates"]
    names = list(next(iter(ways.values())))
    heads = [f"{name}, {kind}" for name in names for kind in ("mean", "median")]
    lines = ["| held-out replicates | " + " | ".join(heads) + " |",
             "|---|" + "---:|" * len(heads)]
    for way, figures in ways.items():
        values = [_value(figures[name][kind]) for name in names for kind in ("mean", "median")]
        lines.append(f"| {_cell(way)} | " + " | ".join(values) + " |")
    return lines


def _figures(title: str, content: Any) -> list[str]:
    rows = list(_flat(content))
    if not rows:
        return []
    return [f"{title}:", "", "| | |", "|---|---|",
            *(f"| {_cell(name)} | {_cell(_value(value))} |" for name, value in rows), ""]


def _flat(content: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    pairs: Iterable[tuple[str, Any]]
    if isinstance(content, Mapping):
        pairs = ((str(name), value) for name, value in content.items())
    elif isinstance(content, list) and any(isinstance(one, Mapping | list) for one in content):
        pairs = ((str(number), value) for number, value in enumerate(content, 1))
    else:
        yield prefix, content
        return
    for name, value in pairs:
        yield from _flat(value, f"{prefix}, {name}" if prefix else name)


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "not measured"}[value]
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{name} {_value(one)}" for name, one in value.items()) + ")"
    return str(value)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _read(name: str) -> Any:
    path = RESULTS / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


# Writing -----------------------------------------------------------------------------------


def pages() -> dict[Path, str]:
    """Return the text of every generated file by its path."""
    return {
        DOCS / "reference" / "cli.md": cli_page(),
        DOCS / "reference" / "api.md": api_page(),
        DOCS / "models.md": models_page(),
        DOCS / "results.md": results_page(),
        README: readme_page(),
    }


def main(arguments: list[str]) -> int:
    """Write or, with --check, compare all generated files; return the exit code."""
    differing = 0
    for path, text in pages().items():
        old = path.read_text(encoding="utf-8") if path.is_file() else None
        if old == text:
            continue
        differing += 1
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} differs from what the code says; run "
                  "python docs/generate.py")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if differing and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
