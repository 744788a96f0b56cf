"""Stages of a long run: each is done once and leaves a file, so that a stopped run goes on."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import read_tensors
from chemtranslate.errors import ArtefactError, OutputError
from chemtranslate.files import written_whole

Arrays = Mapping[str, NDArray[Any]]
RUN, TIME = "run.json", "time.json"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other runs out of an existing folder, as long as this process lives and wants.

    The folder itself is locked, where the system can do that: nothing is left behind.

    Raises:
        OutputError: another run works there.
    """
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:  # Windows
        yield
        return
    place = os.open(folder, os.O_RDONLY)
    try:
        try:
            flock(place, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise OutputError(
                f"{folder}: another run works there; wait for it, or name another folder"
            ) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(place)


class Stages:
    """The folder of a run's finished stages.

    Args:
        folder: made where it is not there.
        run: what is asked for: library, hub, settings. A folder of another run is refused.
        force: empty a folder of another run.

    Raises:
        OutputError: the folder belongs to another run, or cannot be written.
    """

    def __init__(self, folder: Path, run: Mapping[str, Any], force: bool = False) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from None
        for half_written in folder.glob(".*.part"):  # by a process that was killed
            half_written.unlink(missing_ok=True)
        asked = json.loads(json.dumps(run))
        known = folder / RUN
        try:
            found = json.loads(known.read_text(encoding="utf-8")) if known.exists() else None
        except ValueError as error:
            if not force:
                raise OutputError(f"{known}: damaged: {error}; use --force to start anew") from None
            found = {}
        if found is None and any(folder.iterdir()) and not force:
            raise OutputError(
                f"{folder}: holds stages without {RUN}, so of an unknown run; use --force to start "
                "anew"
            )
        if found != asked and any(folder.iterdir()):
            if not force:
                assert found is not None
                differing = sorted(k for k in {*found, *asked} if found.get(k) != asked.get(k))
                raise OutputError(
                    f"{folder}: holds a run with other {', '.join(differing)}; use --force to "
                    "start anew, or name another folder"
                )
            self._empty()
        if found != asked:
            self._write(RUN, json.dumps(asked, indent=1).encode())
            self._write(TIME, b"0")

    @property
    def seconds(self) -> float | None:
        """How long the stages took, in all runs that made them; None where that is unknown."""
        try:
            return float((self.folder / TIME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def spend(self, seconds: float) -> None:
        """Add to `seconds`, where that is known; only one process may."""
        if (known := self.seconds) is not None:
            self._write(TIME, f"{known + seconds:.1f}".encode())

    @property
    def begun(self) -> bool:
        """Say whether there is anything that a later run can go on from."""
        return any(one.name not in (RUN, TIME) for one in self.folder.iterdir())

    def arrays(
        self, name: str, make: Callable[[], Arrays] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Return what `make` made, now or in an earlier run, from `name`.safetensors.

        Raises:
            ArtefactError: the file is damaged, or missing and there is nothing to make it.
        """
        from safetensors.numpy import save

        path = self.folder / f"{name}.safetensors"
        if make is not None and not path.exists():
            made = {key: np.asarray(value, order="C") for key, value in make().items()}
            self._write(path.name, save(made))
        return read_tensors(path)

    def data(self, name: str, make: Callable[[], Any] | None = None) -> Any:
        """Return what `make` made, now or in an earlier run, from `name`.json; errors likewise."""
        path = self.folder / f"{name}.json"
        if make is not None and not path.exists():
            self._write(path.name, json.dumps(make()).encode())
        try:
            return json.loads(path.read_bytes())
        except FileNotFoundError:
            raise ArtefactError(f"{path}: no such file") from None
        except ValueError as error:
            raise ArtefactError(f"{path}: damaged or truncated: {error}") from None

    def done(self, name: str) -> bool:
        """Say whether a stage has left its file."""
        return any((self.folder / f"{name}.{kind}").exists() for kind in ("safetensors", "json"))

    def _empty(self) -> None:
        """Remove what lies here, the record of the run last: without it, nothing is resumed."""
        try:
            for path in sorted(self.folder.iterdir(), key=lambda path: path.name == RUN):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError as error:
            raise OutputError(f"{error.filename}: cannot be removed: {error.strerror}") from None

    def _write(self, name: str, content: bytes) -> None:
        with written_whole(self.folder / name, force=True) as stream:
            stream.write(content)
