"""The plugin of the plugin guide can be built, installed and used."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from documented import DOCS, run, steps

GUIDE = (DOCS / "plugin-guide.md").read_text(encoding="utf-8")
CHEMICALS = ("CCO", "CC(C)=O", "c1ccccc1", "Cc1ccccc1", "CCCCCCCC", "CCOC(C)=O")
WITH_A_HUB = ("train", "translate", "identify")


def test_the_plugin_of_the_guide_runs_as_written(tmp_path: Path, tiny_hub_folder: Path) -> None:
    listed = re.findall(r"^`(nose/\S+)`:\n\n```\w+\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(listed) == 4
    for name, text in listed:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    rng = np.random.default_rng(0)
    rows = [f"r{number}-{copy},{smiles}," + ",".join(f"{x:.3f}" for x in rng.uniform(0.1, 1, 4))
            for number, smiles in enumerate(CHEMICALS) for copy in range(3)]
    (tmp_path / "readings.csv").write_text("\n".join(["id,smiles,s1,s2,s3,s4", *rows]) + "\n")
    (tmp_path / "chemicals.csv").write_text("smiles\n" + "\n".join(CHEMICALS) + "\n")

    site = tmp_path / "site"
    for step in steps(GUIDE):
        words = step.command.split()
        if words[0] == "pip":
            subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps",
                            "--no-build-isolation", "--target", site, "./nose"],
                           cwd=tmp_path, check=True)
        elif words[1] in WITH_A_HUB:
            run(replace(step, command=f"{step.command} --hub {tiny_hub_folder}"), tmp_path, [site])
        else:
            run(step, tmp_path, [site])
    made = (tmp_path / "sniffs.csv").read_text().splitlines()
    assert len(made) == 1 + len(CHEMICALS)
