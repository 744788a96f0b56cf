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
_PACKAGE = "chemtranslate_nmr"
_KINDS = (("nmr_13c", "13C", "13c", "carbon"), ("nmr_1h", "1H", "1h", "proton"))
"""Modality, nucleus, and how the readers and the other parts of each are named."""


def _formats(short: str) -> tuple[FormatSpec, ...]:
    return (
        FormatSpec(
            name="jsonl",
            suffixes=(".jsonl", ".ndjson"),
            read=f"{_PACKAGE}.jsonl:read_{short}",
            write=f"{_PACKAGE}.jsonl:write_jsonl",
        ),
        FormatSpec(
            name="sdf",
            suffixes=(".sdf", ".sd", ".mol"),
            read=f"{_PACKAGE}.sdformat:read_{short}",
        ),
        FormatSpec(
            name="csv",
            suffixes=(".csv",),
            read=f"{_PACKAGE}.csvformat:read_{short}",
            write=f"{_PACKAGE}.csvformat:write_csv",
        ),
    )


@hookimpl
def chemtranslate_modalities() -> list[ModalitySpec]:
    """Peak lists of carbon-13 and of protons."""
    return [
        ModalitySpec(
            name=modality,
            description=f"{nucleus} NMR peak lists, in ppm",
            formats=_formats(short),
            encoder=f"{modality}/dense",
            decoder=f"{modality}/dense",
            augmenter=f"{modality}/measured",
            form=f"{_PACKAGE}.grid:{kind.upper()}_FORM",
            prepare=f"{_PACKAGE}.preparation:prepare_{kind}",
            metrics=f"{_PACKAGE}.similarity:{kind}_metrics",
            plot=f"{_PACKAGE}.plot:plot",
            examples=(_EXAMPLES / f"{kind}.csv", _EXAMPLES / f"{kind}.sdf"),
        )
        for modality, nucleus, short, kind in _KINDS
    ]


@hookimpl
def chemtranslate_encoders() -> list[EncoderSpec]:
    """Peak list -> hub."""
    return [
        EncoderSpec(
            name=f"{modality}/dense",
            modality=modality,
            description="residual network",
            load=f"{_PACKAGE}.models:load_{kind}_encoder",
            folder=shipped(_MODELS / f"{modality}_encoder"),
            train=f"{_PACKAGE}.models:train_{kind}_encoder",
        )
        for modality, _, _, kind in _KINDS
    ]


@hookimpl
def chemtranslate_decoders() -> list[DecoderSpec]:
    """Hub -> peak list."""
    return [
        DecoderSpec(
            name=f"{modality}/dense",
            modality=modality,
            description="residual network",
            load=f"{_PACKAGE}.models:load_{kind}_decoder",
            folder=shipped(_MODELS / f"{modality}_decoder"),
            train=f"{_PACKAGE}.models:train_{kind}_decoder",
        )
        for modality, _, _, kind in _KINDS
    ]


@hookimpl
def chemtranslate_augmenters() -> list[AugmenterSpec]:
    """What another laboratory could have measured."""
    return [
        AugmenterSpec(
            name=f"{modality}/measured",
            modality=modality,
            description="shift of the scale and of each peak, missing peaks",
            load=f"{_PACKAGE}.augmenter:load_{kind}",
            moves=1,
        )
        for modality, _, _, kind in _KINDS
    ]
