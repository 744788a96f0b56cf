"""Opening inputs and writing outputs: clear errors, and never a half-written file.

Outputs are written aside and renamed when they are whole; what exists is replaced only when
the user says so. Devices and pipes are written into, and links are followed.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import secrets
import shutil
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from chemtranslate.errors import InputError, OutputError

STDIN = "-"
"""Standard input as an input, standard output as an output."""
ZIP = b"PK\x03\x04", b"PK\x05\x06"
"""How zip archives begin, one without files by the second."""


def name_of(file: str) -> str:
    """Return what messages call an input."""
    return "standard input" if file == STDIN else file


@contextmanager
def open_input(file: str) -> Iterator[IO[bytes]]:
    """Open a file for reading, decompressing gzip; "-" is standard input.

    Raises:
        InputError: there is no such file, it cannot be read, is empty, or is damaged gzip.
    """
    name = name_of(file)
    try:
        raw: Any = sys.stdin.buffer if file == STDIN else Path(file).open("rb")  # noqa: SIM115
    except FileNotFoundError:
        raise InputError(f"{file}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{file}: is a folder, expected a file") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        with _unpacked(raw, name) as stream:
            yield stream
    finally:
        if file != STDIN:
            raw.close()


@contextmanager
def _unpacked(raw: Any, name: str) -> Iterator[IO[bytes]]:
    buffered = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw)
    start = buffered.peek(4)[:4]
    if not start:
        raise InputError(f"{name}: the file is empty, expected at least one record")
    if start in ZIP:  # `inputs_of` opens those that it can
        raise InputError(f"{name}: found a zip archive, expected records; give it as a file")
    if not start.startswith(b"\x1f\x8b"):
        yield buffered
        return
    try:
        with gzip.open(buffered) as stream:
            yield cast(IO[bytes], stream)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{name}: damaged or truncated gzip data: {error}") from None


def inputs_of(file: str) -> Iterator[tuple[str, AbstractContextManager[IO[bytes]]]]:
    """Yield name and content of a file; of a zip archive, of each file in it.

    A file in an archive is named ARCHIVE:FILE, as places of records name it. Each is to be read
    before the next is asked for.

    Raises:
        InputError: as `open_input`, or an archive is damaged, encrypted or holds no file.
    """
    if not _is_zip(file):
        yield name_of(file), open_input(file)
        return
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise InputError(f"{file}: damaged or truncated zip archive: {error}") from None
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if not members:
            raise InputError(f"{file}: the archive is empty, expected at least one file")
        for member in members:
            name = f"{file}:{member.filename}"
            yield name, _member(archive, member, name)


@contextmanager
def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Iterator[IO[bytes]]:
    try:
        raw = archive.open(member)
    except (zipfile.BadZipFile, RuntimeError) as error:
        raise InputError(f"{name}: damaged or encrypted: {error}") from None
    try:
        with raw, _unpacked(raw, name) as stream:
            yield stream
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(f"{name}: damaged: {error}") from None


def _is_zip(file: str) -> bool:
    if file == STDIN or is_stream(Path(file)):
        return False  # what is read of a pipe to tell is lost
    try:
        with Path(file).open("rb") as raw:
            return raw.read(4) in ZIP
    except OSError:
        return False  # `open_input` says why


def check_output(path: Path, force: bool) -> None:
    """Refuse an output that exists (unless `force`) or cannot be written.

    "-", devices and pipes can always be written into.

    Raises:
        OutputError: the path exists, or its folder does not exist or is not writable.
    """
    if str(path) == STDIN or is_stream(path):
        return
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OutputError(f"{path}: is neither a file nor a folder")
    if path.exists() and not force:
        raise OutputError(f"{path}: exists already; use --force to replace it")
    parent = followed(path).absolute().parent
    if not parent.is_dir():
        raise OutputError(f"{path}: the folder {parent} does not exist")
    if not os.access(parent, os.W_OK):
        raise OutputError(f"{path}: the folder {parent} is not writable")


def is_stream(path: Path) -> bool:
    """Say whether a path is a device such as /dev/null or a named pipe."""
    return path.is_char_device() or path.is_fifo()


def followed(path: Path) -> Path:
    """Return what a symbolic link leads to; any other path as it is."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


@contextmanager
def written_whole(path: Path, force: bool = False) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name only when all went well.

    A name that ends in .gz is compressed.

    Raises:
        OutputError: as `check_output`, or the disk refused.
    """
    check_output(path, force)
    if path.is_dir():
        raise OutputError(f"{path}: is a folder, expected the name of a file")
    target = followed(path)
    aside = path if is_stream(path) else _aside(target)
    try:
        with aside.open("wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
                    yield cast(IO[bytes], packed)
            else:
                yield raw
        if aside != path:
            os.replace(aside, target)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        if aside != path:
            aside.unlink(missing_ok=True)


@contextmanager
def output_stream(path: Path, force: bool = False) -> Iterator[IO[bytes]]:
    """Open an output: "-" is standard output, anything else as `written_whole`.

    Raises:
        OutputError: as `written_whole`.
        BrokenPipeError: nobody reads standard output any longer.
    """
    if str(path) != STDIN:
        with written_whole(path, force) as stream:
            yield stream
        return
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_output()
        raise OutputError(
            f"standard output: cannot be written: {error.strerror or error}"
        ) from None


def drop_output() -> None:
    """Forget what standard output still holds: it can no longer be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def text_lines(stream: IO[bytes], file: str) -> Iterator[str]:
    """Yield the lines of a UTF-8 text, each with its line break.

    Raises:
        InputError: a line is not UTF-8 or holds a NUL byte; the message names it.
    """
    for number, line in enumerate(stream, 1):
        if b"\0" in line:
            raise InputError(f"{file}, line {number}: found a NUL byte, expected text")
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{file}, line {number}: not UTF-8 text: {error.reason}") from None


@contextmanager
def csv_into(stream: IO[bytes]) -> Iterator[Any]:
    """Give a `csv.writer` of UTF-8 lines into a binary stream, which stays open."""
    text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
    try:
        yield csv.writer(text, lineterminator="\n")
    finally:
        text.detach()


def check_folder(path: Path, force: bool, marker: str) -> None:
    """Refuse a folder that exists (unless `force`), is of another kind, or cannot be written.

    Args:
        marker: name of a file in every folder of this kind; no other folder is replaced.

    Raises:
        OutputError: as `check_output`, or the folder holds something else.
    """
    if str(path) == STDIN or is_stream(path):
        raise OutputError(f"{path}: found a stream, expected the name of a folder")
    check_output(path, force)
    if path.exists() and not (path / marker).is_file() and (path.is_file() or any(path.iterdir())):
        raise OutputError(f"{path}: holds something else (no {marker}), it is not replaced")


@contextmanager
def folder_written_whole(path: Path, force: bool, marker: str) -> Iterator[Path]:
    """Fill a folder that appears under its name only when all went well.

    Args:
        path: the folder.
        force: replace an existing one.
        marker: name of a file in every folder of this kind; no other folder is replaced.

    Raises:
        OutputError: as `check_output`, or the disk refused.
    """
    check_folder(path, force, marker)
    aside = _aside(followed(path))
    try:
        aside.mkdir()
        yield aside
        put_in_place(aside, path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def put_in_place(aside: Path, path: Path) -> None:
    """Rename a finished folder to its name, replacing one that is there."""
    path = followed(path)
    if path.is_dir():
        replaced = _aside(path)
        os.replace(path, replaced)
        os.replace(aside, path)
        shutil.rmtree(replaced)
    else:
        os.replace(aside, path)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
