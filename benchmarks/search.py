"""Looking things up in tables of 10,000 to 1,000,000 rows, beside faiss and usearch.

Prints, and with -o writes as JSON: questions per second for one question and for 1,000 at once,
recall of the true ten nearest, and memory, for exact search here and with faiss's flat index, and
for the approximate graph of usearch. All in one run on random hub vectors that crowd as real ones
do (500 clusters); compare the ratios.

    python benchmarks/search.py [--rows 10000 100000 1000000] [--graph-up-to ROWS] [-o search.json]
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray
from report import fastest, save
from rich.console import Console
from rich.table import Table
from usearch.index import Index

from chemtranslate.search import search, unit

Floats = NDArray[np.float32]
DIMENSIONS, K, QUESTIONS, REPEATS = 512, 10, 1000, 5


def vectors(rows: int, seed: int) -> Floats:
    """Return unit vectors (rows, 512) scattered around 500 centres."""
    centres = np.random.default_rng(0).normal(size=(500, DIMENSIONS)).astype(np.float32)
    rng = np.random.default_rng(seed)
    made = np.empty((rows, DIMENSIONS), np.float32)
    for start in range(0, rows, 65_536):
        part = made[start : start + 65_536]
        part[:] = centres[rng.integers(0, 500, len(part))]
        part += rng.standard_normal(part.shape, np.float32)
        part[:] = unit(part)
    return made


def recall(found: NDArray[np.integer], true: NDArray[np.integer]) -> float:
    return float(
        np.mean(
            [len(set(a) & set(b)) / K for a, b in zip(found.tolist(), true.tolist(), strict=True)]
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--graph-up-to", type=int, default=1_000_000)
    parser.add_argument("-o", "--output", type=Path)
    args = parser.parse_args()
    asked = vectors(QUESTIONS, 1)
    results = []
    for rows in args.rows:
        table = vectors(rows, 2)
        flat = faiss.IndexFlatIP(DIMENSIONS)
        flat.add(table)
        ways: dict[str, Callable[[Floats], NDArray[np.integer]]] = {
            "chemtranslate, exact": lambda q, t=table: search(q, [t], K)[0],
            "faiss, flat": lambda q, f=flat: f.search(q, K)[1],
        }
        size = dict.fromkeys(ways, table.nbytes / 1e6)
        if rows <= args.graph_up_to:
            graph = Index(ndim=DIMENSIONS, metric="cos", dtype="f16", expansion_search=256)
            started = time.perf_counter()
            graph.add(np.arange(rows), table)
            print(f"graph of {rows:,} rows: {time.perf_counter() - started:.0f} s to build")
            ways["usearch, graph"] = lambda q, g=graph: np.atleast_2d(g.search(q, K).keys)
            size["usearch, graph"] = graph.memory_usage / 1e6
        true = ways["faiss, flat"](asked)
        for name, way in ways.items():
            one = fastest(lambda w=way: w(asked[:1]), 4 * REPEATS)
            many = fastest(lambda w=way: w(asked), REPEATS)
            results.append(
                {
                    "rows": rows,
                    "way": name,
                    "questions/s, one": round(1 / one, 1),
                    "questions/s, 1,000": round(QUESTIONS / many, 1),
                    "recall@10": round(recall(way(asked), true), 4),
                    "MB": round(size[name]),
                }
            )
    shown = Table("rows", "way", *list(results[0])[2:])
    for row in results:
        shown.add_row(*(f"{v:,}" if isinstance(v, int | float) else v for v in row.values()))
    Console().print(shown)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB")
    save(results, args.output)


if __name__ == "__main__":
    main()
