"""Zip archives as inputs: every file in one is read, and none is lost."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from chemtranslate import Translator
from chemtranslate.errors import InputError, UnknownNameError
from chemtranslate.files import inputs_of
from chemtranslate.sample import Reject, Sample

RECORD = "NAME: {name}\nSMILES: CCO\nNum Peaks: 2\n31 100\n45 50\n\n"


def archive(folder: Path, **files: str) -> Path:
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.mkdir("folder")
        for name, text in files.items():
            packed.writestr(name.replace("__", "/").replace("_", "."), text)
    return path


def test_the_files_of_an_archive_are_read_in_their_order(tmp_path: Path) -> None:
    path = archive(tmp_path, folder__b_msp=RECORD.format(name="b") * 2,
                   a_msp=RECORD.format(name="a"))
    records = list(Translator().records(path, modality="mass_spec"))
    assert [record.name for record in records if isinstance(record, Sample)] == ["b", "b", "a"]
    assert [str(record.place) for record in records] == [
        f"{path}:folder/b.msp, record 1", f"{path}:folder/b.msp, record 2",
        f"{path}:a.msp, record 1"]


def test_a_file_of_no_known_format_is_a_reject_and_the_others_are_read(tmp_path: Path) -> None:
    path = archive(tmp_path, read_me="hello", a_msp=RECORD.format(name="a"))
    first, second = Translator().records(path, modality="mass_spec")
    assert isinstance(first, Reject)
    assert first.place.file == f"{path}:read.me"
    assert "expected one of .msp" in first.reason
    assert isinstance(second, Sample)


def test_files_of_an_archive_that_cannot_be_read_are_rejects(tmp_path: Path) -> None:
    path = archive(tmp_path, LICENCE="free for all", empty_msp="", blank_msp="\n\n",
                   b_msp=RECORD.format(name="b"), a_msp=RECORD.format(name="a"))
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"NAME: b")] ^= 1
    path.write_bytes(whole)
    *rejects, sample = Translator().records(path, modality="mass_spec")
    assert isinstance(sample, Sample)
    assert sample.name == "a"
    reasons = {str(one.place): one.reason for one in rejects if isinstance(one, Reject)}
    assert reasons.keys() >= {f"{path}:{name}" for name in ("empty.msp", "blank.msp", "b.msp")}
    assert any("LICENCE" in place for place in reasons)
    assert "is empty" in reasons[f"{path}:empty.msp"]
    assert "Bad CRC" in reasons[f"{path}:b.msp"]


def test_an_archive_on_standard_input_is_told_to_be_a_file(tmp_path: Path) -> None:
    path = archive(tmp_path, a_msp=RECORD.format(name="a"))
    code = "import chemtranslate as c; [*c.Translator().records('-', modality='mass_spec')]"
    with path.open("rb") as stream:
        done = subprocess.run([sys.executable, "-c", code], stdin=stream, capture_output=True,
                              check=False)
    assert b"standard input: found a zip archive" in done.stderr


def test_a_packed_file_in_an_archive_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        packed.writestr("a.msp.gz", gzip.compress(RECORD.format(name="a").encode()))
    (record,) = Translator().records(tmp_path / "all.zip", modality="mass_spec")
    assert record.name == "a"


def test_a_format_that_nobody_knows_is_an_error_for_an_archive_too(tmp_path: Path) -> None:
    path = archive(tmp_path, a_msp=RECORD.format(name="a"))
    with pytest.raises(UnknownNameError, match="mps"):
        list(Translator().records(path, modality="mass_spec", format="mps"))


def test_nothing_of_a_pipe_is_lost_in_telling_whether_it_is_an_archive(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.msp"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(RECORD.format(name="a"),), daemon=True)
    writer.start()
    (record,) = Translator().records(pipe, modality="mass_spec")
    assert record.name == "a"


def test_a_plain_file_is_itself(tmp_path: Path) -> None:
    (tmp_path / "a.msp").write_bytes(b"NAME: a\n")
    ((name, opened),) = inputs_of(str(tmp_path / "a.msp"))
    with opened as stream:
        assert (name, stream.read()) == (str(tmp_path / "a.msp"), b"NAME: a\n")


def test_a_damaged_or_empty_archive_is_an_error(tmp_path: Path) -> None:
    whole = archive(tmp_path, a_msp=RECORD.format(name="a")).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as packed:
        packed.mkdir("folder")
    with zipfile.ZipFile(tmp_path / "bare.zip", "w"):
        pass
    for name, reason in (("cut.zip", "damaged or truncated zip"), ("none.zip", "is empty"),
                         ("bare.zip", "is empty")):
        with pytest.raises(InputError, match=f"{name}.*{reason}"):
            list(Translator().records(tmp_path / name, modality="mass_spec"))
