"""Where the time and memory go when mass spectra are translated.

Prints, and with -o writes as JSON: seconds per stage (read, bin, encode, decode, make spectra,
write), the ratio of the whole to the same two networks as bare torch on ready arrays, peak memory
for 1,000 and for all spectra, and reading beside matchms. Everything is measured in one run;
compare the ratios, the seconds are of this machine on this day.

matchms wants older versions of pandas and scipy than we test with, so it lives in an environment
of its own, which `make bench` makes:

    python benchmarks/main_road.py [LIBRARY.msp] [-n 10000] [--matchms PYTHON] [-o bench.json]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from chemtranslate import Reject, Sample, Translator
from chemtranslate.specs import resolve

T = TypeVar("T")
MODALITY = "mass_spec"


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def add(self, stage: str, seconds: float) -> None:
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    def each(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        """Pass items on, counting the time that it takes to get them."""
        iterator = iter(items)
        while True:
            started = time.perf_counter()
            try:
                item = next(iterator)
            except StopIteration:
                return
            finally:
                self.add(stage, time.perf_counter() - started)
            yield item

    def calls(self, stage: str, function: Callable[..., T]) -> Callable[..., T]:
        """Return the function, counting the time in it."""

        def timed(*args: Any) -> T:
            started = time.perf_counter()
            try:
                return function(*args)
            finally:
                self.add(stage, time.perf_counter() - started)

        return timed


def library(path: Path | None, count: int, into: Path) -> Path:
    """Write `count` usable records to a file: of a library, or of the packaged examples."""
    source = path or Path(str(files("chemtranslate_mass_spec") / "examples" / "examples.msp"))
    translator = Translator()
    samples = [
        r for r in translator.records(source, modality=MODALITY) if not isinstance(r, Reject)
    ]
    write = resolve("chemtranslate_mass_spec.msp:write_msp")
    with into.open("wb") as stream:
        write(islice(chain.from_iterable(repeat(samples)), count), stream)
    return into


def translate(source: Path, clock: Clock) -> int:
    """Translate a file and return how many records came out."""
    translator = Translator()
    encoder, decoder = translator.encoder(MODALITY), translator.decoder(MODALITY)
    warm = np.zeros((1, *encoder.form.shape), np.float32)
    decoder.decode(encoder.encode(warm))
    encoder.encode = clock.calls("encode", encoder.encode)  # type: ignore[method-assign]
    decoder.decode = clock.calls("decode", decoder.decode)  # type: ignore[method-assign]
    encoder.form.to_array = clock.calls("bin", encoder.form.to_array)  # type: ignore[method-assign]
    decoder.form.to_signal = clock.calls("make spectra", decoder.form.to_signal)  # type: ignore[method-assign]
    write = resolve("chemtranslate_mass_spec.msp:write_msp")
    rejected = 0

    def reject(_: Reject) -> None:
        nonlocal rejected
        rejected += 1

    counted = 0

    def counting(samples: Iterable[Sample]) -> Iterator[Sample]:
        nonlocal counted
        for sample in samples:
            counted += 1
            yield sample

    started = time.perf_counter()
    with tempfile.TemporaryFile() as stream:
        samples = clock.each("read", translator.read(source, modality=MODALITY, on_reject=reject))
        out = translator.translate(samples, source=MODALITY, target=MODALITY, on_reject=reject)
        write(counting(out), stream)
    clock.seconds["all"] = time.perf_counter() - started
    clock.seconds["write"] = clock.seconds["all"] - sum(
        seconds for stage, seconds in clock.seconds.items() if stage != "all"
    )
    return counted


def bare(count: int) -> float:
    """Return the seconds that the two networks alone take, on ready arrays."""
    translator = Translator()
    networks = [
        translator.encoder(MODALITY).model.network,
        translator.decoder(MODALITY).model.network,
    ]  # type: ignore[attr-defined]
    arrays = torch.rand(translator.batch, networks[0].sizes[0])
    with torch.inference_mode():
        networks[1](networks[0](arrays))
        started = time.perf_counter()
        for _ in range(-(-count // translator.batch)):
            networks[1](networks[0](arrays))
    return time.perf_counter() - started


def peak_memory(source: Path) -> float:
    """Return the peak memory in MB of a fresh process that translates a file."""
    command = [sys.executable, __file__, str(source), "--memory"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


READ_WITH_MATCHMS = """
import sys, time
from matchms import set_matchms_logger_level
from matchms.importing import load_from_msp
set_matchms_logger_level("ERROR")
started = time.perf_counter()
for _ in load_from_msp(sys.argv[1]):
    pass
print(time.perf_counter() - started)
"""


def reading_beside_matchms(source: Path, matchms: Path | None) -> dict[str, float]:
    """Return the seconds that reading takes here and with matchms, the imports not counted.

    Args:
        source: an MSP file.
        matchms: the Python of an environment that has matchms.
    """
    started = time.perf_counter()
    for _ in Translator().records(source, modality=MODALITY):
        pass
    seconds = {"read, chemtranslate": time.perf_counter() - started}
    if matchms:
        command = [str(matchms), "-c", READ_WITH_MATCHMS, str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds["read, matchms"] = float(done.stdout)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("library", nargs="?", type=Path)
    parser.add_argument("-n", "--count", type=int, default=10_000)
    parser.add_argument("--matchms", type=Path, metavar="PYTHON")
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.memory:
        translate(args.library, Clock())
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    with tempfile.TemporaryDirectory() as folder:
        all_of_it = library(args.library, args.count, Path(folder) / "all.msp")
        few = library(args.library, args.count // 10, Path(folder) / "few.msp")
        clock = Clock()
        written = translate(all_of_it, clock)
        figures: dict[str, float] = {"spectra": args.count, "written": written}
        figures |= {f"seconds: {stage}": value for stage, value in clock.seconds.items()}
        figures["spectra per second"] = args.count / clock.seconds["all"]
        figures["seconds: networks as bare torch"] = bare(args.count)
        figures["whole / bare torch"] = (
            clock.seconds["all"] / figures["seconds: networks as bare torch"]
        )
        figures |= {
            f"seconds: {k}": v for k, v in reading_beside_matchms(all_of_it, args.matchms).items()
        }
        figures[f"peak memory MB: {args.count // 10} spectra"] = peak_memory(few)
        figures[f"peak memory MB: {args.count} spectra"] = peak_memory(all_of_it)
    table = Table("main road", "value")
    table.columns[1].justify = "right"
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else f"{value:,}")
    Console().print(table)
    if args.output:
        args.output.write_text(
            json.dumps({k: round(v, 4) for k, v in figures.items()}, indent=2) + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
