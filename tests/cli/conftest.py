"""Running commands in this process, and holding them to the rule about errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chemtranslate.cli import main

HOSTILE = Path(__file__).parent / "hostile"


def files_in(folder: Path) -> dict[str, bytes | None]:
    """Return everything in a folder, with the contents of files."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
            for path in folder.rglob("*")}


def counted(result: Result) -> tuple[int, int, int]:
    """Return read, written and rejected, as the closing line states them."""
    (found,) = re.findall(r"^read (\d+) / written (\d+) / rejected (\d+)", result.stderr, re.M)
    return tuple(map(int, found))  # type: ignore[return-value]


Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Return `run(*arguments)`: the command must end with code 0."""
    def _run(*arguments: object, code: int = 0, stdin: bytes | None = None) -> Result:
        result = CliRunner().invoke(main, list(map(str, arguments)), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return _run


@pytest.fixture
def refused(run: Run, tmp_path: Path) -> Callable[..., str]:
    """Return `refused(*arguments)`: code 2, one sentence, and not a file changed."""
    def _refused(*arguments: object) -> str:
        before = files_in(tmp_path)
        result = run(*arguments, code=2)
        assert files_in(tmp_path) == before
        errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert len(errors) == 1, result.stderr
        assert result.stderr.rstrip().endswith(errors[0])
        assert "Traceback" not in result.stderr
        assert result.stdout == ""
        return errors[0]

    return _refused


@pytest.fixture
def models(tiny_hub_folder: Path, tiny_encoder_folder: Path, tiny_decoder_folder: Path,
           ) -> tuple[object, ...]:
    """The options that choose the tiny models."""
    return ("--hub", tiny_hub_folder, "--encoder", tiny_encoder_folder, "--decoder",
            tiny_decoder_folder)


@pytest.fixture
def lookup(tiny_hub_folder: Path, tiny_encoder_folder: Path) -> tuple[object, ...]:
    """The same, for commands without a decoder."""
    return ("--hub", tiny_hub_folder, "--encoder", tiny_encoder_folder)
