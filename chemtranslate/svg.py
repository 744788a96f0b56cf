"""SVG pictures made small, and put into a web page so that nothing in them touches the rest of it.

A page of hundreds of pictures is to open in a moment. Drawing libraries write each line as an
element of its own, with its style in full and six decimals; one path, one class and one decimal
look the same.
"""

from __future__ import annotations

import re
from urllib.parse import quote
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_PLACES = frozenset(
    ("d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy",
     "width", "height")
)
_NUMBER = re.compile(r"-?\d+\.\d+(?![\d.]*e)")
_REFERENCE = re.compile(r"#([^\s\"')]+)")
_SEEN_THROUGH = re.compile(r"opacity:\s*0?\.|dasharray:\s*[^n\s]|marker")
_STILL = re.compile(r"rotate\(-?0(\s[^)]*)?\)")
_SAFE = " !$'()*+,-./:;=?@[]^_`{|}~"
"""What may stand as it is in a data URI that stands in double quotes."""
GRAIN = 4_000
"""Steps into which a picture is at least divided along its width."""


def embedded(picture: bytes) -> str:
    """Return an SVG as an address that holds all of it, for `<img src="...">`.

    It needs no further escaping; ids and styles in it are its own.
    """
    return "data:image/svg+xml," + quote(shrunk(picture), safe=_SAFE)


def shrunk(picture: bytes) -> str:
    """Return an SVG that looks the same and takes fewer characters.

    Metadata, unused ids and superfluous decimals go, styles in full become classes, and plain
    lines of one style that follow each other become one path.
    """
    root = ElementTree.fromstring(picture)
    decimals = _decimals(root)
    sheet = "".join(element.text or "" for element in root.iter(f"{{{SVG}}}style"))
    used = set(_REFERENCE.findall(ElementTree.tostring(root, "unicode")))
    classes: dict[str, str] | None = None if "." in sheet else {}
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{SVG}}}metadata":
                parent.remove(child)
        _plain(parent, decimals, used, keep_class=classes is None)
        _joined(parent)
    if classes is not None:
        for element in root.iter():
            if style := element.attrib.pop("style", ""):
                name = classes.setdefault(re.sub(r"\s*([:;,])\s*", r"\1", style),
                                          f"s{len(classes)}")
                element.set("class", name)
        added = ElementTree.Element("style")
        added.text = "".join(f".{name}{{{style}}}" for style, name in classes.items())
        root.append(added)
    root.set("xmlns", SVG)
    text = ElementTree.tostring(root, "unicode")
    return re.sub(r">\s+<", "><", text)


def _decimals(root: ElementTree.Element) -> int:
    """Return how many decimals coordinates need, by the width of the picture's own units."""
    box = root.get("viewBox", "").split()
    try:
        width = float(box[2]) if len(box) == 4 else float(root.get("width", "").rstrip("px"))
    except ValueError:
        return 6
    return next((n for n in range(1, 6) if width * 10**n >= GRAIN), 6)


def _plain(element: ElementTree.Element, decimals: int, used: set[str], keep_class: bool) -> None:
    """Take from an element what cannot be seen, and its namespace."""
    element.tag = element.tag.removeprefix(f"{{{SVG}}}")
    if element.tag not in ("text", "tspan"):
        element.text = (element.text or "").strip() or None
        element.tail = (element.tail or "").strip() or None
    if (link := element.attrib.pop(_LINK, None)) is not None:
        element.set("href", link)
    if element.get("id") not in used:
        element.attrib.pop("id", None)
    if not keep_class:
        element.attrib.pop("class", None)
    for name in _PLACES & element.attrib.keys():
        rounded = _NUMBER.sub(lambda found: _short(found[0], decimals), element.attrib[name])
        element.set(name, re.sub(r" *([A-DF-Za-df-z]) *", r"\1", " ".join(rounded.split())))
    if _STILL.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]


def _short(number: str, decimals: int) -> str:
    text = f"{float(number):.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _joined(parent: ElementTree.Element) -> None:
    """Make one path of those that follow each other and differ in their places alone."""
    last: ElementTree.Element | None = None
    for child in list(parent):
        if last is not None and _line_like(child, last):
            last.set("d", f"{last.get('d')}{child.get('d')}")
            parent.remove(child)
        else:
            last = child


def _line_like(one: ElementTree.Element, other: ElementTree.Element) -> bool:
    """Return whether both are opaque lines of one style, which may as well be one."""
    if not (_is_path(one) and _is_path(other)) or len(one) or len(other):
        return False
    mine, its = ({name: value for name, value in path.attrib.items() if name not in ("d", "class")}
                 for path in (one, other))
    style = mine.get("style", "").replace(" ", "")
    absolute = one.get("d", "").lstrip().startswith("M")
    return mine == its and absolute and "fill:none" in style and not _SEEN_THROUGH.search(style)


def _is_path(element: ElementTree.Element) -> bool:
    return element.tag in ("path", f"{{{SVG}}}path")
