from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chemtranslate.errors import ArtefactError, OutputError
from chemtranslate_mass_spec.experiment.stages import Stages

RUN = {"library": "abc", "plan": {"seeds": 2, "regimes": (1, 2)}}


def refuse() -> dict[str, np.ndarray]:
    raise AssertionError("made again")


def test_a_stage_is_made_once(tmp_path: Path) -> None:
    stages = Stages(tmp_path / "run", RUN)
    assert not stages.done("a")
    first = stages.arrays("a", lambda: {"x": np.arange(3)})
    again = Stages(tmp_path / "run", RUN)
    assert again.done("a")
    np.testing.assert_array_equal(first["x"], again.arrays("a", refuse)["x"])
    assert stages.data("b", lambda: {"k": [1, 2]}) == again.data("b", refuse) == {"k": [1, 2]}


def test_a_stage_that_fails_leaves_nothing(tmp_path: Path) -> None:
    stages = Stages(tmp_path, RUN)
    with pytest.raises(AssertionError):
        stages.arrays("a", refuse)
    assert [one.name for one in tmp_path.iterdir()] == ["run.json"]


def test_another_run_is_refused_and_says_what_differs(tmp_path: Path) -> None:
    Stages(tmp_path, RUN).data("a", lambda: 1)
    with pytest.raises(OutputError, match="other library; use --force"):
        Stages(tmp_path, {**RUN, "library": "xyz"})
    anew = Stages(tmp_path, {**RUN, "library": "xyz"}, force=True)
    assert not anew.done("a")


def test_stages_of_an_unknown_run_are_not_taken_for_those_of_another(tmp_path: Path) -> None:
    Stages(tmp_path, RUN).data("a", lambda: 1)
    (tmp_path / "run.json").unlink()  # as when emptying the folder was interrupted
    with pytest.raises(OutputError, match=r"without run\.json, so of an unknown run"):
        Stages(tmp_path, RUN)
    assert not Stages(tmp_path, RUN, force=True).done("a")


def test_a_damaged_stage_is_named(tmp_path: Path) -> None:
    stages = Stages(tmp_path, RUN)
    stages.arrays("a", lambda: {"x": np.arange(3)})
    (tmp_path / "a.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ArtefactError, match=r"a\.safetensors: damaged"):
        stages.arrays("a", refuse)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_a_damaged_record_of_the_run_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(OutputError, match=r"run\.json: damaged"):
        Stages(tmp_path, RUN)
