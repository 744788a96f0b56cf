from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from chemtranslate.translator import Translator

HOSTILE = Path(__file__).parent / "hostile"
Run = Callable[..., Result]


def test_every_record_is_kept_or_set_aside_with_a_reason(run: Run, tmp_path: Path) -> None:
    path = shutil.copy(HOSTILE / "mixed.msp", tmp_path)
    result = run("prepare", "mass_spec", path, "-o", tmp_path / "out.msp", "--rejects",
                 tmp_path / "rejects.csv", "--json")
    outcome = json.loads(result.stdout)
    assert (outcome["read"], outcome["written"], outcome["rejected"]) == (6, 2, 4)
    assert [s.id for s in Translator().read(tmp_path / "out.msp", modality="mass_spec")] == [
        "T1", "T5"]
    assert len((tmp_path / "rejects.csv").read_text().splitlines()) == 5
    for kind, count in outcome["rejects"].items():
        assert kind in result.stderr
        assert count


def test_prepared_records_are_untouched_by_preparing_them_again(run: Run, tmp_path: Path) -> None:
    run("prepare", "mass_spec", HOSTILE / "mixed.msp", "-o", tmp_path / "once.msp", "--rejects",
        tmp_path / "rejects.csv")
    run("prepare", "mass_spec", tmp_path / "once.msp", "-o", tmp_path / "twice.msp")
    assert (tmp_path / "once.msp").read_bytes() == (tmp_path / "twice.msp").read_bytes()


def test_a_list_of_chemicals_says_whose_the_records_are(run: Run, tmp_path: Path) -> None:
    record = "NAME: {}\nNum Peaks: 5\n15 1\n27 20\n29 30\n31 100\n45 50\n\n"
    (tmp_path / "in.msp").write_text(record.format("A1") + record.format("A2"))
    listed = tmp_path / "listed.csv"
    listed.write_text("smiles,id\nCCO,A1\n")
    given = ("prepare", "mass_spec", tmp_path / "in.msp", "--identities", listed)
    run(*given, "-o", tmp_path / "out.msp")
    (kept,) = Translator().read(tmp_path / "out.msp", modality="mass_spec")
    assert kept.id == "A1"
    assert kept.chemical
    assert kept.chemical.smiles == "CCO"
    for output, *others in ((listed,), (tmp_path / "new.msp", "--rejects", listed)):
        result = run(*given, "-o", output, *others, "--force", code=2)
        assert "names another file of this command" in result.stderr
        assert listed.read_text() == "smiles,id\nCCO,A1\n"
    assert not (tmp_path / "new.msp").exists()


def test_a_modality_without_preparation_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.smi").write_text("CCO\n")
    result = run("prepare", "chemception", tmp_path / "in.smi", "-o", tmp_path / "out.smi", code=2)
    assert "modality 'chemception' has no preparation" in result.stderr
