"""The experiment's report as one page that needs no other file and no network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from chemtranslate_mass_spec.experiment.report_parts import (
    MISSING,
    Figure,
    Table,
    numeric_columns,
    printed,
)

HEAVY = 200_000
"""Bytes from which a vector drawing is heavier than is good; the page then shows the pixels."""
SHORT = 8
"""Items of a list that the page shows; of a longer one it says how many more there are."""
MANY = 7
"""Columns from which on a table is set smaller."""
NARROW = 20
"""Letters up to which a column of texts stays on one line."""
NONE = "none"
"""How a list or a text of nothing is printed."""
PAPER = """\
This page redraws, on another library, the tables and figures of one paper: the description of
generating GC-EI-MS spectra through a Chemception embedding, by the group of ChemVise (A. M. Moore,
R. C. Paffenroth, K. T. Ngo and J. R. Uzarski, arXiv:2302.04917, 2023) and ChemTime (the same,
arXiv:2312.09871, 2023). From here on it is “the paper”. Tables I to V and Figures 2 to 10 have the
numbers that they have in the paper, whose Figures 1 and 5 have no counterpart here. Tables without
a number, and figures that are called additional, are not among the paper’s. A dash stands where
there is no value.
"""
STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --soft: #5b6570; --line: #dfe3e8;
  --paper: #fff; --shade: #f5f7f9; --link: #0060a0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ec; --soft: #9ba6b1; --line: #343c45; --paper: #15191e; --shade: #1e242b;
    --link: #74b9ee; }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 5rem; max-width: 66rem; background: var(--paper);
  color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { margin: 0 0 1.5rem; font-size: 1.9rem; line-height: 1.2; text-wrap: balance; }
h2 { margin: 3rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line);
  font-size: 1.35rem; }
h1, h2, figcaption, dd { overflow-wrap: anywhere; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
nav { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
  gap: 0 2rem; padding: .9rem 1.25rem; border-radius: 8px; background: var(--shade);
  font-size: .93rem; }
nav b { display: block; margin-top: .2rem; }
nav ul { margin: .2rem 0 .4rem; padding: 0; list-style: none; }
nav li { padding: .1rem 0 .1rem 1rem; text-indent: -1rem; }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: .15rem 1.25rem;
  margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
dd dl { grid-template-columns: minmax(9rem, max-content) 1fr; font-size: .93em; }
figure { margin: 0 0 2.75rem; scroll-margin-top: 1rem; }
figcaption { max-width: 46rem; margin-bottom: .6rem; }
figcaption b { display: block; }
.lead { max-width: 46rem; margin: 0 0 1.5rem; }
figure img { display: block; max-width: 100%; height: auto; padding: .6rem; border-radius: 8px;
  border: 1px solid var(--line); background: #fff; }
.wide { max-width: 100%; overflow-x: auto; scrollbar-width: thin;
  scrollbar-color: var(--soft) var(--shade); }
.wide:focus-visible { outline: 2px solid var(--link); }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
th, td { padding: .32rem .8rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { border-bottom: 2px solid var(--line); vertical-align: bottom; line-height: 1.3; }
th:first-child, td:first-child { position: sticky; left: 0; padding-left: .2rem;
  background: var(--paper); }
td:first-child:not(.number):not(.short) { min-width: 11rem; }
.many { font-size: .82rem; }
.many th, .many td { padding-left: .4rem; padding-right: .4rem; }
.many td:first-child:not(.number):not(.short) { min-width: 10rem; }
tbody tr:hover td { background: var(--shade); }
.number { text-align: right; }
td.number, td.short { white-space: nowrap; }
.note, .source { max-width: 46rem; margin: .55rem 0 0; color: var(--soft); font-size: .9rem; }
code { padding: .1rem .35rem; border-radius: 4px; background: var(--shade);
  font: .88em/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl, dd dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print {
  @page { size: A4; margin: 14mm 12mm; }
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --paper: #fff;
    --shade: #fff; --link: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  figure { break-inside: avoid; margin-bottom: 1.5rem; }
  figure.table { break-inside: auto; }
  figcaption, h2 { break-after: avoid; }
  figure img { padding: 0; border: 0; max-height: 235mm; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  .wide { overflow: visible; }
  table { max-width: 100%; font-size: 8pt; }
  table.many { font-size: 6.5pt; }
  th, td { padding: .15rem .35rem; }
  .many th, .many td { padding: .12rem .22rem; }
  th { hyphens: auto; }
  td:not(.number) { overflow-wrap: break-word; }
  th:first-child, td:first-child { position: static; }
  td:first-child:not(.number):not(.short), .many td:first-child:not(.number):not(.short) {
    min-width: 5rem; }
  .note, .source { font-size: 8.5pt; }
  summary { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
"""


def page(
    title: str,
    about: Mapping[str, Any],
    tables: Sequence[Table],
    figures: Sequence[Figure],
    pictures: Sequence[tuple[bytes, bytes]],
) -> str:
    """Return the report as HTML.

    Args:
        title: of the report.
        about: mappings, lists, strings, numbers and None.
        tables, figures: in the order of the page.
        pictures: each figure as SVG and as PNG.
    """
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="lead">{escape(PAPER)}</p>',
        _contents(tables, figures),
    ]
    if about:
        parts += ['<section id="about"><h2>What was done</h2>', _value(about), "</section>"]
    if tables:
        parts += [
            '<section id="tables"><h2>Tables</h2>',
            *(_table(table, about.get("command")) for table in tables),
            "</section>",
        ]
    if figures:
        drawn = map(_figure, figures, pictures)
        parts += ['<section id="figures"><h2>Figures</h2>', *drawn, "</section>"]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _contents(tables: Sequence[Table], figures: Sequence[Figure]) -> str:
    lists = ""
    for kind, things in (("table", tables), ("figure", figures)):
        if things:
            links = "".join(
                f'<li><a href="#{kind}-{thing.name}">{escape(thing.title)}</a></li>'
                for thing in things
            )
            lists += f"<div><b>{kind.capitalize()}s</b><ul>{links}</ul></div>"
    return f'<nav aria-label="Contents">{lists}</nav>' if lists else ""


def _value(value: Any, nested: bool = False) -> str:
    if isinstance(value, Mapping):
        # What is nested deeper stands on one line.
        show = _item if nested else partial(_value, nested=True)
        items = "".join(
            f"<dt>{escape(name)}</dt><dd>{show(one)}</dd>" for name, one in value.items()
        )
        long = nested and any(isinstance(one, Mapping) for one in value.values())
        listed = f"<dl>{items}</dl>"
        return f"<details><summary>show</summary>{listed}</details>" if long else listed
    if isinstance(value, list):
        more = f" and {len(value) - SHORT:,} more" if len(value) > SHORT else ""
        apart = "; " if any(isinstance(one, Mapping) for one in value) else ", "
        return (apart.join(map(_item, value[:SHORT])) + more) or NONE
    if value == "":
        return NONE
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(f"{value:.6g}" if isinstance(value, float) else str(value))


def _item(value: Any) -> str:
    """Return one of several values, which stand on one line."""
    if not isinstance(value, Mapping):
        return _value(value)
    return ", ".join(f"{escape(name)} {_value(one)}" for name, one in value.items())


def _table(table: Table, command: str | None = None) -> str:
    """Return a table, with the command that makes it where it is not the report's."""
    cells = printed(table)
    classes = [
        ' class="number"' if numeric else _kind([row[number] for row in cells])
        for number, numeric in enumerate(numeric_columns(table))
    ]
    head = "".join(
        f"<th{kind}>{escape(column)}</th>"
        for kind, column in zip(classes, table.columns, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(classes, row, strict=True))
        + "</tr>\n"
        for row in cells
    )
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    source = [f"<code>{escape(table.command)}</code>"] if table.command not in ("", command) else []
    source += [f"{_seeds(table.seeds)} {escape(table.seeds)}"] if table.seeds else []
    size = ' class="many"' if len(table.columns) >= MANY else ""
    return (
        f'<figure class="table" id="table-{table.name}"><figcaption><b>'
        f"{escape(table.title)}</b></figcaption>"
        # Who has no mouse scrolls with the keys, for which it must take the focus.
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(table.title)}">'
        f"<table{size}><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>{note}"
        + (f'<p class="source">{", ".join(source)}</p>' if source else "")
        + "</figure>"
    )


def _kind(texts: Sequence[str]) -> str:
    return ' class="short"' if max(map(len, texts), default=0) <= NARROW else ""


def _seeds(seeds: str) -> str:
    return "seeds" if " " in seeds else "seed"


def _figure(figure: Figure, picture: tuple[bytes, bytes]) -> str:
    svg, png = picture
    # As an image, an SVG keeps to itself: its styles and names do not meet those of the others.
    kind, content = ("svg+xml", svg) if len(svg) < HEAVY else ("png", png)
    return (
        f'<figure id="figure-{figure.name}"><figcaption><b>'
        f"{escape(figure.title)}</b>"
        f'{escape(figure.caption)}</figcaption><img alt="{escape(figure.title)}" '
        f'src="data:image/{kind};base64,{b64encode(content).decode()}"></figure>'
    )
