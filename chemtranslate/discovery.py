"""Discovery of plugins: every installed distribution with a `chemtranslate` entry point.

Built-in sensors come through the same door as anybody's. Each plugin is loaded on its own and
registers all of its specs or none, so that a broken one is reported and harms nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, EntryPoint, distributions
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from chemtranslate import hookspecs
from chemtranslate.errors import PluginError
from chemtranslate.specs import (
    API_VERSION,
    AugmenterSpec,
    DecoderSpec,
    EncoderSpec,
    HubSpec,
    ModalitySpec,
)

if TYPE_CHECKING:
    import click

GROUP = "chemtranslate"
BUILT_IN = "chemtranslate"
State = Literal["active", "failed"]
KINDS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "hub": HubSpec,
        "modality": ModalitySpec,
        "encoder": EncoderSpec,
        "decoder": DecoderSpec,
        "augmenter": AugmenterSpec,
    }
)
_HOOKS = {
    kind: f"chemtranslate_{'modalities' if kind == 'modality' else kind + 's'}" for kind in KINDS
}


@dataclass(frozen=True)
class Plugin:
    """One entry point and what became of it.

    Attributes:
        name: name of the entry point.
        distribution, version: the installed distribution that brings it.
        state: "active", or "failed" with a `reason`.
        specs: per kind, what it registered; empty if it failed.
        commands: it adds commands of its own.
    """

    name: str
    distribution: str
    version: str
    state: State = "active"
    reason: str = ""
    specs: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    commands: Callable[[click.Group], None] | None = None

    def failed(self, reason: str) -> Plugin:
        """Return this plugin as one that contributes nothing."""
        return Plugin(self.name, self.distribution, self.version, "failed", reason)

    def names(self) -> dict[str, list[str]]:
        """Return the names it registered, per kind."""
        return {kind: [spec.name for spec in specs] for kind, specs in self.specs.items() if specs}


def installed() -> Iterator[Plugin]:
    """Load every plugin, built-in ones first."""
    for entry, dist in _entry_points():
        yield _load(entry, dist)


def alone(name: str) -> Plugin | None:
    """Load the plugin of one entry point or distribution and no other; None if there is none."""
    for entry, dist in _entry_points():
        if name in (entry.name, dist.name):
            return _load(entry, dist)
    return None


def _entry_points() -> list[tuple[EntryPoint, Distribution]]:
    found: dict[tuple[str, str], tuple[EntryPoint, Distribution]] = {}
    for dist in distributions():
        for entry in dist.entry_points:
            if entry.group == GROUP and dist.metadata["Name"]:
                found.setdefault((dist.name, entry.name), (entry, dist))
    built_in_first = sorted(found, key=lambda key: (key[0] != BUILT_IN, key))
    return [found[key] for key in built_in_first]


def _load(entry: EntryPoint, dist: Distribution) -> Plugin:
    """Load one plugin; whatever goes wrong in it becomes its reason for failing."""
    plugin = Plugin(entry.name, dist.name, dist.version)
    try:
        return _registered(plugin, entry.load())
    except (KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - a stranger's import may raise anything
        return plugin.failed(f"{type(error).__name__}: {error}".strip().replace("\n", " "))


def _registered(plugin: Plugin, module: object) -> Plugin:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(module, plugin.name)
    manager.check_pending()
    specs: dict[str, tuple[Any, ...]] = {}
    for kind, hook in _HOOKS.items():
        specs[kind] = tuple(spec for group in getattr(manager.hook, hook)() for spec in group)
        for spec in specs[kind]:
            if not isinstance(spec, KINDS[kind]):
                raise PluginError(
                    f"{hook} returned a {type(spec).__name__}, expected {KINDS[kind].__name__}"
                )
            api = getattr(spec, "api", None)
            if api != API_VERSION:
                raise PluginError(
                    f"{kind} {spec.name!r} is made for hook API {api}, this "
                    f"chemtranslate has {API_VERSION}"
                )
    commands = manager.hook.chemtranslate_commands
    adds = bool(commands.get_hookimpls())
    return Plugin(
        plugin.name,
        plugin.distribution,
        plugin.version,
        specs=specs,
        commands=(lambda cli: commands(cli=cli)) if adds else None,
    )
