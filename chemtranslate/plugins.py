"""The registry: everything that the installed plugins bring, by kind and name.

A name that two plugins claim is an error that names both.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from chemtranslate.discovery import BUILT_IN, KINDS, Plugin, installed
from chemtranslate.errors import PluginError, UnknownNameError
from chemtranslate.specs import AugmenterSpec, DecoderSpec, EncoderSpec, HubSpec, ModalitySpec


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

    @property
    def structures(self) -> str:
        """Name of the modality whose samples are chemicals; UnknownNameError if no hub has one."""
        names = self.names("hub")
        if not names:
            raise UnknownNameError("no plugin brings a hub; `chemtranslate plugins list` says why")
        return self.hub(names[0]).structures

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
    return Registry(installed())


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
