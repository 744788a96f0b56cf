"""A sensor that reports eight numbers: all that a stranger needs to bring one to chemtranslate."""

from chemtranslate import hookimpl
from chemtranslate.specs import (
    AugmenterSpec,
    DecoderSpec,
    EncoderSpec,
    FormatSpec,
    ModalitySpec,
)


@hookimpl
def chemtranslate_modalities():
    return [
        ModalitySpec(
            name="toy",
            description="eight numbers",
            formats=(FormatSpec(name="lines", suffixes=(".toy",), read="toy_sensor.sensor:read",
                                write="toy_sensor.sensor:write"),),
            encoder="toy/linear",
            decoder="toy/linear",
            augmenter="toy/noise",
            form="toy_sensor.sensor:FORM",
            metrics="toy_sensor.sensor:metrics",
        )
    ]


@hookimpl
def chemtranslate_encoders():
    return [EncoderSpec(name="toy/linear", modality="toy", load="toy_sensor.sensor:Linear")]


@hookimpl
def chemtranslate_decoders():
    return [DecoderSpec(name="toy/linear", modality="toy", load="toy_sensor.sensor:Back")]


@hookimpl
def chemtranslate_augmenters():
    return [AugmenterSpec(name="toy/noise", modality="toy", load="toy_sensor.sensor:Noise",
                          lifts=0.7)]


@hookimpl
def chemtranslate_commands(cli):
    import click

    @cli.command("toy-hello")
    def hello():
        """Say hello."""
        click.echo("hello from the toy sensor")
