"""The experiment's report as one page that needs no other file and no network."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
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
STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --soft: #5b6570; --line: #dfe3e8;
  --paper: #fff; --shade: #f5f7f9; --link: #0060a0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ec; --soft: #9ba6b1; --line: #343c45; --paper: #15191e; --shade: #1e242b;
    --link: #74b9ee; }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 5rem; max-width: 62rem; background: var(--paper);
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
dd dl { grid-template-columns: minmax(11rem, max-content) 1fr; font-size: .93rem; }
figure { margin: 0 0 2.75rem; scroll-margin-top: 1rem; }
figcaption { max-width: 46rem; margin-bottom: .6rem; }
figcaption b { display: block; }
figure img { display: block; max-width: 100%; height: auto; padding: .6rem; border-radius: 8px;
  border: 1px solid var(--line); background: #fff; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
th, td { padding: .32rem .8rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { border-bottom: 2px solid var(--line); vertical-align: bottom; line-height: 1.3; }
th:first-child, td:first-child { padding-left: .2rem; }
td:first-child:not(.number) { min-width: 13rem; }
tbody tr:hover { background: var(--shade); }
.number { text-align: right; white-space: nowrap; }
.note, .source { max-width: 46rem; margin: .55rem 0 0; color: var(--soft); font-size: .9rem; }
code { padding: .1rem .35rem; border-radius: 4px; background: var(--shade);
  font: .88em/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
@media (max-width: 40rem) { dl, dd dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print { nav { display: none; } figure { break-inside: avoid; } }
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
    parts = [f"<h1>{escape(title)}</h1>", _contents(tables, figures)]
    if about:
        parts += ['<section id="about"><h2>What was done</h2>', _value(about), "</section>"]
    if tables:
        parts += [
            '<section id="tables"><h2>Tables</h2>',
            *map(_table, tables),
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
        items = "".join(
            f"<dt>{escape(name)}</dt><dd>{_value(one, nested=True)}</dd>"
            for name, one in value.items()
        )
        long = nested and any(isinstance(one, Mapping) for one in value.values())
        listed = f"<dl>{items}</dl>"
        return f"<details><summary>show</summary>{listed}</details>" if long else listed
    if isinstance(value, list):
        more = f" and {len(value) - SHORT:,} more" if len(value) > SHORT else ""
        return ", ".join(map(_value, value[:SHORT])) + more
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(f"{value:.6g}" if isinstance(value, float) else str(value))


def _table(table: Table) -> str:
    classes = [' class="number"' if numeric else "" for numeric in numeric_columns(table)]
    head = "".join(
        f"<th{kind}>{escape(column)}</th>"
        for kind, column in zip(classes, table.columns, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(classes, row, strict=True))
        + "</tr>\n"
        for row in printed(table)
    )
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    source = [f"<code>{escape(table.command)}</code>"] if table.command else []
    source += [f"seeds {escape(table.seeds)}"] if table.seeds else []
    return (
        f'<figure id="table-{table.name}"><figcaption><b>'
        f"{escape(table.title)}</b></figcaption>"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>'
        f"</div>{note}"
        + (f'<p class="source">{", ".join(source)}</p>' if source else "")
        + "</figure>"
    )


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
