"""Docstrings as Markdown, for the pages that are read from code."""

from __future__ import annotations

import inspect
import re

SECTIONS = {"Args": "Arguments", "Attributes": "Attributes", "Returns": "Returns",
            "Yields": "Yields", "Raises": "Raises"}


def prose(docstring: str) -> str:
    """Turn a docstring with `Args:`, `Raises:`, ... into Markdown."""
    out: list[str] = []
    inside, indent = "", 0
    for line in inspect.cleandoc(docstring).split("\n"):
        section = SECTIONS.get(line.rstrip(":")) if line.endswith(":") else None
        if section:
            inside, indent = section, 0
            out += ["", f"**{section}**", ""]
        elif inside and line.startswith("    "):
            text = line[4:]
            indent = len(text) - len(text.lstrip())
            item = re.match(r"((?:\*{0,2}[\w.]+)(?:, [\w.]+)*): (.*)", text)
            if item and not indent and inside not in ("Returns", "Yields"):
                names = ", ".join(f"`{name}`" for name in item.group(1).split(", "))
                out.append(f"- {names}: {item.group(2)}")
            else:
                out.append(f"  {text.strip()}" if out[-1].startswith(("- ", "  ")) else text)
        else:
            inside = inside if not line else ""
            out.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()
