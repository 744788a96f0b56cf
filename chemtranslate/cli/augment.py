"""`augment`: new samples from measured ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from chemtranslate.augmentation import form_for_new
from chemtranslate.balance import Balance, countable, key_of
from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger, count, watched
from chemtranslate.cli.translate import announce, say_left_out, writer_for
from chemtranslate.errors import InputError
from chemtranslate.files import output_stream
from chemtranslate.marks import HeldOut, refuse_learned
from chemtranslate.sample import Reject, Sample
from chemtranslate.translator import Translator


@click.command()
@click.argument("modality")
@options.inputs
@options.output("File to write, its format by its ending.")
@click.option("--copies", type=click.IntRange(1), help="New samples to make of each; 1 by default.")
@click.option(
    "--balance",
    type=click.IntRange(1),
    metavar="N",
    help="Instead of --copies: bring every chemical up to N samples, the measured ones included. "
    "A chemical's new samples are made of its measured ones in turn; one that has N gets none.",
)
@click.option(
    "--remove",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=None,
    help="Share of the signal that the augmenter removes; its own choice by default "
    "(mass_spec: 0.15 of the peaks). A decoder that generates removes nothing and refuses it.",
)
@click.option(
    "--held-out",
    metavar="FILE",
    help="Samples kept for testing: refuse to go on if the encoder or the decoder has learned "
    "from any of them, or does not say what it has learned from; nothing is made of them.",
)
@options.seed
@options.encoder
@options.decoder
@options.hub
@options.read_format
@options.rejects
@options.force
@options.as_json
def augment(
    modality: str,
    inputs: tuple[str, ...],
    output: Path,
    copies: int | None,
    balance: int | None,
    remove: float | None,
    held_out: str | None,
    seed: int,
    encoder: str | None,
    decoder: str | None,
    hub: str | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Make new, realistic samples.

    A decoder that generates makes them from the measured sample and the place of its chemical in
    the hub. With any other, each sample is damaged, encoded and decoded.
    """
    if copies is not None and balance is not None:
        raise InputError("found --copies and --balance, expected one of them")
    translator = Translator(hub, encoder=encoder, decoder=decoder)
    write = writer_for(translator, modality, output, force)
    settings: dict[str, Any] = {} if remove is None else {"share": remove}
    others = (*inputs, held_out) if held_out else inputs
    with Ledger(rejects, force, others=others, output=output) as ledger:
        announce(translator, modality, modality, translator.generator(modality))
        again = _readable_again(translator, inputs, modality, format_, balance is not None)
        if held_out is not None:
            models = (translator.encoder(modality), translator.generator(modality))
            kept = list(translator.read(held_out, modality=modality))
            refuse_learned(models, kept)
            again = _without(again, HeldOut(kept, form_for_new(translator, modality)))
        samples: Iterable[Sample] = ledger.reading(again())
        plan = None if balance is None else _plan(translator, modality, again(), balance)
        if plan is not None:
            samples = countable(samples, ledger.reject)
        made = translator.augment(
            samples,
            modality=modality,
            copies=plan.copies if plan else copies or 1,
            seed=seed,
            on_reject=ledger.reject,
            **settings,
        )
        of_each: Counter[str] = Counter()
        if plan is not None:
            made = _counted(made, of_each)
        with ledger.writing_to(output_stream(output, force)) as stream:
            write(ledger.writing(made), stream)
    say_left_out(translator)
    more: dict[str, Any] = {"copies": copies or 1}
    if plan is None:
        made_of_each = f"{copies} copies" if copies and copies > 1 else "1 copy"
        click.echo(f"{made_of_each} of each, seed {seed}", err=True)
    else:
        more = {"balance": balance, **plan.outcome(of_each)}
        _say_outcome(plan, of_each, seed)
    ledger.close(
        str(output),
        as_json,
        **more,
        seed=seed,
        hub=translator.hub.id,
    )


def _readable_again(
    translator: Translator,
    inputs: tuple[str, ...],
    modality: str,
    format_: str | None,
    twice: bool,
) -> Callable[[], Iterable[Sample | Reject]]:
    """Return what reads the inputs; from memory where they are no files and are needed twice."""

    def read() -> Iterator[Sample | Reject]:
        return translator.records(*inputs, modality=modality, format=format_)

    if not twice or all(Path(file).is_file() for file in inputs):
        return read
    held = list(read())
    return lambda: held


def _without(
    again: Callable[[], Iterable[Sample | Reject]], held_out: HeldOut
) -> Callable[[], Iterable[Sample | Reject]]:
    return lambda: held_out.set_apart(again())


def _plan(
    translator: Translator, modality: str, records: Iterable[Sample | Reject], balance: int
) -> Balance:
    samples = (r for r in watched(records, "records counted") if isinstance(r, Sample))
    told = countable(samples, lambda reject: None)  # it is entered when they are read again
    plan = Balance.of(told, balance, form_for_new(translator, modality))
    if plan.nothing_lacks:
        raise InputError(
            f"no output: found no chemical with fewer than {balance} samples among "
            f"{len(plan.measured)}, expected at least one"
        )
    return plan


def _counted(samples: Iterable[Sample], of_each: Counter[str]) -> Iterator[Sample]:
    for sample in samples:
        of_each[key_of(sample)] += 1
        yield sample


def _say_outcome(plan: Balance, made: Counter[str], seed: int) -> None:
    outcome = plan.outcome(made)
    line = (
        f"{count(outcome['brought_up'], 'chemical')} brought up to {plan.wanted} samples, "
        f"{outcome['had_enough']} had enough"
    )
    if outcome["fell_short"]:
        line += f", {outcome['fell_short']} fell short, as samples of theirs were rejected"
    click.echo(f"{line}; seed {seed}", err=True)
