"""Reading the documentation, and running what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WITH_A_HUB = {"train", "translate", "identify", "augment", "check"}
"""Commands that take --hub."""


@dataclass(frozen=True)
class Step:
    """A command of a `console` block, its exit code, and lines that it prints."""

    command: str
    expected: tuple[str, ...]
    code: int = 0


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def steps(text: str) -> Iterator[Step]:
    """Yield the commands of all `console` blocks, in order.

    A line that starts with `$ ` is a command; the lines after it must appear among what it
    prints, in this order, `...` standing for anything. A comment names another exit code.
    """
    for block in blocks(text, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            command, _, comment = command.partition("  # exit code ")
            expected = tuple(line for line in printed.splitlines() if line.strip())
            yield Step(command, expected, int(comment or 0))


def files(text: str) -> dict[str, str]:
    """Return the files that a page lists: a path in code and a colon, then a block."""
    return dict(re.findall(r"^`([^`\s]+)`:\n\n```\w+\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


def write_files(listed: dict[str, str], folder: Path) -> None:
    """Write files that a page lists."""
    for name, text in listed.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def run_all(text: str, folder: Path, hub: Path) -> None:
    """Run the commands of a page; `pip install` goes to a folder `site`, models use a small hub."""
    site = folder / "site"
    for step in steps(text):
        words = step.command.split()
        if words[:2] == ["pip", "install"]:
            subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps",
                            "--no-build-isolation", "--disable-pip-version-check", "--target",
                            site, words[2]], cwd=folder, check=True)
        elif WITH_A_HUB & set(words[1:3]):
            run(replace(step, command=f"{step.command} --hub {hub}"), folder, [site])
        else:
            run(step, folder, [site])


def run(step: Step, folder: Path, path: list[Path] = []) -> str:  # noqa: B006 - only read
    """Run one step in a folder and check its exit code and what it prints."""
    folders = [Path(sys.executable).parent, os.environ["PATH"]]
    env = {**os.environ, "PATH": os.pathsep.join(map(str, folders)), "COLUMNS": "200"}
    if path:
        env["PYTHONPATH"] = os.pathsep.join(
            [*map(str, path), *filter(None, [env.get("PYTHONPATH")])])
    done = subprocess.run(step.command, shell=True, cwd=folder, env=env, text=True,
                          capture_output=True, timeout=600, check=False)
    printed = done.stdout + done.stderr
    assert done.returncode == step.code, f"{step.command}\n{printed}"
    lines = iter(printed.splitlines())
    for expected in step.expected:
        pattern = re.escape(" ".join(expected.split())).replace(r"\.\.\.", ".*")
        assert any(re.match(pattern, " ".join(line.split())) for line in lines), (
            f"{step.command}\nexpected {expected!r} in\n{printed}")
    return printed
