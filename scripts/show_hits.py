"""Print a file of hits as `chemtranslate identify` writes it, one line for each query."""

from __future__ import annotations

import csv
import sys
from itertools import groupby
from operator import itemgetter

from rich.console import Console
from rich.table import Table

with open(sys.argv[1], encoding="utf-8", newline="") as stream:
    hits = list(csv.DictReader(stream))
nearest = {query: list(found) for query, found in groupby(hits, itemgetter("query"))}
table = Table("measured", *(f"nearest, {rank}" for rank in sorted({int(h["rank"]) for h in hits})),
              title="Nearest reference chemicals, with the similarity of their hub vectors")
for query, found in nearest.items():
    table.add_row(query, *(f"{hit['name'] or hit['smiles']} {float(hit['similarity']):.2f}"
                           for hit in found))
Console().print(table)
