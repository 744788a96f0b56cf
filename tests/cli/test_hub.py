from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from chemtranslate.hub import Hub

Run = Callable[..., Result]


def test_info_shows_the_card_for_people_and_for_programs(run: Run, tiny_hub: Hub,
                                                         tiny_hub_folder: Path) -> None:
    plain = run("hub", "info", "--hub", tiny_hub_folder).stdout
    assert tiny_hub.id in plain
    assert "512 dimensions" in plain
    assert "20 chemicals" in plain
    described = json.loads(run("hub", "info", "--hub", tiny_hub_folder, "--json").stdout)
    assert described == json.loads(tiny_hub.card.model_dump_json())


def test_training_without_labelled_chemicals_is_refused_and_leaves_nothing(
        run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    result = run("hub", "train", "--data", tmp_path / "data", "-o", tmp_path / "hub", code=2)
    assert "tox21.csv: no such file" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_an_unknown_hub_suggests_the_nearest(run: Run) -> None:
    assert "did you mean chemception" in run("hub", "info", "--hub", "chemceptoin-0",
                                             code=2).stderr
