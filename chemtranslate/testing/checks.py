"""All checks of a plugin, in the order in which they are reported."""

from __future__ import annotations

from collections.abc import Iterator

from chemtranslate.testing import (
    arrays,
    augmenters,
    decoders,
    encoders,
    files,
    hubs,
    registration,
    sensors,
)
from chemtranslate.testing.bench import Bench
from chemtranslate.testing.report import Finding

TOO_LONG = "training is not tried: train a model on a few samples, and check what it wrote"


def findings(bench: Bench) -> Iterator[Finding]:
    """Yield what comes of every check of the plugin on the bench."""
    yield from registration.checked(bench)
    specs = bench.plugin.specs
    for hub in specs.get("hub", ()):
        yield from hubs.checked(hub, bench)
    for modality in specs.get("modality", ()):
        sensor = bench.sensor(modality.name)
        yield from arrays.checked(sensor)
        yield from files.checked(sensor, bench.patience)
        yield from sensors.checked(sensor)
    for augmenter in specs.get("augmenter", ()):
        yield from augmenters.checked(augmenter, bench)
    for encoder in specs.get("encoder", ()):
        yield from encoders.checked(encoder, bench)
    for decoder in specs.get("decoder", ()):
        yield from decoders.checked(decoder, bench)
    for kind in ("hub", "encoder", "decoder"):
        for spec in specs.get(kind, ()):
            if spec.train:
                yield Finding("training", f"{kind} {spec.name}", "not checked", TOO_LONG)
