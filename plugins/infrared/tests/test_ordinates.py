"""The examples of the protocol's own description, and what can be wrong with a table."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from chemtranslate_infrared.ordinates import TableError, pairs, stepped

VALUES = [1, 2, 3, 3, 2, 1, 0, -1, -2, -3]


@pytest.mark.parametrize("table", [
    ["0 1 2 3 3 2 1 0 -1 -2 -3"],
    ["0 1, 2, 3, 3, 2", "5 1 0 -1 -2 -3"],
    ["0+1+2+3+3+2+1+0-1-2-3"],
    ["0ABCCBA@abc"],
    ["0ABCTBA@abc"],
    ["0AJJ%jjjjjj"],
    ["0AJT%jX"],
    ["0AJJ%j", "4Bjjjjj"],
    ["0 1.0E+00 2.0E0 3 3 2 1 0 -1 -2 -3.0e+0"],
])
def test_every_form_of_a_table_gives_the_same_ordinates(table: list[str]) -> None:
    assert stepped(list(enumerate(table, 1)), 0.0, 1.0, 1.0) == VALUES


def test_a_missing_ordinate_is_not_a_number() -> None:
    for table in ("0 1 ? 3", "0A?C"):
        one, two, three = stepped([(1, table)], 0.0, 1.0, 1.0)
        assert (one, three) == (1, 3)
        assert math.isnan(two)


def test_an_abscissa_is_multiplied_by_its_factor() -> None:
    assert stepped([(1, "1000 1 2"), (2, "998 3 4")], 500.0, -0.5, 0.5) == [1, 2, 3, 4]


@pytest.mark.parametrize(("table", "error"), [
    (["0 1 2 3", "7 1 2"], "line 2: begins at 7, expected 3 after 3 points: a line is missing"),
    (["0AJJ", "2DJ"], "line 2: begins with 4, expected 3 as the line before ends"),
    (["0AB~C"], "line 1: found '~'"),
    (["0SAB"], "line 1: found 'S', which repeats nothing"),
    (["0AS9999999"], "line 1: found 'S9999999', expected at most 4,000,000 points"),
    (["0A" + "S1999999" * 1000], "line 1: found 'S1999999', expected at most"),
    (["0AS" + "9" * 5000], "line 1: found 'S9999999999999999999', expected at most"),
    (["0JA"], "line 1: found the difference 'J' to nothing"),
])
def test_what_is_wrong_with_a_table_is_said_with_its_line(table: list[str], error: str) -> None:
    with pytest.raises(TableError) as caught:
        stepped(list(enumerate(table, 1)), 0.0, 1.0, 1.0)
    assert str(caught.value).startswith(error)


def test_pairs_may_stand_several_to_a_line() -> None:
    assert pairs([(1, "1, 2; 3, 4"), (2, "5 6")]) == [(1, 2), (3, 4), (5, 6)]
    with pytest.raises(TableError, match="line 2: found 3 numbers, expected pairs"):
        pairs([(1, "1, 2"), (2, "1 2 3")])
    with pytest.raises(TableError, match="line 1: found 'one two'"):
        pairs([(1, "one two")])


@pytest.mark.parametrize("sign", ["1", " ", "1 ", "1,", ".", "-", "1.", "1e", "?"])
@pytest.mark.parametrize("read", [
    lambda lines: stepped(lines, 0.0, 1.0, 1.0), pairs])
def test_a_long_line_that_is_no_table_is_refused_at_once(
        read: Callable[[list[tuple[int, str]]], object], sign: str) -> None:
    with pytest.raises(TableError):
        read([(1, "0 " + sign * 100_000 + "!")])
