"""Malformed files, and readers tried with them in a process of their own, which may hang or die.

Whatever is in a file, a reader yields samples and rejects or raises one error of the project that
says what it found; and what it takes for a sample the array form takes, or refuses with a reason.
"""

from __future__ import annotations

import faulthandler
import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from chemtranslate.errors import ChemTranslateError, InputError
from chemtranslate.protocols import ArrayForm, Reader
from chemtranslate.sample import Reject, Sample
from chemtranslate.specs import resolve
from chemtranslate.testing.arrays import expect_of_form
from chemtranslate.testing.registration import environment
from chemtranslate.testing.rules import Broken, expect, raised
from chemtranslate.testing.spoiling import BINARY, spoilt

LARGEST = 1 << 14
"""Bytes of a sound file that are spoilt."""
MEMORY = 4 << 30
"""Bytes that a reader may ask for at once, where the system can tell."""
WAITING = 10
"""Times as long may reading take by the clock as by the processor."""
RECORDS = 100
"""Samples of each file that are made arrays."""
EXPECTED = "samples, rejects, or one InputError that says what is wrong"


@dataclass(frozen=True)
class Task:
    """What is to be tried.

    Attributes:
        read: import string of the reader.
        form: import string of the array form, None if there is none.
        file: name of the files, for messages.
        seed: of what is spoilt, and how.
        patience: seconds of the processor for each file.
    """

    read: str
    form: str | None
    file: str
    seed: int
    patience: float


def try_all(task: Task, sound: bytes) -> int:
    """Let a reader read malformed files, and return how many.

    Args:
        sound: a sound file, of which most of them are made; may be empty.

    Raises:
        Broken: one of them made it hang, die, or break its word; the message quotes the file.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sound").write_bytes(sound)
        (folder / "task.json").write_text(json.dumps(asdict(task)), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "chemtranslate.testing.malformed", folder],
            env=environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip
        tried = _lines(folder / "tried")
        if done.returncode == 0:
            return len(tried)
        fault = "\n".join(_lines(folder / "fault"))
        if not fault:
            fault = f"found {_hung(folder, task.patience) or _died(done)}, expected {EXPECTED}"
        raise Broken(f"{tried[-1] if tried else 'before the first file'}: {fault}")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _hung(folder: Path, patience: float) -> str:
    """Say where a reader hung; empty where it did not."""
    frames = [line.strip() for line in _lines(folder / "stack") if line.startswith("  File")]
    return f"no end after {patience:g} s, in {frames[0].removeprefix('File ')}" if frames else ""


def _died(done: subprocess.CompletedProcess[bytes]) -> str:
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    return f"the end of the process (code {done.returncode}) {' '.join(last)}".strip()


def main(folder: Path) -> int:
    """Try one task after the other, in this process; return its exit code.

    `tried` gets the name of each file before it is read, `fault` what was wrong with the last one,
    `stack` where it hung.
    """
    task = Task(**json.loads((folder / "task.json").read_text(encoding="utf-8")))
    sound = (folder / "sound").read_bytes()
    _limit_memory()
    read, form = resolve(task.read), resolve(task.form) if task.form else None
    with (folder / "tried").open("w", encoding="utf-8") as tried, (folder / "stack").open("w") as s:
        for name, data in spoilt(sound, task.seed):
            print(f"{name}, {_quoted(data, sound)}", file=tried, flush=True)
            try:
                with _watched(task.patience, s):
                    _read(read, form, data, task.file)
            except Broken as broken:
                (folder / "fault").write_text(str(broken), encoding="utf-8")
                return 1
    return 0


@contextmanager
def _watched(patience: float, stack: IO[str]) -> Iterator[None]:
    """End this process, the stack written, when the context takes too long.

    That is `patience` in seconds of the processor, so that a busy machine hangs nobody; in all,
    and where the system cannot tell, `WAITING` times as long.
    """
    faulthandler.dump_traceback_later(patience * WAITING, exit=True, file=stack)
    timed = hasattr(signal, "setitimer")
    if timed:
        faulthandler.register(signal.SIGPROF, stack, chain=True)  # which ends the process
        signal.setitimer(signal.ITIMER_PROF, patience)
    try:
        yield
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()


def _limit_memory() -> None:
    """Turn an absurd wish for memory into a MemoryError, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, most))


def _quoted(data: bytes, sound: bytes) -> str:
    """Quote a file around the first byte that is not that of the sound one."""
    pairs = enumerate(zip(data, sound, strict=False))
    differing = (at for at, (one, other) in pairs if one != other)
    start = max(next(differing, min(len(data), len(sound))) - 20, 0)
    return f"{len(data)} bytes, at {start} {data[start : start + 50]!r}"


def _read(read: Reader, form: ArrayForm | None, data: bytes, file: str) -> None:
    """Read one file; Broken where the reader or the array form breaks its word."""
    try:
        stream = io.BufferedReader(io.BytesIO(data))
        records = list(islice(read(stream, file), len(data) + 1))
    except ChemTranslateError as error:
        expect(str(error).strip(), f"a {type(error).__name__} without text", EXPECTED)
        return
    except BaseException as error:  # noqa: BLE001 - a stranger's reader may raise anything
        raise Broken(f"found {raised(error)}, expected {EXPECTED}") from None
    expect(len(records) <= len(data), f"more than {len(data)} records", EXPECTED)
    for number, record in enumerate(records):
        expect(isinstance(record, Sample | Reject), f"a {type(record).__name__}", EXPECTED)
        expect(data not in BINARY or isinstance(record, Reject),
               f"a sample ({record!s:.60}) in a file that is not even text", "none")  # fmt: skip
        if isinstance(record, Reject):
            expect(record.reason.strip(), f"a reject without a reason at {record.place}", EXPECTED)
        elif form is not None and number < RECORDS:
            _formed(record, form)


def _formed(sample: Sample, form: ArrayForm) -> None:
    try:
        array = form.to_array(sample)
    except InputError:
        return
    except BaseException as error:  # noqa: BLE001 - likewise
        raise Broken(
            f"found {raised(error)} from to_array, expected an array or an InputError"
        ) from None
    expect_of_form(array, form, f"of sample {sample.id!r:.60}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
