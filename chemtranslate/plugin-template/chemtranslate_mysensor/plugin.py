"""What this plugin registers; importing it must stay cheap: no torch, no RDKit."""

from __future__ import annotations

from pathlib import Path

from chemtranslate import hookimpl
from chemtranslate.specs import AugmenterSpec, DecoderSpec, EncoderSpec, FormatSpec, ModalitySpec

_HERE = Path(__file__).parent
_PACKAGE = "chemtranslate_mysensor"


def _shipped(name: str) -> Path | None:
    """Return the folder of trained weights in this package, None as long as there are none."""
    folder = _HERE / "models" / name
    return folder if folder.is_dir() else None


@hookimpl
def chemtranslate_modalities() -> list[ModalitySpec]:
    """The sensor."""
    return [
        ModalitySpec(
            name="mysensor",
            description="readings of eight channels",
            formats=(
                FormatSpec(
                    name="csv",
                    suffixes=(".csv",),
                    read=f"{_PACKAGE}.readings:read_csv",
                    write=f"{_PACKAGE}.readings:write_csv",
                ),
            ),
            encoder="mysensor/dense",
            decoder="mysensor/dense",
            augmenter="mysensor/gain",
            form=f"{_PACKAGE}.readings:FORM",
            prepare=f"{_PACKAGE}.readings:prepare",
            metrics=f"{_PACKAGE}.readings:metrics",
            examples=(_HERE / "examples" / "examples.csv",),
        )
    ]


@hookimpl
def chemtranslate_encoders() -> list[EncoderSpec]:
    """Readings -> hub."""
    return [
        EncoderSpec(
            name="mysensor/dense",
            modality="mysensor",
            description="residual network",
            load=f"{_PACKAGE}.models:load_encoder",
            folder=_shipped("encoder"),
            train=f"{_PACKAGE}.models:train_encoder",
        )
    ]


@hookimpl
def chemtranslate_decoders() -> list[DecoderSpec]:
    """Hub -> readings."""
    return [
        DecoderSpec(
            name="mysensor/dense",
            modality="mysensor",
            description="residual network",
            load=f"{_PACKAGE}.models:load_decoder",
            folder=_shipped("decoder"),
            train=f"{_PACKAGE}.models:train_decoder",
        )
    ]


@hookimpl
def chemtranslate_augmenters() -> list[AugmenterSpec]:
    """What the sensor does to a reading from one time to the next."""
    return [
        AugmenterSpec(
            name="mysensor/gain",
            modality="mysensor",
            description="each channel's gain is a little off",
            load=f"{_PACKAGE}.damage:load",
        )
    ]
