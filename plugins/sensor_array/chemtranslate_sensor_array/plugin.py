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
_PACKAGE = "chemtranslate_sensor_array"


@hookimpl
def chemtranslate_modalities() -> list[ModalitySpec]:
    """Readings of gas sensor arrays."""
    return [
        ModalitySpec(
            name="sensor_array",
            description="readings of arrays of metal oxide gas sensors",
            formats=(
                FormatSpec(
                    name="csv",
                    suffixes=(".csv",),
                    read=f"{_PACKAGE}.csvformat:read_csv",
                    write=f"{_PACKAGE}.csvformat:write_csv",
                ),
                FormatSpec(
                    name="libsvm",
                    suffixes=(".dat", ".libsvm", ".svm"),
                    read=f"{_PACKAGE}.libsvm:read_libsvm",
                    write=f"{_PACKAGE}.libsvm:write_libsvm",
                    holds_all=False,
                ),
            ),
            encoder="sensor_array/drift-aware",
            decoder="sensor_array/dense",
            augmenter="sensor_array/drift",
            form=f"{_PACKAGE}.channels:LOGS",
            prepare=f"{_PACKAGE}.preparation:prepare",
            metrics=f"{_PACKAGE}.similarity:metrics",
            plot=f"{_PACKAGE}.plot:plot",
            examples=tuple(_EXAMPLES / name for name in ("made_up.csv", "batch0.dat")),
        )
    ]


@hookimpl
def chemtranslate_encoders() -> list[EncoderSpec]:
    """Reading -> hub."""
    return [
        EncoderSpec(
            name="sensor_array/drift-aware",
            modality="sensor_array",
            description="residual network on ratios, from which drift by factors cancels",
            load=f"{_PACKAGE}.models:load_drift_aware",
            folder=shipped(_MODELS / "drift-aware"),
            train=f"{_PACKAGE}.models:train_encoder",
        ),
        EncoderSpec(
            name="sensor_array/plain",
            modality="sensor_array",
            description="residual network on the values as they are, for comparison",
            load=f"{_PACKAGE}.models:load_plain",
            train=f"{_PACKAGE}.models:train_plain",
        ),
    ]


@hookimpl
def chemtranslate_decoders() -> list[DecoderSpec]:
    """Hub -> reading."""
    return [
        DecoderSpec(
            name="sensor_array/dense",
            modality="sensor_array",
            description="residual network",
            load=f"{_PACKAGE}.models:load_decoder",
            folder=shipped(_MODELS / "dense"),
            train=f"{_PACKAGE}.models:train_decoder",
        )
    ]


@hookimpl
def chemtranslate_augmenters() -> list[AugmenterSpec]:
    """What the array could have shown some months earlier or later."""
    return [
        AugmenterSpec(
            name="sensor_array/drift",
            modality="sensor_array",
            description="each sensor's sensitivity and baseline drift; noise",
            load=f"{_PACKAGE}.augmenter:load",
        )
    ]
