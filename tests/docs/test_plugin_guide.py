"""The plugin of the plugin guide can be built, installed and used."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from documented import DOCS, blocks, files, run_all, write_files

from chemtranslate.hub import Hub
from chemtranslate.protocols import Regional

GUIDE = (DOCS / "plugin-guide.md").read_text(encoding="utf-8")
CHEMICALS = ("CCO", "CC(C)=O", "c1ccccc1", "Cc1ccccc1", "CCCCCCCC", "CCOC(C)=O")


def test_the_plugin_of_the_guide_runs_as_written(tmp_path: Path, tiny_hub_folder: Path) -> None:
    listed = files(GUIDE)
    assert len(listed) == 4
    write_files(listed, tmp_path)
    rng = np.random.default_rng(0)
    rows = [f"r{number}-{copy},{smiles}," + ",".join(f"{x:.3f}" for x in rng.uniform(0.1, 1, 4))
            for number, smiles in enumerate(CHEMICALS) for copy in range(3)]
    (tmp_path / "readings.csv").write_text("\n".join(["id,smiles,s1,s2,s3,s4", *rows]) + "\n")
    (tmp_path / "chemicals.csv").write_text("smiles\n" + "\n".join(CHEMICALS) + "\n")

    run_all(GUIDE, tmp_path, tiny_hub_folder)
    made = (tmp_path / "sniffs.csv").read_text().splitlines()
    assert len(made) == 1 + len(CHEMICALS)
    more = list(csv.DictReader((tmp_path / "more.csv").read_text().splitlines()))
    assert len(more) == 2 * len(CHEMICALS)
    assert {row["Hub_vector"] for row in more} == {"structure"}


def test_the_decoder_by_region_of_the_guide_decodes_each_vector_by_its_part(tiny_hub: Hub) -> None:
    class Constant:
        card = form = None

        def __init__(self, value: float) -> None:
            self.value = value

        def decode(self, vectors: np.ndarray) -> np.ndarray:
            return np.full((len(vectors), 4), self.value, np.float32)

    scope: dict[str, Any] = {}
    (block,) = (block for block in blocks(GUIDE, "python") if "class ByRegion" in block)
    exec(compile(block, "plugin-guide.md", "exec"), scope)
    vectors = tiny_hub.embed(CHEMICALS)
    decoder = scope["ByRegion"](Constant(1), Constant(2), vectors[0], 1e-3)
    assert isinstance(decoder, Regional)
    assert list(decoder.regions(vectors)) == ["near", *["rest"] * 5]
    assert decoder.decode(vectors)[:, 0].tolist() == [1, 2, 2, 2, 2, 2]
