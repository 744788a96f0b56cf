"""`reference/api.md`: the public Python API, read from signatures and docstrings."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from pages.places import NOTE
from pages.prose import prose

MODULES = ("specs", "protocols", "hookspecs", "errors", "splits", "table", "evaluation",
           "testing", "testing.report")


def page() -> str:
    """Return the reference of the public Python API, read from signatures and docstrings."""
    import chemtranslate

    lines = [NOTE, "# Python", "", "Everything under `chemtranslate` is imported when first used.",
             "", "## `chemtranslate`", "", prose(inspect.getdoc(chemtranslate) or ""), ""]
    for name in chemtranslate.__all__:
        lines += _object(name, getattr(chemtranslate, name))
    shown = {id(getattr(chemtranslate, name)) for name in chemtranslate.__all__}
    for name in MODULES:
        module = importlib.import_module(f"chemtranslate.{name}")
        lines += [f"## `{module.__name__}`", "", prose(inspect.getdoc(module) or ""), ""]
        for public, value in _members(module):
            if id(value) not in shown:
                lines += _object(public, value)
    return "\n".join(lines).rstrip() + "\n"


def _members(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        own = getattr(value, "__module__", None) == module.__name__
        if not name.startswith("_") and own and (inspect.isclass(value)
                                                 or inspect.isfunction(value)):
            yield name, value


def _object(name: str, value: Any) -> list[str]:
    if inspect.isclass(value):
        return _class(name, value)
    if inspect.isfunction(value):
        return [f"### `{name}`", "", *_signature(name, value), *_docstring(value)]
    return [f"### `{name}`", "", f"A `{type(value).__name__}` of `{type(value).__module__}`.", ""]


def _class(name: str, cls: type) -> list[str]:
    lines = [f"### `{name}`", ""]
    stated = list(_fields(cls))
    if stated:
        lines += ["```python", f"class {name}:", *(f"    {field}" for field in stated), "```", ""]
    elif "__init__" in vars(cls) and not getattr(cls, "_is_protocol", False):
        lines += _signature(name, cls.__init__)
    lines += _docstring(cls)
    for public, member in vars(cls).items():
        if public.startswith("_") and public != "__call__":
            continue
        title = f"#### `{name}.{public}`"
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if inspect.isfunction(function):
            lines += [title, "", *_signature(public, function), *_docstring(function)]
        elif isinstance(member, property) or type(member).__name__ == "cached_property":
            lines += [title, "", *_docstring(member)]
    return lines


def _fields(cls: type) -> Iterator[str]:
    if dataclasses.is_dataclass(cls):
        defaults = {field.name: _default_of(field) for field in dataclasses.fields(cls)}
    elif issubclass(cls, BaseModel):
        defaults = {name: _default_of(field) for name, field in cls.model_fields.items()}
    elif getattr(cls, "_is_protocol", False):
        defaults = dict.fromkeys(inspect.get_annotations(cls), "")
    else:
        return
    annotations: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        annotations |= inspect.get_annotations(base)
    for name, default in defaults.items():
        yield f"{name}: {_annotation(annotations[name])}{default}"


def _default_of(field: Any) -> str:
    missing = (dataclasses.MISSING, PydanticUndefined, None)
    factory = field.default_factory
    if not any(factory is one for one in missing):
        return f" = {factory.__name__}()"
    if field.default is dataclasses.MISSING or field.default is PydanticUndefined:
        return ""
    return " = ..." if callable(field.default) else f" = {field.default!r}"


def _signature(name: str, function: Any) -> list[str]:
    signature = inspect.signature(function)
    kept = [p for key, p in signature.parameters.items() if key not in ("self", "cls")]
    returns = signature.return_annotation
    result = "" if returns is inspect.Signature.empty else f" -> {_annotation(returns)}"
    if name[:1].isupper():
        result = ""
    stated, starred = [], False
    for parameter in kept:
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            stated.append("*")
        starred = starred or parameter.kind in (parameter.VAR_POSITIONAL, parameter.KEYWORD_ONLY)
        stated.append(_parameter(parameter))
    line = f"{name}({', '.join(stated)}){result}"
    if len(line) > 96:
        line = "\n".join([f"{name}(", *(f"    {one}," for one in stated), f"){result}"])
    return ["```python", line, "```", ""]


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    text = f"{stars}{parameter.name}"
    if parameter.annotation is not parameter.empty:
        text += f": {_annotation(parameter.annotation)}"
    if parameter.default is parameter.empty:
        return text
    default = "..." if callable(parameter.default) else repr(parameter.default)
    return f"{text} = {default}"


def _annotation(kind: Any) -> str:
    return kind if isinstance(kind, str) else inspect.formatannotation(kind)


def _docstring(value: Any) -> list[str]:
    own = getattr(value, "__doc__", None)
    return [prose(inspect.cleandoc(own)), ""] if own else []
