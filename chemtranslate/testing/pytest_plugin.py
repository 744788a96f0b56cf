"""The pytest fixture for authors of plugins; it imports nothing until a test asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chemtranslate.testing.report import Report


@pytest.fixture
def check_plugin(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """Return a function that takes the arguments of `chemtranslate.testing.check_plugin`.

    It fails the test with a line for each failed check, and returns the report where none failed.
    What was not checked is shown with the test where pytest is asked for it (`-rA`).
    """

    def _check_plugin(name: str, **options: Any) -> Report:
        from chemtranslate.testing import check_plugin

        report = check_plugin(name, **options)
        request.node.add_report_section("call", "checks", report.table())
        if not report:
            lines = [*map(str, report.of("failed")), report.counted()]
            pytest.fail("\n".join(lines), pytrace=False)
        return report

    return _check_plugin
