"""The hooks that a plugin may implement; all of them only collect specs.

A plugin is an installed distribution with an entry point in the group `chemtranslate` that names
a module. The module implements any of these functions, marked with `chemtranslate.hookimpl`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

from chemtranslate.specs import AugmenterSpec, DecoderSpec, EncoderSpec, HubSpec, ModalitySpec

if TYPE_CHECKING:
    import click

PROJECT = "chemtranslate"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def chemtranslate_hubs() -> Iterable[HubSpec]:
    """Spaces, each with the model that places chemicals in it."""
    return ()


@hookspec
def chemtranslate_modalities() -> Iterable[ModalitySpec]:
    """Kinds of samples: names, file formats, array form, preparation, plot."""
    return ()


@hookspec
def chemtranslate_encoders() -> Iterable[EncoderSpec]:
    """Models from a modality to a hub."""
    return ()


@hookspec
def chemtranslate_decoders() -> Iterable[DecoderSpec]:
    """Models from a hub to a modality."""
    return ()


@hookspec
def chemtranslate_augmenters() -> Iterable[AugmenterSpec]:
    """Ways to damage a sample slightly."""
    return ()


@hookspec
def chemtranslate_commands(cli: click.Group) -> None:
    """Add commands of your own to the `chemtranslate` command line."""
