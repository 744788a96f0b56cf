"""SVG pictures made small: they look the same, and hold nothing that a page could run into."""

from __future__ import annotations

import io
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from chemtranslate.depict import depict
from chemtranslate.svg import embedded, shrunk

LINE = '<path d="M 1.23456 2 L 3 {}" style="fill: none; stroke: #00f{}"/>'


def svg(*parts: str) -> bytes:
    inside = "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 300">{inside}</svg>'.encode()


def test_lines_of_one_style_become_one_path_with_short_numbers() -> None:
    text = shrunk(svg(*(LINE.format(n, "") for n in range(9))))
    assert text.count("<path") == 1
    assert "1.23456" not in text
    assert text.count("M1.2 2L3 ") == 9


@pytest.mark.parametrize("more", ["; stroke-opacity: 0.5", "; opacity: .2", "; marker: url(#m)",
                                  "; stroke-dasharray: 4,2"])
def test_what_would_look_different_as_one_path_stays_apart(more: str) -> None:
    assert shrunk(svg(LINE.format(1, more), LINE.format(2, more))).count("<path") == 2


def test_shapes_that_are_filled_stay_apart() -> None:
    shape = '<path d="M 0 0 L 1 1 z" style="fill: #f00"/>'
    assert shrunk(svg(shape, shape)).count("<path") == 2


def test_ids_stay_where_something_refers_to_them_and_numbers_in_texts_are_not_touched() -> None:
    text = shrunk(svg('<defs><clipPath id="a"><rect width="2" height="2"/></clipPath></defs>',
                      '<g id="b" clip-path="url(#a)"><text x="1.26" y="2">121.0648</text></g>'))
    assert 'id="a"' in text
    assert 'id="b"' not in text
    assert ">121.0648<" in text
    assert 'x="1.3"' in text


def test_rules_of_a_style_sheet_by_class_keep_their_classes() -> None:
    text = shrunk(svg('<style>.k{fill:red}</style><rect class="k" width="1" height="1"/>'))
    assert 'class="k"' in text


def test_a_structure_takes_half_as_much_and_is_still_a_picture() -> None:
    drawn = depict("Cn1c(=O)c2c(ncn2C)n(C)c1=O", "svg")
    address = embedded(drawn)
    assert len(address) < len(drawn) / 2
    assert not set('"<>&#\n') & set(address)
    again = ElementTree.fromstring(unquote(address.partition(",")[2]))
    assert again.tag == "{http://www.w3.org/2000/svg}svg"
    assert again.get("viewBox") == "0 0 500 400"


def test_a_picture_of_matplotlib_keeps_its_references() -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    axes = figure.subplots()
    axes.vlines(range(200), 0, 1)
    stream = io.BytesIO()
    figure.savefig(stream, format="svg")
    text = shrunk(stream.getvalue())
    assert len(text) < len(stream.getvalue()) / 2
    root = ElementTree.fromstring(text)
    ids = {element.get("id") for element in root.iter()}
    links = {str(element.get("href")).removeprefix("#") for element in root.iter()
             if element.get("href")}
    assert links
    assert links <= ids
