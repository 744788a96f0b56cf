"""Discovery of plugins: every installed distribution with a `chemtranslate` entry point.

Built-in sensors come through the same door as anybody's. Each plugin is loaded on its own and
registers all of its specs or none, so that a broken one is reported and harms nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, distributions
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from chemtranslate import hookspecs
from chemtranslate.errors import PluginError, UnknownNameError
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


class Registry:
    """All plugins found, and the specs of the active ones by kind and name."""

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        self.plugins = _without_clashes(list(plugins))
        self._specs: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self._owner: dict[tuple[str, str], Plugin] = {}
        for plugin in self.plugins:
            for kind, specs in plugin.specs.items():
                for spec in specs:
                    self._specs[kind][spec.name] = spec
                    self._owner[kind, spec.name] = plugin

    def hub(self, name: str) -> HubSpec:
        """Return a hub's spec; UnknownNameError suggests the closest name."""
        spec: HubSpec = self._get("hub", name)
        return spec

    def modality(self, name: str) -> ModalitySpec:
        """Return a modality's spec; UnknownNameError suggests the closest name."""
        spec: ModalitySpec = self._get("modality", name)
        return spec

    def encoder(self, name: str) -> EncoderSpec:
        """Return an encoder's spec; UnknownNameError suggests the closest name."""
        spec: EncoderSpec = self._get("encoder", name)
        return spec

    def decoder(self, name: str) -> DecoderSpec:
        """Return a decoder's spec; UnknownNameError suggests the closest name."""
        spec: DecoderSpec = self._get("decoder", name)
        return spec

    def augmenter(self, name: str) -> AugmenterSpec:
        """Return an augmenter's spec; UnknownNameError suggests the closest name."""
        spec: AugmenterSpec = self._get("augmenter", name)
        return spec

    def names(self, kind: str) -> list[str]:
        """Return the registered names of a kind ("hub", "modality", ...), built-in ones first."""
        return list(self._specs[kind])

    def owner(self, kind: str, name: str) -> Plugin:
        """Return the plugin that registered a name."""
        self._get(kind, name)
        return self._owner[kind, name]

    def plugin(self, name: str) -> Plugin:
        """Return a plugin by its entry point's or distribution's name."""
        for plugin in self.plugins:
            if name in (plugin.name, plugin.distribution):
                return plugin
        raise UnknownNameError.of("plugin", name, [plugin.name for plugin in self.plugins])

    def _get(self, kind: str, name: str) -> Any:
        if name in self._specs[kind]:
            return self._specs[kind][name]
        for plugin in self.plugins:
            if plugin.state == "failed" and f"{kind} {name!r}" in plugin.reason:
                raise PluginError(f"{kind} {name!r} is not available: {plugin.reason}")
        raise UnknownNameError.of(kind, name, self._specs[kind])


@lru_cache(maxsize=1)
def registry() -> Registry:
    """Return the registry of everything installed, found once per process."""
    return Registry(_load(entry, dist) for entry, dist in _entry_points())


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


def _without_clashes(plugins: list[Plugin]) -> list[Plugin]:
    """Refuse whoever claims a name twice; between strangers nobody wins, built-ins stay."""
    claims: dict[tuple[str, str], list[Plugin]] = {}
    for plugin in plugins:
        for kind, names in plugin.names().items():
            for name in names:
                claims.setdefault((kind, name), []).append(plugin)
    refused: dict[int, list[str]] = {}
    for (kind, name), claimants in claims.items():
        if len(claimants) > 1:
            who = " and ".join(sorted({f"{p.distribution} ({p.name})" for p in claimants}))
            reason = f"{kind} {name!r} is claimed by {who}; uninstall one of them"
            for plugin in claimants:
                if plugin.distribution != BUILT_IN or len({id(p) for p in claimants}) == 1:
                    refused.setdefault(id(plugin), []).append(reason)
    return [p.failed("; ".join(refused[id(p)])) if id(p) in refused else p for p in plugins]
