"""What this plugin registers; importing it imports neither torch nor RDKit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chemtranslate import hookimpl
from chemtranslate.specs import (
    AugmenterSpec,
    DecoderSpec,
    EncoderSpec,
    FormatSpec,
    ModalitySpec,
    shipped,
)

if TYPE_CHECKING:
    import click

_MODELS = Path(__file__).parent / "models"
_PACKAGE = "chemtranslate_mass_spec"


@hookimpl
def chemtranslate_modalities() -> list[ModalitySpec]:
    """Electron ionisation mass spectra, as of GC-MS."""
    return [
        ModalitySpec(
            name="mass_spec",
            description="electron ionisation mass spectra (GC-MS)",
            formats=(
                FormatSpec(
                    name="msp",
                    suffixes=(".msp",),
                    read=f"{_PACKAGE}.msp:read_msp",
                    write=f"{_PACKAGE}.msp:write_msp",
                ),
                FormatSpec(
                    name="mgf",
                    suffixes=(".mgf",),
                    read=f"{_PACKAGE}.mgf:read_mgf",
                    write=f"{_PACKAGE}.mgf:write_mgf",
                ),
                FormatSpec(
                    name="massbank",
                    suffixes=(".txt", ".massbank"),
                    read=f"{_PACKAGE}.massbank:read_massbank",
                ),
                FormatSpec(name="csv", suffixes=(".csv",), write=f"{_PACKAGE}.csvformat:write_csv"),
            ),
            encoder="mass_spec/table1",
            decoder="mass_spec/table2",
            augmenter="mass_spec/peak-removal",
            generator="mass_spec/sibling",
            auto="mass_spec/table3",
            form=f"{_PACKAGE}.binning:FORM",
            prepare=f"{_PACKAGE}.preparation:prepare",
            metrics=f"{_PACKAGE}.similarity:metrics",
            signature=f"{_PACKAGE}.similarity:signature",
            clues=f"{_PACKAGE}.clues:MASS",
            retention=f"{_PACKAGE}.retention:retention_index",
            identifier=shipped(_MODELS / "open-identifier"),
            plot=f"{_PACKAGE}.plot:plot",
            examples=(_MODELS.parent / "examples" / "examples.msp",),
        )
    ]


@hookimpl
def chemtranslate_encoders() -> list[EncoderSpec]:
    """Table I of the paper, and one that tells chemicals apart better."""
    return [
        EncoderSpec(
            name="mass_spec/table1",
            modality="mass_spec",
            description="fully connected encoder of Table I",
            load=f"{_PACKAGE}.models:load_encoder",
            folder=_MODELS / "table1",
            train=f"{_PACKAGE}.training:train_encoder",
        ),
        EncoderSpec(
            name="mass_spec/dense",
            modality="mass_spec",
            description="residual network on roots of intensities; to be trained",
            load=f"{_PACKAGE}.dense:load",
            train=f"{_PACKAGE}.dense:train",
        ),
        EncoderSpec(
            name="mass_spec/open",
            modality="mass_spec",
            description="residual network on peaks and losses, for chemicals in no library",
            load=f"{_PACKAGE}.open_encoder:load",
            folder=shipped(_MODELS / "open-encoder"),
            train=f"{_PACKAGE}.open_encoder:train",
        ),
    ]


@hookimpl
def chemtranslate_decoders() -> list[DecoderSpec]:
    """Tables II and III of the paper, and the decoder that generates."""
    return [
        DecoderSpec(
            name="mass_spec/table2",
            modality="mass_spec",
            description="fully connected general decoder of Table II",
            load=f"{_PACKAGE}.models:load_decoder",
            folder=_MODELS / "table2",
            train=f"{_PACKAGE}.training:train_decoder",
        ),
        DecoderSpec(
            name="mass_spec/table3",
            modality="mass_spec",
            description="specialised decoders of Table III, chosen by region of the hub",
            load=f"{_PACKAGE}.table3:load",
            folder=_MODELS / "table3",
            train=f"{_PACKAGE}.table3_training:train_table3",
        ),
        DecoderSpec(
            name="mass_spec/sibling",
            modality="mass_spec",
            description="makes of a measured spectrum what another laboratory might have measured",
            load=f"{_PACKAGE}.sibling_decoder:load",
            folder=_MODELS / "sibling",
            train=f"{_PACKAGE}.sibling_training:train_sibling",
        ),
        DecoderSpec(
            name="mass_spec/open",
            modality="mass_spec",
            description="predicts the spectrum of any structure, from both of its ends",
            load=f"{_PACKAGE}.open_decoder:load",
            folder=shipped(_MODELS / "open-decoder"),
            train=f"{_PACKAGE}.open_decoder:train",
        ),
    ]


@hookimpl
def chemtranslate_augmenters() -> list[AugmenterSpec]:
    """Peak removal, as in the paper."""
    return [
        AugmenterSpec(
            name="mass_spec/peak-removal",
            modality="mass_spec",
            description="removes a random 15 % of the peaks, adds none",
            load=f"{_PACKAGE}.augmenter:load",
        )
    ]


@hookimpl
def chemtranslate_commands(cli: click.Group) -> None:
    """`experiment mass_spec`: the paper's experiment on replicates of one's own."""
    from chemtranslate_mass_spec.experiment.command import add_to

    add_to(cli)
