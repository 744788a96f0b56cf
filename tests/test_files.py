from __future__ import annotations

import gzip
import os
from pathlib import Path
from threading import Thread

import pytest

from chemtranslate.errors import InputError, OutputError
from chemtranslate.files import folder_written_whole, open_input, written_whole


def test_a_failure_while_writing_a_file_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), written_whole(tmp_path / "out.msp") as stream:
        stream.write(b"half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_failure_while_replacing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.msp"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), written_whole(path, force=True) as stream:
        stream.write(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_existing_file_is_replaced_only_with_force(tmp_path: Path) -> None:
    path = tmp_path / "out.msp"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match="exists already; use --force"), written_whole(path):
        pass
    assert path.read_bytes() == b"old"
    with written_whole(path, force=True) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_links_are_followed_and_stay(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link = tmp_path / "link.msp"
    link.symlink_to(Path("far") / "real.msp")
    for content in (b"first", b"second"):
        with written_whole(link, force=True) as stream:
            stream.write(content)
        assert (link.is_symlink(), (tmp_path / "far" / "real.msp").read_bytes()) == (True, content)
    (tmp_path / "table").symlink_to(tmp_path / "far" / "table")
    with folder_written_whole(tmp_path / "table", force=False, marker="card") as aside:
        (aside / "card").write_text("new")
    assert (tmp_path / "table").is_symlink()
    assert (tmp_path / "far" / "table" / "card").read_text() == "new"


def test_devices_and_pipes_are_written_into_and_stay(tmp_path: Path) -> None:
    for force in (False, True):
        with written_whole(Path(os.devnull), force) as stream:
            stream.write(b"gone")
    assert Path(os.devnull).is_char_device()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = Thread(target=lambda: read.append(pipe.read_bytes()))
    read: list[bytes] = []
    reader.start()
    with written_whole(pipe) as stream:
        stream.write(b"through")
    reader.join()
    assert (read, pipe.is_fifo()) == ([b"through"], True)


def test_a_folder_cannot_be_written_to_a_stream() -> None:
    for stream in ("-", os.devnull):
        with pytest.raises(OutputError, match="expected the name of a folder"), \
                folder_written_whole(Path(stream), force=True, marker="card"):
            pass


def test_force_replaces_a_file_and_never_a_folder_by_a_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"), written_whole(tmp_path, force=True):
        pass
    with pytest.raises(OutputError), written_whole(tmp_path / "none" / "out.msp"):
        pass


def test_a_failure_while_filling_a_folder_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "table"
    with folder_written_whole(path, force=False, marker="card") as aside:
        (aside / "card").write_text("old")
    with (
        pytest.raises(RuntimeError),
        folder_written_whole(path, force=True, marker="card") as aside,
    ):
        (aside / "card").write_text("half")
        raise RuntimeError
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")] == [
        "table", "table/card"]
    assert (path / "card").read_text() == "old"
    with folder_written_whole(path, force=True, marker="card") as aside:
        (aside / "card").write_text("new")
    assert (path / "card").read_text() == "new"


def test_a_folder_of_another_kind_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter").write_text("years of work")
    with (
        pytest.raises(OutputError, match="holds something else"),
        folder_written_whole(tmp_path / "thesis", force=True, marker="card"),
    ):
        pass
    assert (tmp_path / "thesis" / "chapter").read_text() == "years of work"


def test_gzipped_input_reads_like_plain_input_and_output_compresses_alike(tmp_path: Path) -> None:
    for name in ("a.msp.gz", "b.msp.gz"):
        with written_whole(tmp_path / name) as stream:
            stream.write(b"Name: x\n" * 1000)
    packed = (tmp_path / "a.msp.gz").read_bytes()
    assert len(packed) < 1000
    assert packed == (tmp_path / "b.msp.gz").read_bytes()
    (tmp_path / "renamed.msp").write_bytes(packed)
    with open_input(str(tmp_path / "renamed.msp")) as stream:
        assert stream.read() == b"Name: x\n" * 1000


@pytest.mark.parametrize(("content", "sentence"), [
    (b"", "the file is empty"),
    (gzip.compress(b"Name: x\n" * 5000, mtime=0)[:-20], "damaged or truncated gzip"),
    (b"\x1f\x8b" + b"\x00garbage" * 20, "damaged or truncated gzip"),
])
def test_input_without_content_is_refused_in_a_sentence(tmp_path: Path, content: bytes,
                                                        sentence: str) -> None:
    path = tmp_path / "in.msp"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"in.msp: {sentence}"), open_input(str(path)) as stream:
        stream.read()


def test_input_that_is_missing_or_a_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none.msp: no such file"), \
            open_input(str(tmp_path / "none.msp")):
        pass
    with pytest.raises(InputError, match="is a folder"), open_input(str(tmp_path)):
        pass
