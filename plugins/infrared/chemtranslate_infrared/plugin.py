"""What this plugin registers; importing it imports neither torch nor RDKit."""

from __future__ import annotations

from pathlib import Path

from chemtranslate import hookimpl
from chemtranslate.specs import (
    AugmenterSpec,
    DecoderSpec,
    EncoderSpec,
    FormatSpec,
    ModalitySpec,
    shipped,
)

_EXAMPLES = Path(__file__).parent / "examples"
_MODELS = Path(__file__).parent / "models"
_PACKAGE = "chemtranslate_infrared"


@hookimpl
def chemtranslate_modalities() -> list[ModalitySpec]:
    """Infrared absorbance of gases."""
    return [
        ModalitySpec(
            name="infrared",
            description="infrared absorbance of gases, over wavenumber",
            formats=(
                FormatSpec(
                    name="jcamp",
                    suffixes=(".jdx", ".dx", ".jcamp"),
                    read=f"{_PACKAGE}.jcampdx:read_jcamp",
                    write=f"{_PACKAGE}.jcampdx:write_jcamp",
                ),
                FormatSpec(
                    name="csv",
                    suffixes=(".csv",),
                    read=f"{_PACKAGE}.csvformat:read_csv",
                    write=f"{_PACKAGE}.csvformat:write_csv",
                ),
            ),
            encoder="infrared/dense",
            decoder="infrared/dense",
            augmenter="infrared/measured",
            form=f"{_PACKAGE}.grid:FORM",
            prepare=f"{_PACKAGE}.preparation:prepare",
            metrics=f"{_PACKAGE}.similarity:metrics",
            plot=f"{_PACKAGE}.plot:plot",
            examples=tuple(_EXAMPLES / name for name in ("made_up.jdx", "made_up.csv")),
        )
    ]


@hookimpl
def chemtranslate_encoders() -> list[EncoderSpec]:
    """Spectrum -> hub."""
    return [
        EncoderSpec(
            name="infrared/dense",
            modality="infrared",
            description="residual network",
            load=f"{_PACKAGE}.models:load_encoder",
            folder=shipped(_MODELS / "encoder"),
            train=f"{_PACKAGE}.models:train_encoder",
        )
    ]


@hookimpl
def chemtranslate_decoders() -> list[DecoderSpec]:
    """Hub -> spectrum."""
    return [
        DecoderSpec(
            name="infrared/dense",
            modality="infrared",
            description="residual network",
            load=f"{_PACKAGE}.models:load_decoder",
            folder=shipped(_MODELS / "decoder"),
            train=f"{_PACKAGE}.models:train_decoder",
        )
    ]


@hookimpl
def chemtranslate_augmenters() -> list[AugmenterSpec]:
    """What another spectrometer could have shown."""
    return [
        AugmenterSpec(
            name="infrared/measured",
            modality="infrared",
            description="shift of the scale, lower resolution, drift of the baseline, noise",
            load=f"{_PACKAGE}.augmenter:load",
            moves=10,
            lifts=0.1,
        )
    ]
