from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chemtranslate.errors import PluginError, UnknownNameError
from chemtranslate.plugins import Registry, registry
from chemtranslate.specs import API_VERSION, resolve

Found = Callable[[], Registry]
Install = Callable[..., Path]

HEAD = """
from chemtranslate import hookimpl
from chemtranslate.specs import *

def modality(name, **more):
    return ModalitySpec(name=name, formats=(FormatSpec(name="x", suffixes=(".x",)),), **more)
"""


def brings(*modalities: str) -> str:
    """Return the source of a plugin that registers modalities, each given as a call."""
    calls = ", ".join(f"modality({each})" for each in modalities)
    return f"{HEAD}\n@hookimpl\ndef chemtranslate_modalities():\n    return [{calls}]\n"


def test_a_plugin_is_found_by_its_entry_point_and_says_where_it_comes_from(
        install: Install, found: Found) -> None:
    install("sniffer-plugin", brings("'sniffer'", "'nose'"), entry="sniffer")
    plugin = found().plugin("sniffer")
    assert plugin.state == "active"
    assert (plugin.distribution, plugin.version) == ("sniffer-plugin", "1.0")
    assert plugin.names() == {"modality": ["sniffer", "nose"]}
    assert found().plugin("sniffer-plugin") == plugin
    assert found().owner("modality", "nose").distribution == "sniffer-plugin"
    assert found().names("modality")[:2] == registry().names("modality")[:2]


@pytest.mark.parametrize(("source", "reason"), [
    ("raise RuntimeError('no\\nlicence')", "RuntimeError: no licence"),
    ("import not_installed_anywhere", "ModuleNotFoundError: No module named"),
    ("raise SystemExit(3)", "SystemExit: 3"),
    ("def f(:", "SyntaxError"),
    (brings("'half'") + "\n@hookimpl\ndef chemtranslate_encoders():\n    raise ValueError('late')",
     "ValueError: late"),
    (brings("'half'") + "\n@hookimpl\ndef chemtranslate_modalites():\n    return []",
     "unknown hook 'chemtranslate_modalites'"),
    (brings("'half'") + "\n@hookimpl\ndef chemtranslate_encoders():\n    return ['toy/linear']",
     "chemtranslate_encoders returned a str, expected EncoderSpec"),
    (brings("'Not A Name'"), "ValidationError"),
    (brings("'half', unheard_of=1"), "ValidationError"),
    (brings(f"'half', api={API_VERSION + 1}"),
     f"'half' is made for hook API {API_VERSION + 1}, this chemtranslate has {API_VERSION}"),
    (brings("'half'", f"'other', api={API_VERSION + 1}"), "'other' is made for hook API"),
    (brings("'half'", "'half'"), "modality 'half' is claimed by"),
])
def test_a_broken_plugin_is_reported_brings_nothing_and_harms_nobody(
        install: Install, found: Found, source: str, reason: str) -> None:
    install("broken-one", source, entry="broken")
    install("sound-one", brings("'sound'"), entry="sound")
    known = found()
    plugin = known.plugin("broken")
    assert plugin.state == "failed"
    assert reason in plugin.reason
    assert "\n" not in plugin.reason
    assert plugin.distribution == "broken-one"
    assert plugin.names() == {}
    assert known.names("modality") == [*registry().names("modality"), "sound"]


def test_two_strangers_with_one_name_are_both_refused_and_both_named(install: Install,
                                                                     found: Found) -> None:
    install("first-nose", brings("'nose'", "'ear'"), entry="one")
    install("second-nose", brings("'nose'"), entry="two")
    known = found()
    with pytest.raises(PluginError, match="'nose' is claimed by first-nose .* and second-nose"):
        known.modality("nose")
    assert [known.plugin(name).state for name in ("one", "two")] == ["failed", "failed"]
    with pytest.raises(UnknownNameError):
        known.modality("ear")


def test_a_stranger_cannot_take_the_name_of_a_built_in_sensor(install: Install, found: Found,
                                                              ) -> None:
    install("squatter", brings("'mass_spec'"))
    known = found()
    assert known.plugin("squatter").state == "failed"
    assert "squatter" in known.plugin("squatter").reason
    assert "chemtranslate (mass_spec)" in known.plugin("squatter").reason
    assert known.owner("modality", "mass_spec").distribution == "chemtranslate"
    assert known.modality("mass_spec") == registry().modality("mass_spec")


def test_one_may_bring_a_model_for_the_sensor_of_another(install: Install, found: Found) -> None:
    install("better", HEAD + """
@hookimpl
def chemtranslate_decoders():
    return [DecoderSpec(name="mass_spec/better", modality="mass_spec", load="better:load")]
""")
    assert found().decoder("mass_spec/better").modality == "mass_spec"
    assert found().owner("decoder", "mass_spec/better").distribution == "better"


def test_a_damaged_installation_without_metadata_harms_nobody(install: Install, found: Found,
                                                              ) -> None:
    install("ghost", brings("'ghost'"), metadata=False)
    install("sound-one", brings("'sound'"))
    assert "sound" in found().names("modality")


def test_an_unknown_name_suggests_the_nearest(found: Found) -> None:
    with pytest.raises(UnknownNameError, match="'mas_spec': did you mean mass_spec"):
        found().modality("mas_spec")
    with pytest.raises(UnknownNameError, match="did you mean mass_spec/table1"):
        found().encoder("mass_spec/tabel1")
    with pytest.raises(UnknownNameError, match="unknown plugin 'zzz': known are"):
        found().plugin("zzz")


@pytest.mark.parametrize("reference", ["no_such_module:load", "chemtranslate.specs:no_such"])
def test_an_import_string_that_leads_nowhere_is_a_plugin_error(reference: str) -> None:
    with pytest.raises(PluginError, match=f"cannot load '{reference}'"):
        resolve(reference)


def test_every_import_string_of_the_built_in_plugins_leads_somewhere() -> None:
    for plugin in registry().plugins:
        assert plugin.state == "active", plugin.reason
        for specs in plugin.specs.values():
            for spec in specs:
                for described in (spec, *getattr(spec, "formats", ())):
                    for value in described.model_dump().values():
                        if isinstance(value, str) and ":" in value and " " not in value:
                            resolve(value)
