"""A new plugin: a distribution that works as it is, written from the one in `plugin-template`.

The template is itself a plugin, of a sensor called `mysensor`; a new one is the same with another
name in its files and in their names.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from pathlib import Path

from chemtranslate.chemical import shorten
from chemtranslate.errors import InputError, OutputError
from chemtranslate.files import folder_written_whole
from chemtranslate.plugins import Registry

TEMPLATE = Path(__file__).parent / "plugin-template"
PLACEHOLDER = "mysensor"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def distribution_of(name: str) -> str:
    """Return what the distribution of a new plugin is called."""
    return f"chemtranslate-{name}".replace("_", "-")


def write_plugin(name: str, folder: Path, plugins: Registry, *, force: bool = False) -> list[Path]:
    """Write a new plugin's distribution, whole or not at all.

    Args:
        name: of the sensor: lower-case letters, digits and underscores, as `gas_nose`.
        folder: where the distribution goes.
        plugins: what is installed; a name of another plugin's modality is refused.
        force: replace a folder that holds nothing but files of this template, edited or not.

    Returns:
        the files written, relative to the folder.

    Raises:
        InputError: the name is none for a Python package, or is taken.
        OutputError: the folder exists and `force` is not given, or it holds other files, too.
    """
    check_name(name, plugins)
    contents = dict(_named(name))
    if force:
        _refuse_others(folder, set(contents))
    with folder_written_whole(folder, force, f"chemtranslate_{name}/plugin.py") as aside:
        for path, content in contents.items():
            (aside / path).parent.mkdir(parents=True, exist_ok=True)
            (aside / path).write_bytes(content)
    return list(contents)


def check_name(name: str, plugins: Registry) -> None:
    """Refuse a name that a new plugin cannot have; InputError says why."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise InputError(
            f"found the name {shorten(name)!r}, expected one for a Python package: lower-case "
            "letters, digits and single underscores between them, a letter first"
        )
    if name in plugins.names("modality"):
        owner = plugins.owner("modality", name).distribution
        if owner.replace("_", "-") != distribution_of(name):
            raise InputError(
                f"found the name {name!r}, which {owner} has taken, expected one of your own"
            )


def _named(name: str) -> Iterator[tuple[Path, bytes]]:
    """Yield path and content of each file of the template, under another name."""
    for path in sorted(TEMPLATE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            named = str(path.relative_to(TEMPLATE)).replace(PLACEHOLDER, name)
            content = path.read_text(encoding="utf-8")
            content = content.replace(f"chemtranslate-{PLACEHOLDER}", distribution_of(name))
            yield Path(named), content.replace(PLACEHOLDER, name).encode()


def _refuse_others(folder: Path, own: set[Path]) -> None:
    """Refuse to replace a folder in which there is anything else than files of the template."""
    there = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    others = sorted({path.relative_to(folder) for path in there} - own)
    if others:
        raise OutputError(
            f"{folder}: holds {others[0]}, which is not of the template; it is not replaced"
        )
