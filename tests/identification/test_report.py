"""The web page about unknowns: what it says, in which order, and what it refuses."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from click.testing import CliRunner, Result

from chemtranslate.chemical import Chemical
from chemtranslate.cli import main
from chemtranslate.identification.identifier import Answer, Guess
from chemtranslate.identification.pictures import Pictures
from chemtranslate.identification.report import page
from chemtranslate.identification.verdict import called, percent, ranked, verdict
from chemtranslate.sample import Place, Sample
from chemtranslate.specs import ModalitySpec
from tests.conftest import ALKANES, spectra_of
from tests.identification.test_identifier import Asking, ask, library_of, models

__all__ = ["ask", "models"]  # fixtures
EVIL = '<script>alert("1")</script>&amp; \'$\\frac$'
VOID = {"meta", "img", "br"}


class Tags(HTMLParser):
    """Opens and closes tags as a browser does, and keeps what it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return the tags of a page, which must be closed as they were opened."""
    parser = Tags()
    parser.feed(text)
    parser.close()
    assert not parser.open
    return parser.seen


def guess(name: str, probability: float, **more: Any) -> Guess:
    fields: dict[str, Any] = {"similarity": 0.4, "predicted": 0.7, "library": None, "row": 0}
    return Guess(Chemical("CCO", name=name), probability, **{**fields, **more})


def answer(*guesses: Guess, none: float = 0.05, familiarity: float = 0.9,
           sample: Sample | None = None, size: int | None = None) -> Answer:
    likelier = sum(guess.probability > none for guess in guesses)
    return Answer(sample or Sample("U1", None), list(guesses), none, familiarity, size=size,
                  likelier=likelier)


CANDIDATES = SimpleNamespace(formulas=np.array(["C2H6O"]), masses=np.array([46.0419]))


def shown(*answers: Answer, library: bool = False, coverage: float | None = None) -> str:
    """Return a page of a modality that cannot be drawn."""
    pictures = Pictures(None, cast(Any, None), cast(Any, CANDIDATES))
    stream = io.BytesIO()
    with page(pictures, library, coverage) as made:
        for one in answers:
            made.add(one)
        made.write(stream, f"Unknowns of {EVIL}", [("library", EVIL)], [("hub", EVIL)])
    return stream.getvalue().decode()


@pytest.mark.parametrize(("given", "kind", "sentence"), [
    (answer(guess("caffeine", 0.87)), "named", "Most likely caffeine (87 %)"),
    (answer(guess("caffeine", 0.2), none=0.72), "none", "Probably none of the candidates (72 %)"),
    (answer(guess("caffeine", 0.23), none=0.12), "open", "No candidate stands out"),
    (answer(), "open", "No candidate stands out"),
    (answer(guess("caffeine", 0.99), familiarity=0.12), "odd",
     "Unlike anything seen (familiarity 0.12): another kind of measurement, a mixture or noise?"),
])
def test_the_verdict_is_one_sentence(given: Answer, kind: str, sentence: str) -> None:
    found = verdict(given)
    assert (found.kind, found.sentence.replace("\u00a0", " ")) == (kind, sentence)
    assert sentence in unescape(shown(given)).replace("\u00a0", " ")


def test_a_warning_still_says_what_it_would_be() -> None:
    found = verdict(answer(guess("caffeine", 0.87), familiarity=0.1))
    assert "after all: most likely caffeine (87\u00a0%)." in found.more


@pytest.mark.parametrize(("probability", "words"), [
    (0.0, "<1 %"), (0.004, "<1 %"), (0.006, "1 %"), (0.5, "50 %"), (0.994, "99 %"),
    (0.9999, ">99 %")])
def test_nothing_is_called_certain(probability: float, words: str) -> None:
    assert percent(probability).replace("\u00a0", " ") == words


@pytest.mark.parametrize(("none", "rank"), [(0.5, 1), (0.3, 2), (0.15, 3), (0.01, 4)])
def test_none_of_these_stands_at_its_rank(none: float, rank: int) -> None:
    given = answer(guess("a", 0.4), guess("b", 0.2), guess("c", 0.1), none=none)
    standing = list(ranked(given, 5))
    assert [number for number, _ in standing] == [1, 2, 3, 4]
    assert standing[rank - 1] == (rank, None)
    text = shown(given)
    headings = re.findall(r'<span class="rank">(\d)</span><span class="name">(.*?)</span>', text)
    assert headings[rank - 1] == (str(rank), "none of these")
    assert sorted(headings) == headings


def test_of_many_guesses_five_are_shown_and_the_rank_of_none_is_kept() -> None:
    given = answer(*(guess(f"c{n}", 0.11 - n / 1000) for n in range(8)), none=0.001, size=7)
    assert [number for number, _ in ranked(given, 5)] == [1, 2, 3, 4, 5, 9]
    assert shown(given).count('<article class="guess">') == 5


def test_texts_of_records_and_files_are_never_markup() -> None:
    given = answer(guess(EVIL, 0.9), sample=Sample(EVIL, None, f"name {EVIL}", Chemical(EVIL),
                                                   place=Place(f"{EVIL}.msp", 3)))
    text = shown(given, given)
    assert "<script" not in text
    assert unescape(text).count(EVIL) > 8
    assert {tag for tag, _ in tags(text)}.isdisjoint({"script", "link", "iframe", "object"})


def test_the_set_of_a_coverage_is_marked_and_its_size_said() -> None:
    given = answer(*(guess(f"c{n}", 0.1, inside=n < 3) for n in range(5)), size=3)
    text = shown(given, coverage=0.9).replace("\u00a0", " ")
    assert text.count(">in the 90 % set<") == 3 + 1  # and its explanation
    assert text.count(">outside the 90 % set<") == 2
    assert "The 90 % set holds 3 candidates." in text
    many = answer(*(guess(f"c{n}", 0.1, inside=True) for n in range(8)), size=8)
    assert "holds 8 candidates, 3 of them not shown here." in shown(many, coverage=0.9)
    assert "set" not in re.findall(r"<dt>(.*?)</dt>", shown(given))


def test_a_library_match_is_said_where_there_is_a_library() -> None:
    given = answer(guess("a", 0.5, library=0.93), guess("b", 0.2))
    text = shown(given, library=True)
    assert "<dt>library match</dt><dd>0.93</dd>" in text
    assert "<dt>library match</dt><dd>not in the library</dd>" in text
    assert "library match" not in shown(given)


def test_a_candidate_without_a_structure_has_a_place_on_the_page() -> None:
    bare = Guess(Chemical("", "", ""), 0.3, 0.4, 0.7, None, 0)
    text = shown(answer(bare))
    assert "a candidate without a name" in text
    assert "no structure to draw" in text


def test_a_chemical_that_has_only_numbers_is_called_by_one() -> None:
    assert called(Chemical("CCO", "KEY", "64-17-5", "64-17-5")) == "CAS 64-17-5"
    assert called(Chemical("CCO", "KEY", "ethanol", "64-17-5")) == "ethanol"
    assert called(Chemical("CCO", "KEY")) == "CCO"


def test_a_table_of_contents_leads_to_every_one_of_many_unknowns() -> None:
    assert "Overview" not in shown(answer(guess("a", 0.9)))
    text = shown(*(answer(guess("a", 0.9), none=0.0) for _ in range(30)),
                 answer(guess("b", 0.1), none=0.8))
    anchors = {found["id"] for tag, found in tags(text) if tag == "section"}
    links = {str(found["href"]).removeprefix("#") for tag, found in tags(text) if tag == "a"}
    assert len(anchors) == 31
    assert anchors == links
    assert "30 with a most likely candidate; 1 probably none of the candidates." in text


Reporting = Callable[..., Result]


@pytest.fixture
def reporting(ask: Asking, tmp_path: Path) -> Reporting:
    def _ask(*options: object) -> Result:
        return ask("--by", "evidence", "--report", tmp_path / "page.html", *options)

    return _ask


def test_the_page_stands_beside_an_unchanged_table(
        ask: Asking, reporting: Reporting, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    library = library_of(tmp_path / "library.msp", spectra_of(ALKANES[:9]))
    options = ("--library", library, "--coverage", 0.5, "--mass", 46, "--tolerance", 20)
    assert ask("--by", "evidence", *options).exit_code == 0
    alone = (tmp_path / "hits.csv").read_bytes()
    result = reporting(*options)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "hits.csv").read_bytes() == alone
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    seen = tags(text)
    assert [found["id"] for tag, found in seen if tag == "section"] == ["u1", "u2", "u3"]
    said = re.sub(r"<[^>]*>", " ", unescape(text)).replace("\u00a0", " ")
    for words in ("read 3 / written 3 / rejected 0", "46 ± 20 Da", "9 samples of 9 chemicals",
                  "reference chemicals of the hub and those of the library", "mass_spec/table1"):
        assert words in said
    rows = list(csv.DictReader((tmp_path / "hits.csv").open()))
    first = [row["name"] for row in rows if row["query"] == rows[0]["query"]]
    section = text.partition('id="u1"')[2].partition("</section>")[0]
    assert re.findall(r'class="name">(.*?)</span>', section) == first[:6]
    pictures = [str(found["src"]) for tag, found in seen if tag == "img"]
    assert len(pictures) == 3 * (1 + 2 * (len(first) - 1))
    assert all(picture.startswith("data:image/svg+xml,") for picture in pictures)
    assert not [a for _, found in seen for a, value in found.items()
                if a in ("src", "href") and not str(value).startswith(("data:", "#"))]
    assert not list(tmp_path.glob(".*"))


def test_a_page_of_more_unknowns_is_as_many_times_larger(
        reporting: Reporting, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert reporting("--force").exit_code == 0
    assert (tmp_path / "page.html").stat().st_size < 3 * 150_000


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mass spectra of a plugin that has no plot, where matplotlib is not installed either."""
    from chemtranslate.plugins import Registry

    kept = Registry.modality

    def modality(self: Registry, name: str) -> ModalitySpec:
        return kept(self, name).model_copy(update={"plot": None})

    monkeypatch.setattr(Registry, "modality", modality)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)


@pytest.mark.usefixtures("undrawn")
def test_a_modality_without_a_plot_gets_a_page_with_structures_only(
        reporting: Reporting, tmp_path: Path) -> None:
    result = reporting()
    assert result.exit_code == 0, result.output
    drawn = [found for tag, found in tags((tmp_path / "page.html").read_text()) if tag == "img"]
    assert drawn
    assert all(str(found["alt"]).startswith("structure of ") for found in drawn)


def refused(result: Result, tmp_path: Path, reason: str, *, existing: str = "") -> None:
    """Expect an error in one sentence, and nothing written."""
    assert result.exit_code == 2
    assert reason in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "hits.csv").exists()
    assert not list(tmp_path.glob(".*"))
    page = tmp_path / "page.html"
    assert (page.read_text() if page.exists() else "") == existing


def test_without_matplotlib_nothing_is_begun(
        reporting: Reporting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = reporting("--library", tmp_path / "missing.msp")
    refused(result, tmp_path, "pip install 'chemtranslate[plots]'")


def test_a_report_needs_evidence(ask: Asking, tmp_path: Path) -> None:
    refused(ask("--report", tmp_path / "page.html"), tmp_path, "--report needs --by evidence")


@pytest.mark.parametrize(("options", "reason"), [
    (("--coverage", "0.9999"), "found a coverage of 0.9999"),
    (("--formula", "C99H2"), "no candidate of the formula C99H2"),
    (("--report", "{}/hits.csv"), "--report names another file of this command"),
    (("--report", "{}/unknowns.msp"), "--report names another file of this command"),
    (("--report", "-"), "found standard output, expected the name of a file"),
    (("--report", "{}"), "found a folder, expected the name of a file"),
    (("--report", "{}/missing/page.html"), "missing does not exist"),
])
def test_what_cannot_be_reported_is_an_error_and_writes_nothing(
        reporting: Reporting, tmp_path: Path, options: tuple[str, ...], reason: str) -> None:
    result = reporting(*(option.format(tmp_path) for option in options))
    refused(result, tmp_path, reason)


def test_an_existing_page_is_kept_without_force(
        models: dict[str, Path], tmp_path: Path) -> None:
    unknowns = library_of(tmp_path / "unknowns.msp", spectra_of(ALKANES[:1]))
    (tmp_path / "page.html").write_text("kept")
    command = ["identify", "--from", "mass_spec", str(unknowns), "-o", str(tmp_path / "hits.csv"),
               "--by", "evidence", "--report", str(tmp_path / "page.html")]
    for name, folder in models.items():
        command += [f"--{name}", str(folder)]
    refused(CliRunner().invoke(main, command), tmp_path, "exists already; use --force",
            existing="kept")
    result = CliRunner().invoke(main, [*command, "--force"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")


def test_when_no_record_can_be_used_there_is_neither_table_nor_page(
        reporting: Reporting, tmp_path: Path) -> None:
    (tmp_path / "unknowns.msp").write_text("Name: far\nNum Peaks: 1\n900 100\n")
    refused(reporting(), tmp_path, "none of 1 records could be used")
