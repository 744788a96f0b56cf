from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]


def test_the_list_names_every_plugin_with_its_distribution_state_and_models(run: Run) -> None:
    listed = {row["name"]: row for row in json.loads(run("plugins", "list", "--json").stdout)}
    for name in ("chemception", "mass_spec"):
        assert (listed[name]["distribution"], listed[name]["state"]) == ("chemtranslate", "active")
    assert "mass_spec/table1" in listed["mass_spec"]["encoder"]
    assert "mass_spec/table2" in listed["mass_spec"]["decoder"]
    plain = run("plugins", "list").stdout
    assert all(name in plain for name in listed)


def test_info_says_which_formats_are_read_and_written(run: Run) -> None:
    plain = run("plugins", "info", "mass_spec").stdout
    assert "format msp (.msp): read and written" in plain
    assert "modality mass_spec" in plain
    assert "did you mean mass_spec" in run("plugins", "info", "mass_spek", code=2).stderr
