"""The six gases of the drift data set, as its files number them."""

from __future__ import annotations

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError

GASES = {
    "1": Chemical("CCO", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N", "ethanol", "64-17-5"),
    "2": Chemical("C=C", "VGGSQFUCUMXWEO-UHFFFAOYSA-N", "ethylene", "74-85-1"),
    "3": Chemical("N", "QGZKDVFQNNGYKY-UHFFFAOYSA-N", "ammonia", "7664-41-7"),
    "4": Chemical("CC=O", "IKHGUXGNUITLKF-UHFFFAOYSA-N", "acetaldehyde", "75-07-0"),
    "5": Chemical("CC(C)=O", "CSCPPACGZOOCGX-UHFFFAOYSA-N", "acetone", "67-64-1"),
    "6": Chemical("Cc1ccccc1", "YXFVVABEGXRONW-UHFFFAOYSA-N", "toluene", "108-88-3"),
}
"""By their codes in libsvm files."""
_BY_NAME = {gas.name: gas for gas in GASES.values()}
_BY_KEY = {gas.key: code for code, gas in GASES.items()}


def gas_of(text: str) -> Chemical:
    """Return the gas that a code or a name stands for.

    Raises:
        InputError: it is none of the six.
    """
    gas = GASES.get(text) or _BY_NAME.get(text.lower())
    if gas is None:
        known = ", ".join(f"{code} ({gas.name})" for code, gas in GASES.items())
        raise InputError(f"found the gas {text[:40]!r}, expected one of {known}")
    return gas


def code_of(key: str) -> str | None:
    """Return the code of a chemical by the first block of its InChIKey; None for other ones."""
    return _BY_KEY.get(key)
