"""`evaluate`: how close translations come to what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from chemtranslate.artefact import write_metrics
from chemtranslate.cli import options
from chemtranslate.cli.ledger import Ledger
from chemtranslate.cli.modalities import TRANSLATIONS
from chemtranslate.cli.translate import announce
from chemtranslate.errors import InputError
from chemtranslate.files import check_output, written_whole
from chemtranslate.models import GuardedDecoder, GuardedEncoder
from chemtranslate.translator import Translator


@click.command()
@options.source
@options.target
@click.argument("data", nargs=-1, required=True)
@click.option(
    "--held-out",
    is_flag=True,
    help="Measure on the held-out replicates of known chemicals, damaged by the "
    "augmenter, beside baselines; DATA must be prepared.",
)
@click.option(
    "--remove",
    type=click.FloatRange(0, 1),
    default=None,
    help="With --held-out: share of the signal that the augmenter removes.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=options.PATH,
    help="Also write the figures to this file (JSON).",
)
@click.option(
    "--against",
    metavar="FILE",
    multiple=True,
    help="Where --from and --to differ: prepared samples of --to. The chemicals of the test part "
    "that both have measured are compared.",
)
@click.option(
    "--on-card",
    is_flag=True,
    help="With --held-out or --against: write what unseen chemicals showed on the decoder's card "
    "(the encoder's, where --to are structures), for `chemtranslate modalities`.",
)
@options.seed
@options.encoder
@options.decoder
@options.hub
@options.read_format
@options.rejects
@options.force
@options.as_json
def evaluate(
    source: str,
    target: str,
    data: tuple[str, ...],
    held_out: bool,
    remove: float | None,
    output: Path | None,
    against: tuple[str, ...],
    on_card: bool,
    seed: int,
    encoder: str | None,
    decoder: str | None,
    hub: str | None,
    format_: str | None,
    rejects: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Translate DATA and compare each record with what was measured; then means and medians."""
    _expect_fitting(source, target, held_out, bool(against), on_card)
    translator = Translator(hub, encoder=encoder, decoder=decoder)
    for modality in (source, target):
        translator.plugins.modality(modality)
    if output is not None:
        check_output(output, force)
    with Ledger(rejects, force, others=(*data, *against), output=output) as ledger:
        samples = ledger.reading(translator.records(*data, modality=source, format=format_))
        announce(translator, source, target)
        if against:
            from chemtranslate.pair_study import pair_study

            measured = ledger.reading(translator.records(*against, modality=target))
            figures = pair_study(translator, source, target, samples, measured, ledger.reject)
        elif held_out:
            from chemtranslate.evaluation import replicate_study

            settings: dict[str, Any] = {} if remove is None else {"share": remove}
            figures = replicate_study(
                translator,
                samples,
                source,
                seed=seed,
                progress=lambda line: click.echo(line, err=True),
                **settings,
            )
        else:
            figures = _per_record(translator, samples, source, ledger)
    if on_card:
        to_structures = target == translator.plugins.structures
        _write_on_card(
            translator.encoder(source) if to_structures else translator.decoder(target),
            target if to_structures else source,
            figures,
        )
    text = json.dumps(figures, indent=2, ensure_ascii=False) + "\n"
    if output is not None:
        with written_whole(output, force) as stream:
            stream.write(text.encode())
    if as_json:
        click.echo(text, nl=False)
    else:
        (_print_pairs if against else _print_study if held_out else _print_records)(figures)
    if not held_out and not against:
        ledger.close(str(output or ""), as_json=False)


def _expect_fitting(source: str, target: str, held_out: bool, against: bool, on_card: bool) -> None:
    """Expect options that can be meant together.

    Raises:
        InputError: they cannot.
    """
    if (source != target) != against:
        raise InputError(
            f"cannot evaluate {source} -> {target} {'with' if against else 'without'} --against: "
            "where the modalities differ, and only there, it names what is compared with"
        )
    if on_card and not (held_out or against):
        raise InputError("--on-card writes what --held-out or --against measure; give one of them")
    if held_out and against:
        raise InputError("--held-out measures within one modality, --against between two")


def _write_on_card(
    model: GuardedEncoder | GuardedDecoder, other: str, figures: dict[str, Any]
) -> None:
    """Put figures of unseen chemicals on a card.

    Args:
        model: the decoder; where structures are aimed at, which no decoder makes, the encoder.
        other: the modality at the other end.

    Raises:
        InputError: the model has no folder, or there were no unseen chemicals.
        OutputError: the card cannot be written.
    """
    seen = figures.get("unseen chemicals (test part)")
    if "ways" in figures:
        ways = figures["ways"]
        translated = ways.get("by hub vector", ways["translated"])
        number = figures["unseen chemicals"]
    elif seen:
        translated = {
            **seen["clean -> decoded"],
            "recall@1": seen["own chemical nearest"],
            "recall@10": seen["own chemical among the 10 nearest"],
        }
        number = seen["chemicals"]
    else:
        raise InputError("--on-card: no chemical of the test part is among the data")
    if model.folder is None:
        raise InputError(f"--on-card: {model.name} has no model folder with a card")
    first, values = next(iter(translated.items()))
    shown = {f"mean {first}": values["mean"]} if isinstance(values, dict) else {}
    shown |= {name: value for name, value in translated.items() if not isinstance(value, dict)}
    metrics = dict(model.card.metrics)
    metrics[TRANSLATIONS] = {
        **metrics.get(TRANSLATIONS, {}),
        other: {**shown, "unseen chemicals": number},
    }
    write_metrics(model.folder, metrics)


def _per_record(
    translator: Translator,
    samples: Any,
    modality: str,
    ledger: Ledger,
) -> dict[str, Any]:
    from chemtranslate.evaluation import compare

    rows = [
        {"id": sample.id, **{name: round(value, 4) for name, value in figures.items()}}
        for sample, figures in ledger.writing(compare(translator, samples, modality, ledger.reject))
    ]
    names = [name for name in rows[0] if name != "id"]
    return {
        "hub": translator.hub.id,
        "encoder": translator.encoder(modality).name,
        "decoder": translator.decoder(modality).name,
        "records": rows,
        "mean": {n: round(float(np.mean([row[n] for row in rows])), 4) for n in names},
        "median": {n: round(float(np.median([row[n] for row in rows])), 4) for n in names},
    }


def _print_records(figures: dict[str, Any]) -> None:
    names = list(figures["mean"])
    click.echo("\t".join(["id", *names]))
    for row in figures["records"]:
        click.echo("\t".join([row["id"], *(f"{row[name]:.4f}" for name in names)]))
    for line in ("mean", "median"):
        click.echo("\t".join([line, *(f"{figures[line][name]:.4f}" for name in names)]))


def _print_pairs(figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    recall = list(figures["chance"])
    names = [name for name in next(iter(figures["ways"].values())) if name not in recall]
    columns = [*(f"{name}, mean" for name in names), *recall]
    table = Table(f"{figures['unseen chemicals']} unseen chemicals", *columns)
    for way, values in figures["ways"].items():
        means = [values[name]["mean"] if name in values else None for name in names]
        shown = [*means, *(values[name] for name in recall)]
        table.add_row(way, *("" if value is None else f"{value:.3f}" for value in shown))
    table.add_row("chance", *[""] * len(names), *(f"{figures['chance'][k]:.3f}" for k in recall))
    Console().print(table)


def _print_study(figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    ways = figures["held-out replicates"]
    names = list(next(iter(ways.values())))
    table = Table(
        "held-out replicates", *(f"{name}, {kind}" for name in names for kind in ("mean", "median"))
    )
    for way, values in ways.items():
        table.add_row(
            way, *(f"{values[name][kind]:.3f}" for name in names for kind in ("mean", "median"))
        )
    console = Console()
    console.print(table)
    for title in ("own chemical nearest, among the known", "unseen chemicals (test part)"):
        if title in figures:
            console.print(f"{title}: {json.dumps(figures[title])}", highlight=False)
