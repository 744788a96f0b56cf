"""The report: one page that needs nothing else, and the same numbers wherever they stand."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from rich.console import Console

from chemtranslate.errors import OutputError
from chemtranslate_mass_spec.experiment.report import Figure, Table, show, write_report
from chemtranslate_mass_spec.experiment.report_parts import narrowed, plain, printed

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

EVIL = "<script>alert('x')</script> & \"[red]1,2\"\n$H_2O$"
ACCURACY = Table(
    "accuracy", f"Accuracy {EVIL}", ("way", "paper", "accuracy", "n"),
    (("real only", 0.72, 0.71234, 40), (EVIL, None, float(np.float32(0.575)), 12345),
     ("both", 0.79, float("nan"), 7)),
    note=f"note {EVIL}", command=f"chemtranslate {EVIL}", seeds="0 to 9")
OTHER = Table("other-table", "Another", ("a",), (("x",),))


def line() -> Picture:
    from matplotlib.figure import Figure as Picture

    figure = Picture(figsize=(3, 2))
    figure.subplots().plot([1, 2, 3])
    return figure


class Links(HTMLParser):
    """Collects what a page refers to, its tags, and whether they are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "img"):
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def figure() -> Figure:
    pytest.importorskip("matplotlib")
    return Figure("a_figure", f"Figure {EVIL}", f"caption {EVIL}", line)


@pytest.fixture
def folder(tmp_path: Path, figure: Figure) -> Path:
    about = {"library": EVIL, "settings": {"rate": 1e-5, "by": np.float32(0.5)},
             "seeds": range(20), "path": Path("a/b"), "nothing": None, "fast": True}
    write_report(tmp_path / "report", f"Title {EVIL}", about, [ACCURACY, OTHER], [figure])
    return tmp_path / "report"


def test_the_page_needs_no_other_file_and_no_network(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    links = Links(page)
    assert all(link.startswith(("#", "data:image/")) for link in links.links)
    assert {link[1:] for link in links.links if link.startswith("#")} <= set(links.ids)
    assert "url(" not in page
    assert "@import" not in page
    assert links.tags.count("img") == 1


def test_the_page_says_near_its_top_which_paper_it_speaks_of(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.index("arXiv:2302.04917") < page.index("<nav")


def test_a_wide_table_scrolls_on_its_own_and_is_whole_in_print(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    screen, _, printed_ = page.partition("@media print")
    assert ".wide { max-width: 100%; overflow-x: auto;" in screen
    assert ".wide { overflow: visible; }" in printed_
    # Who has no mouse scrolls with the keys.
    assert page.count('<div class="wide" tabindex="0" role="region"') == 2


def test_what_is_not_there_is_called_none_and_lists_of_records_are_lines(
        tmp_path: Path, figure: Figure) -> None:
    about = {"others": [], "note": "", "filed twice": [
        {"id": "a", "similarity": 0.9999}, {"id": "b", "similarity": 1.0}]}
    write_report(tmp_path, "Title", about, [], [])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<dt>others</dt><dd>none</dd>" in page
    assert "<dt>note</dt><dd>none</dd>" in page
    assert "<dd>id a, similarity 0.9999; id b, similarity 1</dd>" in page


def test_the_command_of_the_report_is_not_said_again_below_each_table(tmp_path: Path) -> None:
    tables = [replace(OTHER, command="same"), replace(OTHER, name="b", command="another")]
    write_report(tmp_path, "Title", {"command": "same"}, tables, [])
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<code>same</code>" not in page
    assert page.count("<code>another</code>") == 1


def test_what_comes_from_outside_is_escaped(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    links = Links(page)
    assert "script" not in links.tags
    assert not links.open
    assert page.count("&lt;script&gt;") >= 8


def test_json_csv_and_page_hold_the_same_numbers(folder: Path) -> None:
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"),
                         parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert [table["name"] for table in results["tables"]] == ["accuracy", "other-table"]
    assert results["figures"][0]["caption"].startswith("caption")
    assert results["about"]["settings"] == {"rate": 1e-5, "by": 0.5}
    assert results["about"]["path"] == "a/b"
    for table in results["tables"]:
        with (folder / "tables" / f"{table['name']}.csv").open(encoding="utf-8",
                                                               newline="") as stream:
            head, *rows = csv.reader(stream)
        assert head == table["columns"]
        assert rows == [["" if value is None else str(value) for value in row]
                        for row in table["rows"]]
    page = (folder / "report.html").read_text(encoding="utf-8")
    for cell in ("0.712", "0.575", "12,345", "–", "seeds 0 to 9"):
        assert cell in page


def test_figures_are_written_twice_and_are_the_same_each_time(
        folder: Path, tmp_path: Path, figure: Figure) -> None:
    write_report(tmp_path / "again", "Again", {}, [], [figure])
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        name = f"figures/a_figure.{kind}"
        assert (folder / name).read_bytes().startswith(start)
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_second_report_replaces_the_first_and_leaves_other_files(
        folder: Path, figure: Figure) -> None:
    (folder / "mine.txt").write_text("mine")
    write_report(folder, "Second", {}, [replace(OTHER, rows=(("changed",),))], [figure])
    assert (folder / "tables/other-table.csv").read_text() == "a\nchanged\n"
    assert "<h1>Second</h1>" in (folder / "report.html").read_text()
    assert (folder / "mine.txt").read_text() == "mine"
    assert not list(folder.rglob("*.part"))


def test_tables_and_figures_that_a_second_report_does_not_have_go_and_no_other_files(
        folder: Path, figure: Figure) -> None:
    mine = ["figures/My drawing.png", "figures/notes.txt", "figures/a_figure.csv",
            "tables/a_figure.svg", "tables/more/other-table.csv", "accuracy.csv"]
    (folder / "tables/more").mkdir()
    (folder / "tables/other.csv").mkdir()
    for name in mine:
        (folder / name).write_text("mine")
    write_report(folder, "Second", {}, [ACCURACY], [])
    left = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert left == {*mine, "results.json", "report.html", "tables/accuracy.csv"}
    assert (folder / "tables/other.csv").is_dir()


@pytest.mark.parametrize("name", ["results.json", "other-table.csv", "a_figure.png", "report.html"])
def test_where_a_second_report_stops_midway_there_is_no_page(
        folder: Path, figure: Figure, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    really = os.replace

    def stopped(source: Any, target: Any) -> None:
        if Path(target).name == name:
            raise KeyboardInterrupt
        really(source, target)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(os, "replace", stopped)
        write_report(folder, "Second", {}, [OTHER], [figure])
    assert not (folder / "report.html").exists()
    assert not (folder / "tables/accuracy.csv").exists()
    write_report(folder, "Second", {}, [OTHER], [figure])
    assert "<h1>Second</h1>" in (folder / "report.html").read_text()


def test_a_page_that_cannot_be_removed_is_said(folder: Path) -> None:
    (folder / "report.html").unlink()
    (folder / "report.html").mkdir()
    with pytest.raises(OutputError, match=r"report\.html: cannot be removed"):
        write_report(folder, "Second", {}, [], [])


@pytest.mark.parametrize("name", ["results.json", "accuracy.csv", "a_figure.svg", "a_figure.png",
                                  "report.html"])
def test_a_full_disk_is_said_with_the_file_and_leaves_no_half_of_it(
        tmp_path: Path, figure: Figure, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    really = os.replace

    def full(source: Any, target: Any) -> None:
        if Path(target).name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        really(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match=rf"{name}: cannot be written: No space left"):
        write_report(tmp_path, "Title", {}, [ACCURACY], [figure])
    assert not list(tmp_path.rglob(name))
    assert not list(tmp_path.rglob("*.part"))
    assert not (tmp_path / "report.html").exists()


def test_a_place_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file: cannot be made"):
        write_report(tmp_path / "file", "Title", {}, [], [])


def test_names_that_are_no_file_names_rows_of_another_width_and_twins_are_refused(
        tmp_path: Path) -> None:
    for name in ("", "../up", "A b", ".hidden"):
        with pytest.raises(ValueError, match="names a file"):
            replace(OTHER, name=name)
        with pytest.raises(ValueError, match="names a file"):
            Figure(name, "", "", line)
    with pytest.raises(ValueError, match="row of 2 values, expected 1"):
        replace(OTHER, rows=(("x", "y"),))
    with pytest.raises(ValueError, match="two tables of one name: other-table"):
        write_report(tmp_path, "Title", {}, [OTHER, OTHER], [])


@pytest.mark.parametrize(("column", "expected"), [
    ((0.72, 0.71234, 0.8), ("0.720", "0.712", "0.800")),
    ((72.0, 57.0, None), ("72", "57", "–")),
    ((12.74, 71.23456), ("12.74", "71.23")),
    ((71.23456, 66.66667), ("71.2", "66.7")),
    ((5.8, 12.74, 0.43), ("5.80", "12.74", "0.43")),
    ((1e-5, 0.001, 0.0), ("1e−5", "0.001", "0.000")),
    ((-0.25, 1234567.0, 2.5), ("−0.25", "1,234,567.00", "2.50")),
    ((2011, 1999, -3), ("2011", "1999", "−3")),
    ((2011, 10_000, -3), ("2,011", "10,000", "−3")),
    (("not given", 10.0, 0.15), ("not given", "10", "0.15")),
    (("a", 1, True), ("a", "1", "yes")),
])
def test_numbers_are_printed_with_the_digits_they_need(
        column: tuple[Any, ...], expected: tuple[str, ...]) -> None:
    table = Table("t", "", ("a",), tuple((value,) for value in column))
    assert tuple(cell for (cell,) in printed(table)) == expected


def test_numbers_of_numpy_become_those_of_json() -> None:
    found = plain({1: np.arange(2), "b": (np.float64(0.5), np.nan, np.bool_(True)), "c": {3}})
    assert found == {"1": [0, 1], "b": [0.5, None, True], "c": [3]}
    assert json.loads(json.dumps(found)) == found


def test_a_table_is_narrowed_to_the_columns_named_in_their_order() -> None:
    narrow = narrowed(ACCURACY, ("accuracy", "way"))
    assert (narrow.columns, narrow.rows[0]) == (("accuracy", "way"), (0.71234, "real only"))
    assert narrowed(OTHER, ()) == OTHER


def test_the_terminal_shows_names_as_they_are_and_numbers_to_the_right() -> None:
    stream = io.StringIO()
    show(replace(ACCURACY, title="Accuracy", rows=(("[red]1", 0.5, 0.25, 3),), note="[b]n"),
         Console(file=stream, width=100))
    text = stream.getvalue()
    for part in ("Accuracy", "[red]1", "0.25 ", "[b]n"):
        assert part in text
