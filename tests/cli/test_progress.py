from __future__ import annotations

import io

import pytest

from chemtranslate.cli import ledger
from chemtranslate.cli.ledger import TrainingBar, watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("total", [None, 300])
def test_on_a_terminal_a_long_reading_shows_how_far_it_is(
        monkeypatch: pytest.MonkeyPatch, total: int | None) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    monkeypatch.setattr(ledger, "PATIENCE", -1.0)
    items = watched(range(300), "chemicals", total)
    assert next(items) == 0
    ledger.sys.stderr.flush()
    assert list(items) == list(range(1, 300))
    shown = ledger.sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "300 of 300 chemicals" in shown if total else "300 chemicals" in shown


def test_elsewhere_nothing_is_shown(capsys: pytest.CaptureFixture[str],
                                    monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "PATIENCE", -1.0)
    assert list(watched(range(3), "chemicals")) == [0, 1, 2]
    assert capsys.readouterr().err == ""


def test_a_training_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    bar = TrainingBar("hub")
    for step in range(1, 4):
        bar(step, 3, 0.5)
    assert "hub: step 3 of 3, loss 0.5" in ledger.sys.stderr.getvalue()  # type: ignore[attr-defined]
