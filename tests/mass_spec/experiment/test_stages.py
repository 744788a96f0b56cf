from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chemtranslate.errors import ArtefactError, OutputError
from chemtranslate_mass_spec.experiment.stages import Stages, alone_in

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
    assert not stages.begun
    assert not stages.done("a")


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


def test_time_is_added_up_over_runs_and_never_guessed(tmp_path: Path) -> None:
    Stages(tmp_path, RUN).spend(2.0)
    again = Stages(tmp_path, RUN)
    again.spend(3.5)
    assert again.seconds == 5.5
    (tmp_path / "time.json").unlink()
    again.spend(1.0)
    assert again.seconds is None
    assert not again.begun


def test_what_a_killed_process_left_half_written_goes(tmp_path: Path) -> None:
    Stages(tmp_path, RUN)
    (tmp_path / ".trial-1-0.json.abc.part").write_text("half")
    assert not Stages(tmp_path, RUN).begun


def test_two_runs_do_not_work_in_one_folder(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with (alone_in(tmp_path), pytest.raises(OutputError, match="another run works there"),
          alone_in(tmp_path)):
        pass
    with alone_in(tmp_path):
        assert not list(tmp_path.iterdir())
