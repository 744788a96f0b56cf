"""`train`: encoders, decoders and identifiers from a user's own data."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from chemtranslate.artefact import CARD, ModelCard
from chemtranslate.cli import options
from chemtranslate.cli.ledger import TrainingBar
from chemtranslate.errors import InputError, OutputError, UnknownNameError
from chemtranslate.files import STDIN, check_folder, check_output
from chemtranslate.hub import load_hub
from chemtranslate.models import AUTO, Kind, auto_decoder, load_decoder, load_encoder
from chemtranslate.protocols import Training
from chemtranslate.specs import resolve
from chemtranslate.translator import Translator

ROLE: Literal["identifier"] = "identifier"


@click.command()
@click.argument("modality")
@click.argument("data", nargs=-1, required=True)
@options.output("Model folder to write; without --role, its subfolders encoder and decoder.")
@click.option(
    "--role",
    type=click.Choice(["encoder", "decoder", ROLE]),
    help="What to train; the encoder and then the decoder by default. An identifier weighs what "
    "both say of an unknown (`identify --by evidence`).",
)
@click.option(
    "--epochs", type=click.IntRange(1), help="Number of epochs; the model's own by default."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another hyper-parameter of the model, for instance bins=1000.",
)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint.")
@options.encoder
@options.decoder
@options.hub
@options.read_format
@options.seed
@options.force
def train(
    modality: str,
    data: tuple[str, ...],
    output: Path,
    role: Kind | Literal["identifier"] | None,
    epochs: int | None,
    settings: tuple[str, ...],
    resume: bool,
    encoder: str | None,
    decoder: str | None,
    hub: str | None,
    format_: str | None,
    seed: int,
    force: bool,
) -> None:
    """Train the models of a modality on prepared DATA (`chemtranslate prepare`).

    Only chemicals of the train part are learned from; a fixed replicate of those with five or
    more is held out. --encoder and --decoder name the kind of model to train; for --role decoder,
    --encoder names the encoder, or the folder of one, whose vectors are decoded; for --role
    identifier, both name the models whose evidence is weighed.
    """
    translator = Translator(load_hub(hub).remembered())

    def request(folder: Path) -> Training:
        check_folder(folder, force, CARD)
        return Training(
            samples=translator.read(*data, modality=modality, format=format_),
            hub=translator.hub,
            folder=folder,
            epochs=epochs,
            settings=_pairs(settings),
            resume=resume,
            seed=seed,
            command=typed(),
            force=force,
        )

    if role == ROLE:
        card = _identifier(translator, modality, request(output), encoder, decoder)
        _done(card, output)
        return
    roles: tuple[Kind, ...] = (role,) if role else ("encoder", "decoder")
    trained = None
    with nullcontext() if role else _made(output):
        for one in roles:
            folder = output if role else output / one
            base = encoder if one == "encoder" or role else str(trained)
            card = _train(translator, one, modality, request(folder), base, decoder)
            trained = folder
            _done(card, folder)


def _done(card: ModelCard, folder: Path) -> None:
    click.echo(f"{card.name} for hub {card.hub} -> {folder}", err=True)


def _identifier(
    translator: Translator,
    modality: str,
    request: Training,
    encoder: str | None,
    decoder: str | None,
) -> ModelCard:
    from chemtranslate.identification.training import train as trained

    plugins = translator.plugins
    return trained(
        replace(
            request,
            encoder=load_encoder(encoder, modality, translator.hub, plugins),
            decoder=load_decoder(decoder, modality, translator.hub, plugins),
            progress=TrainingBar(f"{modality}/{ROLE}"),
        )
    )


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder for models; a failure that leaves nothing in it takes it away again."""
    check_output(folder, force=True)
    if str(folder) == STDIN or (folder.exists() and not folder.is_dir()):
        raise OutputError(f"{folder}: is no folder, expected the name of one")
    new = not folder.exists()
    folder.mkdir(exist_ok=True)
    try:
        yield
    except BaseException:
        if new:
            with suppress(OSError):  # what a later --resume goes on from stays
                folder.rmdir()
        raise


def _train(
    translator: Translator,
    role: Kind,
    modality: str,
    request: Training,
    encoder: str | None,
    decoder: str | None,
) -> ModelCard:
    plugins = translator.plugins
    own = plugins.modality(modality)
    if role == "encoder":
        name = encoder or own.encoder
    else:
        name = auto_decoder(modality, plugins) if decoder == AUTO else decoder or own.decoder
        base = load_encoder(encoder, modality, translator.hub, plugins)
        request = replace(request, encoder=base)
    if name is None:
        raise UnknownNameError(f"modality {modality!r} has no {role}")
    spec = plugins.encoder(name) if role == "encoder" else plugins.decoder(name)
    if spec.train is None:
        raise UnknownNameError(f"{role} {name!r} cannot be trained")
    card: ModelCard = resolve(spec.train)(replace(request, progress=TrainingBar(spec.name)))
    return card


def _pairs(settings: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(setting.partition("=")[::2] for setting in settings)
    for name, value in pairs.items():
        if not name or not value:
            raise InputError(f"--set {name}={value}: expected NAME=VALUE")
    return pairs


def typed() -> str:
    """Return the command as the user typed it."""
    return shlex.join(["chemtranslate", *sys.argv[1:]])
