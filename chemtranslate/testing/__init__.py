"""Checks for authors of plugins: whether an installed plugin keeps what the protocols promise.

`check_plugin` tries every part of a plugin and reports on each; `chemtranslate plugins check`
prints the report, and the pytest fixture of the same name fails a test with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chemtranslate.testing.report import Finding as Finding
from chemtranslate.testing.report import Report as Report

if TYPE_CHECKING:
    from chemtranslate.hub import Hub
    from chemtranslate.plugins import Registry

PATIENCE = 10.0
"""Seconds of the processor after which reading one small malformed file counts as hanging."""


def check_plugin(
    name: str,
    *,
    examples: Sequence[Path] = (),
    models: Sequence[Path] = (),
    hub: Hub | str | Path | None = None,
    seed: int = 0,
    patience: float = PATIENCE,
    plugins: Registry | None = None,
) -> Report:
    """Check an installed plugin, part by part.

    Nothing that the plugin does ends the checks: what it raises is a failed check that quotes it.
    What cannot be checked (a model without weights, a format without an example) is reported as
    "not checked" with the reason.

    Args:
        name: of its entry point or distribution.
        examples: files of a few sound samples, besides those that its modalities name. Without
            any, samples are made up from the array form, if that is one of numbers.
        models: folders of trained encoders and decoders, checked instead of those that ship.
        hub: the hub that the models were made for, or what `load_hub` takes. Models that ship for
            another one are then not checked; with the default hub they are failed.
        seed: of everything random; the same seed tries the same samples and malformed files.
        patience: seconds of the processor after which reading one malformed file counts as
            hanging.
        plugins: where to look names up; everything installed by default.

    Returns:
        the report, each finding saying what was found and expected.

    Raises:
        UnknownNameError: no such plugin is installed, or no such hub.
        InputError: none of the plugin's modalities reads one of `examples`.
        ArtefactError: a folder of `models` is no model folder, or `hub` is damaged.
    """
    from chemtranslate.plugins import registry
    from chemtranslate.testing.bench import Bench
    from chemtranslate.testing.checks import findings

    known = plugins or registry()
    plugin = known.plugin(name)
    bench = Bench(known, plugin, tuple(examples), tuple(models), hub, seed, patience)
    return Report(plugin.name, f"{plugin.distribution} {plugin.version}", tuple(findings(bench)))
