"""Every check passes a plugin that keeps its promises, and finds the one that breaks its rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chemtranslate.errors import ArtefactError, InputError, UnknownNameError
from chemtranslate.plugins import Registry
from chemtranslate.testing import Report, check_plugin, malformed, registration

SOUND = (Path(__file__).parent / "sound_sensor.py").read_text(encoding="utf-8")
EXAMPLES = '["e 1", [0, 1, 2, 0, 0, 4]]\n["e 2", [0.5, 0, 0, 1, 0, 0]]\n'
Check = Callable[..., Report]


@pytest.fixture
def check(install: Callable[..., Path], found: Callable[[], Registry]) -> Check:
    """Return `check((old, new), ..., examples=...)`: the sound plugin, changed, checked."""
    def _check(*changes: tuple[str, str], examples: str = EXAMPLES, **options: object) -> Report:
        source = SOUND
        for old, new in changes:
            assert old in source
            source = source.replace(old, new, 1)
        site = install("sound-sensor", source)
        (site / "examples.lines").write_text(examples)
        (site / "hub").mkdir()
        (site / "hub" / "card.json").write_text("{}")
        return check_plugin("sound-sensor", plugins=found(), **{"hub": "sound-hub", **options})

    return _check


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the two checks that start a process; tests of their own try these."""
    monkeypatch.setattr(malformed, "try_all", lambda task, sound: 0)
    monkeypatch.setattr(registration, "_lazy", lambda name: None)


def test_a_plugin_that_keeps_every_promise_passes_every_check(check: Check) -> None:
    report = check()
    assert report, report.table()
    assert report.of("not checked") == ()
    assert len(report.of("passed")) > 40
    assert report.table().splitlines()[-1] == (
        f"sound-sensor (sound-sensor 1.0): passed {len(report.findings)} / failed 0 / "
        "not checked 0")


NAN = ("astype(np.float32)\n", "astype(np.float32) * np.float32(np.nan)\n")
BROKEN = {
    "names": [
        (('load=f"{ME}:Loss")', 'load=f"{ME}:Loss"), AugmenterSpec(name="other/loss", '
          'modality="sound", load=f"{ME}:Loss")'), "a name that begins with 'sound/'"),
        (('augmenter="sound/loss"', 'augmenter="sound/lost"'), "did you mean sound/loss"),
        (('suffixes=(".sum",)', 'suffixes=("SUM",)'), "the suffix 'SUM'"),
        (('structures="chemception"', 'structures="chem"'), "the name of a registered modality"),
        (('suffixes=(".sum",), write=f"{ME}:write_sum"', 'suffixes=(".sum",)'), "read or write"),
    ],
    "import strings": [
        (('load=f"{ME}:Encoder")', 'load=f"{ME}:Encoder", train=f"{ME}:absent")'), "absent"),
        (('load=f"{ME}:Encoder")', 'load=f"{ME}:Encoder", train=f"{ME}:ME")'), "can be called"),
    ],
    "commands": [(('cli.command("sound")(lambda: None)', "cli.no_such_thing"), "no_such_thing")],
    "array form": [(('dtype = "float32"', 'dtype = "float64"'), "'float32' or 'str'")],
    "array and signal": [
        (("return np.asarray(array, np.float64)", "return np.asarray(array, np.float64)[::-1]"),
         "the array again")],
    "no signal": [(('raise InputError("found nothing in the array")', "1 / 0"),
                   "ZeroDivisionError: division by zero (sound_sensor.py, line ")],
    "parts left out": [(("        return 0\n", "        return -1\n"), "-1 parts left out")],
    "writing": [(("stream.write(b\"%d\\n\" % sum(1 for _ in samples))", "len(samples)"),
                 "has no len()")],
    "preparation": [
        (("yield from records", "yield from (r for r in records if isinstance(r, Sample))"),
         "every record again")],
    "figures": [((".mean(1)}", ".mean()}"), "'difference' of shape ()")],
    "picture": [((r'b"\x89PNG\r\n\x1a\n"', 'b"GIF89a"'), "GIF89a")],
    "same under a seed": [(("rng.uniform(size=6)", "np.random.default_rng().uniform(size=6)"),
                           "drawn from `rng`")],
    "damages": [
        (("return replace(sample, signal=np.where(kept, sample.signal, 0))", "return sample"),
         "none changed"),
        (("return replace(sample, signal", 'return replace(sample, id="x", signal'),
         "the id and chemical of its source")],
    "leaves the sample as it was": [
        (("return replace(sample, signal=np", "sample.signal[0] += 1e-3\n"
          "        return replace(sample, signal=np"), "the source to stay as it was")],
    "adds nothing": [
        (("np.where(kept, sample.signal, 0)", "np.where(kept, sample.signal, 0.01)"), "")],
    "hub vectors": [
        (("self.dimensions - 6)))", "3)))"), "of shape "),
        (("self.dimensions - 6)))", "self.dimensions - 6))) * np.float32(np.nan)"),
         "not finite")],
    "decoded arrays": [
        (("vectors[:, :6].copy()", "vectors[:, :6].astype(np.float64)"), "type float64"),
        (("vectors[:, :6].copy()", "vectors[:, :5].copy()"), "(6, 5)")],
    "decoded signals": [(("vectors[:, :6].copy()", "0 * vectors[:, :6]"), "in none of 6")],
    "regions": [(('return ["low" if', 'return ["low" if len(vectors) > 1 or'), "the same names")],
    "generated arrays": [(("zip(arrays, rngs, strict=True)]", "zip(arrays, rngs)][:1]"), "")],
    "generates the same under a seed": [
        (("array * rng.uniform(0.5, 1)", "array * np.random.default_rng().uniform(0.5, 1)"),
         "equal generators")],
    "generates a batch as one by one": [
        (("array * rng.uniform(0.5, 1)", "array * rngs[-1].uniform(0.5, 1)"), "one by one")],
    "points": [(("1] for one in smiles], np.float32)", "1] for one in smiles])"), "int64")],
    "no structure": [(("raise StructureError(", "str("), "expected a StructureError")],
    "card and hub id": [
        (("hub=hub.id", 'hub="ffff"'), "hub 'ffff' on its card"),
        (('role = "decoder"', 'role = "encoder"'), "role 'encoder' on its card, expected 'dec"),
        (('name="sound-hub", hub=', 'name="sound-hut", hub='), "sound-hut"),
    ],
    "batch as one by one": [
        (("self.dimensions - 6)))", "self.dimensions - 6))) / np.float32(len(arrays))"), "of the"),
        (("vectors[:, :6].copy()", "vectors[:, :6] - vectors[:, :6].mean(0)"), "of the"),
        (("1] for one in smiles", "len(smiles)] for one in smiles"), "of the")],
    "same twice": [
        (("return np.pad(arrays", "return np.float32(np.random.normal()) + np.pad(arrays"), ""),
        (("vectors[:, :6].copy()", "vectors[:, :6] * np.float32(np.random.normal())"), ""),
        (("1] for one in smiles], np.float32)", "np.random.normal()] for one in smiles], "
          "np.float32)"), "")],
    "leaves its input as it was": [
        (("        return np.pad(arrays", "        arrays += 1e-3\n        return np.pad(arrays"),
         ""),
        (("        return vectors[:, :6].copy()", "        vectors *= 2\n"
          "        return vectors[:, :6].copy()"), "")],
    "loads": [
        (('role = "encoder"', 'role = "coder"'), "ValidationError"),
        (("    def augment(", "    def damage("), "an object with `augment(sample, rng)`")],
    "hooks and API version": [
        (('name="sound/loss", ', 'name="sound/loss", api=2, '), "one that loads and is made"),
        (("import json\n", "import json\nimport no_such_module\n"), "No module named")],
}
GENERATED = {"generated arrays", "generates the same under a seed",
             "generates a batch as one by one"}
DECODED = {"decoded arrays", "decoded signals", "same twice", "batch as one by one",
           "leaves its input as it was"}
ALSO = {"same twice": {"batch as one by one", "generates the same under a seed"},
        "leaves its input as it was": {"same twice"},
        "generated arrays": GENERATED, "generates the same under a seed": GENERATED,
        "leaves the sample as it was": {"same under a seed"},
        "hub vectors": {"same twice", "batch as one by one", "leaves its input as it was"},
        "decoded arrays": DECODED,
        "array form": {"arrays", "damages"} | DECODED | GENERATED,
        "points": {"same twice", "batch as one by one"},
        "no signal": {"decoded signals"}}
"""Checks that cannot hold where another one fails."""


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(("rule", "change", "said"), [
    pytest.param(rule, change, said, id=f"{rule} {number}")
    for rule, cases in BROKEN.items() for number, (change, said) in enumerate(cases, 1)])
def test_a_broken_rule_is_found_and_no_other(check: Check, rule: str, change: tuple[str, str],
                                             said: str) -> None:
    registered = rule != "hooks and API version"
    report = check(change, hub="sound-hub" if registered else None)
    failed = report.of("failed")
    assert not report
    assert rule in {finding.check for finding in failed}, report.table()
    assert {finding.check for finding in failed} <= {rule, *ALSO.get(rule, ())}, report.table()
    first = next(finding for finding in failed if finding.check == rule)
    assert first.said.startswith("found ")
    assert "expected " in first.said
    assert said in first.said


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(("change", "said"), [
    (("astype(np.float32)\n", "astype(np.float64)\n"), "type float64, expected (6,) and float32"),
    (("astype(np.float32)\n", "astype(np.float32)[:5]\n"), "of shape (5,)"),
    (NAN, "6 numbers in the array of sample 'e 1' that are not finite"),
])
def test_arrays_that_are_not_of_the_form_are_found(check: Check, change: tuple[str, str],
                                                   said: str) -> None:
    failed = {finding.check: finding.said for finding in check(change).of("failed")}
    assert said in failed["arrays"]


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(("change", "said"), [
    (("record = [sample.id, ", "record = [sample.name, "),
     "found the id 'another name', expected 'kit 7, \"b\" ü#0' as it was written"),
    (("record = [sample.id, ", 'record = [sample.id.partition("#")[0], '), "ü#0' as it was"),
    (("{value:.6g}", "{value:.1g}"), "the array of "),
    (("    for sample in samples:\n        record", "    for sample in list(samples)[1:]:\n"
      "        record"), "found 0 samples read, expected the 1 written"),
    (("    for sample in samples:\n        record", "    for sample in samples:\n"
      "        str(sample.metadata['Hub'])\n        record"), "KeyError: 'Hub'"),
    (("stream.write(json.dumps(record).encode() + b\"\\n\")", "stream.write(b'{}')"),
     "a written sample rejected"),
    (("        stream.write(json.dumps(record).encode() + b\"\\n\")",
      "        stream.write(json.dumps(record).encode() + b\"\\n\")\n    stream.close()"),
     "left open"),
])
def test_what_is_lost_in_a_round_trip_is_found(check: Check, change: tuple[str, str], said: str,
                                               ) -> None:
    report = check(change)
    assert {finding.check for finding in report.of("failed")} == {"round trip"}, report.table()
    assert said in report.of("failed")[0].said


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(("examples", "said"), [
    (EXAMPLES + "not a record\n", "record 3 of examples.lines: "), ("", "the file is empty")])
def test_examples_that_are_not_sound_are_found(check: Check, examples: str, said: str) -> None:
    report = check(examples=examples)
    assert [finding.check for finding in report.of("failed")] == ["examples"], report.table()
    assert said in report.of("failed")[0].said


@pytest.mark.parametrize(("change", "said"), [
    (("OverflowError) as error", "OverflowError) as error:\n            raise\n        except "
      "ZeroDivisionError as error"), "JSONDecodeError"),
    (("            label, signal = json", "            while b'\\\"\\\"\\\"' in line: pass\n"
      "            label, signal = json"), "no end after 1 s, in "),
    (("            label, signal = json", "            import os; b'1111' in line and os._exit(7)\n"
      "            label, signal = json"), "the end of the process (code 7)"),
    (('f"not a record: {error}"', '" "'), "a reject without a reason"),
    (("        if not 1e-30 < highest < 1e30:", "        if False:"), "not finite"),
    (("        except (ValueError", "        except json.JSONDecodeError:\n"
      "            yield Sample(repr(line), np.ones(6))\n            continue\n"
      "        except (ValueError"), "in a file that is not even text"),
])
def test_a_reader_that_malformed_input_makes_raise_hang_or_die_is_found(
        check: Check, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], said: str) -> None:
    monkeypatch.setattr(registration, "_lazy", lambda name: None)
    report = check(change, patience=1)
    (finding,) = report.of("failed")
    assert finding.check == "malformed input"
    assert finding.subject == "sound lines"
    assert said in finding.said
    assert "expected " in finding.said
    assert " bytes, at " in finding.said


def test_a_plugin_that_imports_torch_when_it_is_listed_is_found(
        check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(malformed, "try_all", lambda task, sound: 0)
    (failed,) = check(("import json\n", "import json\nimport rdkit\n")).of("failed")
    assert failed.check == "lazy import"
    assert failed.said.startswith("found ['rdkit'] imported with the plugin's module or its hooks")


@pytest.mark.usefixtures("in_process")
def test_what_cannot_be_checked_is_said(check: Check) -> None:
    report = check(("def __init__(self, folder, hub):", "def __init__(self, folder, hub):\n"
                    "        from chemtranslate.errors import ArtefactError\n"
                    "        raise ArtefactError('train it first')"),
                   ("        form=f\"{ME}:FORM\",", ""), examples="")
    missing = {(finding.check, finding.subject): finding.said
               for finding in report.of("not checked")}
    assert missing["loads", "encoder sound/linear"] == (
        "it ships without weights and none were given: sound/linear: train it first")
    assert missing["hub vectors", "encoder sound/linear"] == "'loads': not checked"
    assert missing["array form", "sound"] == "the modality names no array form"
    assert "name an example file" in missing["round trip", "sound lines"]


def test_what_is_asked_for_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean mass_spec"):
        check_plugin("mass_spek")
    with pytest.raises(UnknownNameError, match="unknown hub"):
        check_plugin("mass_spec", hub="no-such-hub")
    with pytest.raises(InputError, match="that no modality of mass_spec reads"):
        check_plugin("mass_spec", examples=[tmp_path / "spectra.xyz"])
    with pytest.raises(ArtefactError, match="not a model folder"):
        check_plugin("mass_spec", models=[tmp_path])
