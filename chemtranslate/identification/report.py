"""One web page about unknowns: what each probably is, and what speaks for it, to be looked at.

The page needs no network and runs no script; pictures lie in it. Sections go to disk as they are
made, so that hundreds of unknowns take no more memory than one.
"""

from __future__ import annotations

import math
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from importlib.resources import files
from typing import IO, TYPE_CHECKING

from chemtranslate.identification.pictures import STRUCTURE, Pictures
from chemtranslate.identification.verdict import Kind, Verdict, called, percent, ranked, verdict
from chemtranslate.svg import embedded

if TYPE_CHECKING:
    from chemtranslate.identification.identifier import Answer, Guess
    from chemtranslate.sample import Sample

SHOWN = 5
"""Guesses that are shown of each unknown."""
NONE = "none of these"
Facts = Sequence[tuple[str, str]]
"""Names and what they are, in plain text."""
_KINDS: dict[Kind, str] = {
    "named": "with a most likely candidate",
    "none": "probably none of the candidates",
    "open": "without a candidate that stands out",
    "odd": "unlike anything seen",
}
_SHORT: dict[Kind, str] = {
    "named": "most likely",
    "none": "none of the candidates",
    "open": "nothing stands out",
    "odd": "unlike anything seen",
}
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_EXPLAINED = (
    ("probability", "how likely the unknown is this candidate, by all evidence together. Those of "
     "all candidates and of “none of these” add up to 100 %."),
    (NONE, "how likely the unknown’s chemical is not among the candidates at all."),
    ("most likely", "with a probability of one half or more."),
    ("familiarity", "1 for a sample like those the models know, near 0 for one like nothing they "
     "have seen. Below 0.5, trust no name."),
    ("similarity", "cosine, -1 to 1, of where the encoder places the sample and where the "
     "candidate lies. To be compared within one unknown only."),
    ("predicted match", "0 to 1: how alike the sample is to the one predicted for the "
     "candidate. The picture shows both; a number in it is the plot’s own measure."),
)
_LIBRARY = ("library match", "0 to 1: how alike it is to the most similar measured sample of the "
            "candidate in the library.")
_SET = ("in the set", "of all unknowns whose chemical is among the candidates, so many have it in "
        "their set.")


@contextmanager
def page(pictures: Pictures, library: bool, coverage: float | None) -> Iterator[Page]:
    """Give an empty page; its sections lie in a temporary file until it is written.

    Args:
        library: whether there was one.
        coverage: of the sets; None where none was asked for.
    """
    with tempfile.TemporaryFile() as body:
        yield Page(body, pictures, library, coverage)


class Page:
    """The page, to which answers are added one by one."""

    def __init__(
        self, body: IO[bytes], pictures: Pictures, library: bool, coverage: float | None
    ) -> None:
        self._body, self._pictures = body, pictures
        self._library, self._coverage = library, coverage
        self._lines: list[str] = []
        self._kinds: Counter[Kind] = Counter()

    def add(self, answer: Answer) -> None:
        """Add a section about an unknown."""
        found = verdict(answer)
        number = len(self._lines) + 1
        self._kinds[found.kind] += 1
        self._lines.append(_line(number, answer, found))
        self._body.write(_encoded(self._section(number, answer, found)))

    def write(self, stream: IO[bytes], title: str, asked: Facts, made: Facts) -> None:
        """Write the whole page.

        Args:
            stream: where to.
            title: of the page.
            asked: what was asked, for its top.
            made: by what it was made, likewise.
        """
        style = files(__package__).joinpath("report.css").read_text(encoding="utf-8")
        explained = [*_EXPLAINED, *[_LIBRARY] * self._library]
        if self._coverage is not None:
            explained.append((f"in the {_asked(self._coverage)} set", _SET[1]))
        stream.write(_encoded(
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
            f"<h1>{escape(title)}</h1>\n<p>{self._summary()}</p>\n"
            f'<div class="top">\n<div><h3>Asked</h3>{_facts(asked)}</div>\n'
            f"<div><h3>Made with</h3>{_facts(made)}</div>\n</div>\n"
            f"<h3>What the numbers mean</h3>\n{_facts(explained)}\n{self._overview()}"
        ))
        self._body.seek(0)
        shutil.copyfileobj(self._body, stream)
        stream.write(b"</body>\n</html>\n")

    def _summary(self) -> str:
        known = [f"{self._kinds[kind]:,} {words}" for kind, words in _KINDS.items()
                 if self._kinds[kind]]
        number = len(self._lines)
        return f"{number:,} unknown{'s' * (number != 1)}: {'; '.join(known)}."

    def _overview(self) -> str:
        if len(self._lines) < 2:
            return ""
        return (
            '<h3>Overview</h3>\n<table class="overview">\n<tr><th></th><th>sample</th>'
            "<th>verdict</th><th>most likely candidate</th><th>probability</th>"
            f'<th class="number">{NONE}</th><th class="number">familiarity</th></tr>\n'
            f'{"".join(self._lines)}</table>\n'
        )

    def _section(self, number: int, answer: Answer, found: Verdict) -> str:
        sample, shown = answer.sample, answer.guesses[:SHOWN]
        mirrors = dict(zip(map(id, shown), self._pictures.mirrors(sample, shown), strict=True))
        standing = list(ranked(answer, SHOWN))
        name = sample.name if sample.name != _heading(sample) else ""
        small = f"<small>{escape(name)}</small>" if name else ""
        more = f"<span>{escape(found.more)}</span>" if found.more else ""
        parts = [
            f'<section class="unknown" id="u{number}">\n<h2>{escape(_heading(sample))}{small}</h2>'
            f'\n<p class="faint small">{escape(_record(answer))}</p>\n'
            f'<p class="verdict {found.kind}">{escape(found.sentence)}{more}</p>\n',
            self._glance(answer, standing),
            self._set(answer),
        ]
        for rank, guess in standing:
            if guess is None:
                parts.append(
                    f'<article class="guess none">{_header(rank, NONE, answer.none)}</article>\n'
                )
            else:
                parts.append(self._guess(rank, guess, mirrors[id(guess)]))
        return "".join((*parts, "</section>\n"))

    def _glance(self, answer: Answer, standing: list[tuple[int, Guess | None]]) -> str:
        """Return the sample's picture beside the guesses in a few lines."""
        lines = "".join(
            f'<tr{"" if guess else " class=none"}><td class="number faint">{rank}</td>'
            f"<td>{escape(called(guess.chemical) if guess else NONE)}</td>"
            f'<td class="odds">{_share(guess.probability if guess else answer.none)}</td></tr>\n'
            for rank, guess in standing
        )
        drawn = self._pictures.measured(answer.sample)
        return (
            f'<div class="glance{"" if drawn else " alone"}">\n'
            f'{_image(drawn, "the measured sample") if drawn else ""}<table>\n{lines}</table>\n'
            "</div>\n"
        )

    def _set(self, answer: Answer) -> str:
        """Return a sentence about the set of the asked coverage."""
        if self._coverage is None or answer.size is None:
            return ""
        left = answer.size - sum(bool(guess.inside) for guess in answer.guesses[:SHOWN])
        more = f", {left:,} of them not shown here" if left > 0 else ""
        size = f"{answer.size:,} candidate{'s' * (answer.size != 1)}"
        return f'<p class="small">The {_asked(self._coverage)} set holds {size}{more}.</p>\n'

    def _guess(self, rank: int, guess: Guess, mirror: bytes | None) -> str:
        who, row = guess.chemical, guess.row
        candidates = self._pictures.candidates
        formula, mass = str(candidates.formulas[row]), float(candidates.masses[row])
        tag = ""
        if guess.inside is not None and self._coverage is not None:
            tag = _tag(guess.inside, _asked(self._coverage))
        facts = [
            ("formula", re.sub(r"(\d+)", r"<sub>\1</sub>", escape(formula))),
            ("mass", "" if math.isnan(mass) else f"{mass:.4f} Da"),
            ("similarity", _hundredths(guess.similarity)),
            ("predicted match", _hundredths(guess.predicted)),
        ]
        if self._library:
            match = "not in the library" if guess.library is None else _hundredths(guess.library)
            facts.append(("library match", match))
        facts += [("SMILES", _code(who.smiles)), ("InChIKey", _code(who.inchikey))]
        structure = self._pictures.structure(guess)
        seen = (
            _image(structure, f"structure of {called(who)}", STRUCTURE)
            if structure
            else '<p class="nothing">no structure to draw</p>'
        )
        below = ""
        if mirror:
            below = _image(mirror, f"the sample, and what is predicted for {called(who)}")
        elif self._pictures.plot is not None:
            below = '<p class="nothing">nothing is predicted that could be drawn</p>'
        return (
            f'<article class="guess">{_header(rank, called(who), guess.probability, tag)}\n'
            f"<div>{seen}{_list(facts)}</div>\n<div>{below}</div>\n</article>\n"
        )


def _heading(sample: Sample) -> str:
    return sample.id or sample.name or "unnamed"


def _line(number: int, answer: Answer, found: Verdict) -> str:
    """Return an unknown's line of the overview."""
    best = answer.guesses[0] if answer.guesses else None
    return (
        f'<tr><td class="number faint">{number}</td>'
        f'<td><a href="#u{number}">{escape(_heading(answer.sample))}</a></td>'
        f'<td class="{found.kind}">{_SHORT[found.kind]}</td>'
        f"<td>{escape(called(best.chemical)) if best else ''}</td>"
        f'<td class="odds">{_share(best.probability) if best else ""}</td>'
        f'<td class="number">{escape(percent(answer.none))}</td>'
        f'<td class="number">{answer.familiarity:.2f}</td></tr>\n'
    )


def _record(answer: Answer) -> str:
    """Return where a sample was read, what it says that it is, and how familiar it is."""
    sample = answer.sample
    stated = called(sample.chemical) if sample.chemical else ""
    parts = (
        str(sample.place or ""),
        f"the record itself states {stated}" if stated and stated != sample.name else "",
        f"familiarity {answer.familiarity:.2f}",
    )
    return " · ".join(filter(None, parts))


def _header(rank: int, name: str, probability: float, tag: str = "") -> str:
    return (
        f'<header><span class="rank">{rank}</span><span class="name">{escape(name)}</span>'
        f"{_share(probability)}{tag}</header>"
    )


def _asked(coverage: float) -> str:
    """Return a coverage as it was asked for, in percent."""
    return f"{100 * coverage:g}\u00a0%"


def _tag(inside: bool, coverage: str) -> str:
    if inside:
        return f'<span class="tag">in the {escape(coverage)} set</span>'
    return f'<span class="tag out">outside the {escape(coverage)} set</span>'


def _share(probability: float) -> str:
    width = f"{100 * min(max(probability, 0.0), 1.0):.1f}"
    return (
        f'<span class="share"><b>{escape(percent(probability))}</b>'
        f'<span class="bar"><i style="width:{width}%"></i></span></span>'
    )


def _image(picture: bytes, what: str, size: tuple[int, int] | None = None) -> str:
    pixels = f' width="{size[0]}" height="{size[1]}"' if size else ""
    return f'<img alt="{escape(what)}" decoding="async"{pixels} src="{embedded(picture)}">'


def _hundredths(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # -0.00 looks like a mistake


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>" if text else ""


def _facts(facts: Facts) -> str:
    """Return names and plain texts as a list."""
    return _list([(name, escape(text)) for name, text in facts])


def _list(facts: Facts) -> str:
    """Return names and texts that are markup already as a list, the empty ones left out."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{text}</dd>\n" for name, text in facts if text)
    return f'<dl class="facts">\n{rows}</dl>'


def _encoded(text: str) -> bytes:
    """Return a text as UTF-8; names of files may hold what is none."""
    return text.encode("utf-8", "replace")
