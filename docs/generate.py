"""Write the parts of the documentation that follow from the code, the cards and the results.

`python docs/generate.py` writes them; `python docs/generate.py --check` writes nothing and exits
with 1 when a file differs from what would be written. Each page is a module of `pages`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pages import (
    api,
    cli,
    experiment,
    identification,
    models,
    readme,
    results,
    sensor_array,
    sensors,
)
from pages.places import DOCS, ROOT


def pages() -> dict[Path, str]:
    """Return the text of every generated file by its path."""
    return {
        DOCS / "reference" / "cli.md": cli.page(),
        DOCS / "reference" / "api.md": api.page(),
        DOCS / "models.md": models.page(),
        DOCS / "results.md": results.page(),
        DOCS / "experiment.md": experiment.page(),
        DOCS / "identification.md": identification.page(),
        DOCS / "sensors.md": sensors.page(),
        DOCS / "sensor-array.md": sensor_array.page(),
        readme.README: readme.page(),
    }


def main(arguments: list[str]) -> int:
    """Write or, with --check, compare all generated files; return the exit code."""
    differing = 0
    for path, text in pages().items():
        old = path.read_text(encoding="utf-8") if path.is_file() else None
        if old == text:
            continue
        differing += 1
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} differs from what the code says; run "
                  "python docs/generate.py")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if differing and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
