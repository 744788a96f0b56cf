"""What this plugin registers; importing it imports neither torch nor RDKit."""

from __future__ import annotations

from pathlib import Path

from chemtranslate import hookimpl
from chemtranslate.specs import DecoderSpec, EncoderSpec, FormatSpec, HubSpec, ModalitySpec

_HERE = Path(__file__).parent
_FORMATS = "chemtranslate_chemception.formats"
_MODALITY = "chemtranslate_chemception.modality"


@hookimpl
def chemtranslate_hubs() -> list[HubSpec]:
    """The hub that ships."""
    return [
        HubSpec(
            name="chemception-v1",
            description="Chemception over drawings of molecules (Goh et al. 2017)",
            load="chemtranslate_chemception.hub_model:load",
            train="chemtranslate_chemception.making:train_hub",
            evaluate="chemtranslate_chemception.making:evaluate_hub",
            predict="chemtranslate_chemception.hub_model:predict",
            folder=_HERE / "models" / "chemception-v1",
            structures="chemception",
        )
    ]


@hookimpl
def chemtranslate_modalities() -> list[ModalitySpec]:
    """Structures, as if they were measured."""
    return [
        ModalitySpec(
            name="chemception",
            description="chemicals: structures or names",
            formats=(
                FormatSpec(
                    name="csv",
                    suffixes=(".csv",),
                    read=f"{_FORMATS}:read_csv",
                    write=f"{_FORMATS}:write_csv",
                ),
                FormatSpec(
                    name="smi",
                    suffixes=(".smi", ".smiles"),
                    read=f"{_FORMATS}:read_smi",
                    write=f"{_FORMATS}:write_smi",
                ),
                FormatSpec(
                    name="sdf", suffixes=(".sdf", ".mol", ".sd"), read=f"{_FORMATS}:read_sdf"
                ),
                FormatSpec(name="names", suffixes=(".txt",), read=f"{_FORMATS}:read_names"),
            ),
            encoder="chemception/hub",
            decoder="chemception/nearest",
            form=f"{_MODALITY}:FORM",
            metrics=f"{_MODALITY}:metrics",
            examples=tuple(sorted((_HERE / "examples").glob("examples.*"))),
        )
    ]


@hookimpl
def chemtranslate_encoders() -> list[EncoderSpec]:
    """The hub's own network: a structure's point is where the hub puts it."""
    return [
        EncoderSpec(
            name="chemception/hub",
            modality="chemception",
            description="the hub's network itself",
            load=f"{_MODALITY}:load_encoder",
        )
    ]


@hookimpl
def chemtranslate_decoders() -> list[DecoderSpec]:
    """The nearest reference chemical."""
    return [
        DecoderSpec(
            name="chemception/nearest",
            modality="chemception",
            description="the nearest reference chemical of the hub",
            load=f"{_MODALITY}:load_decoder",
        )
    ]
