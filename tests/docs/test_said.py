"""What the documentation says is so: links, commands, examples of identity, Python blocks."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import click
import pytest
from documented import DOCS, ROOT, blocks, steps

from chemtranslate.chemical import standardise

PARTS = set((DOCS / "pages").glob("*.md"))
"""Parts of generated pages, written as seen from there; the pages are among the others."""
PAGES = sorted({*DOCS.rglob("*.md"), *ROOT.glob("*.md")} - PARTS)
WRITTEN_BY_HAND = [page for page in PAGES if "reference" not in page.parts]
LATER = {"docs/images/mirror.png", "docs/images/map.png"}
"""Pictures drawn with the shipped weights."""


def commands(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    shell = [line for block in blocks(text, "sh")
             for line in block.replace("\\\n", " ").splitlines()]
    found = [*shell, *(step.command for step in steps(text))]
    return [line for line in found if line.startswith("chemtranslate ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`|^```.*?^```", "", page.read_text(encoding="utf-8"),
                  flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:|mailto:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        if str(path.relative_to(ROOT)) in LATER:
            continue
        assert path.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = [re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")
                       for head in headings]
            assert anchor in anchors, f"{page.name} links to {target}"


@pytest.mark.parametrize("page", WRITTEN_BY_HAND, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_their_options_exist(page: Path) -> None:
    from chemtranslate.cli import main

    for line in commands(page):
        words = shlex.split(line.partition("  #")[0])[1:]
        context = click.Context(main, info_name="chemtranslate")
        command = main.get_command(context, words[0])
        if words[0] == "nose-channels":
            continue
        assert command is not None, line
        if isinstance(command, click.Group):
            command = command.get_command(context, words[1])
            assert command is not None, line
        known = {opt for parameter in command.params for opt in parameter.opts} | {"--help"}
        for word in words:
            if re.fullmatch(r"--?[a-z][\w-]*", word):
                assert word in known, f"{line}: no option {word}"


def test_the_examples_of_identity_are_true() -> None:
    text = (DOCS / "explanation" / "hub.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .*`(.+?)` \| .*`(.+?)` \| (yes|no) \|$", text, re.MULTILINE)
    assert len(rows) >= 12
    for one, other, same in rows:
        assert (standardise(one)[1] == standardise(other)[1]) == (same == "yes"), (one, other)


def test_python_blocks_compile() -> None:
    for page in WRITTEN_BY_HAND:
        for block in blocks(page.read_text(encoding="utf-8"), "python"):
            compile(block, str(page), "exec")


@pytest.mark.usefixtures("shipped_weights")
@pytest.mark.parametrize("page", ["README.md", "docs/how-to/python.md"])
def test_python_blocks_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import chemtranslate_mass_spec

    example = Path(chemtranslate_mass_spec.__file__).parent / "examples" / "examples.msp"
    for name in ("in.msp", "spectra.msp"):
        shutil.copy(example, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    for block in blocks((ROOT / page).read_text(encoding="utf-8"), "python"):
        exec(compile(block, page, "exec"), scope)
