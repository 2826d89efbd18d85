"""The text form read back: whatever prints is read, whatever is malformed is refused at its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import ConstraintError
from earwitness.logic.constraint import Before, Constraint, Lasts, Not, Present
from earwitness.logic.parsing import parse
from logic.strategies import ODD_LABELS, any_seconds, atoms, constraints, odd_labels, trees


@settings(max_examples=300)
@given(st.one_of(constraints, trees(atoms(odd_labels, any_seconds))))
def test_what_is_printed_is_read_back(constraint: Constraint) -> None:
    again = parse(str(constraint))
    assert again == constraint
    assert str(again) == str(constraint)


@pytest.mark.parametrize("label", ODD_LABELS, ids=ascii)
def test_odd_labels(label: str) -> None:
    assert parse(str(Present(label))) == Present(label)
    assert parse(str(Before((label, "b", label), within=0.5))) == Before((label, "b", label), within=0.5)


@pytest.mark.parametrize(
    "text",
    [
        "before(a,b,within=2)",
        "  before ( a , b , within = 2.0 )\n",
        "before(\ta,\n b,\r\n within=2.000000)",
        "before(a, b, within=02)",
        'before("a", "\\u0062", within=2)',
        "before(a, b, within=2.0000004)",
        "before(a, b, within=2,)",
    ],
)
def test_free_forms(text: str) -> None:
    assert str(parse(text)) == "before(a, b, within=2)"


def test_every_label_can_be_an_operators_or_options_name() -> None:
    assert parse("before(before, within, within=1)") == Before(("before", "within"), within=1)
    assert parse("not(present(not))") == Not(Present("not"))


OPERATORS = "one of present, absent, before, overlap, during, lasts, longer, count, all, any, not"


@pytest.mark.parametrize(
    ("text", "expected", "character"),
    [
        ("", OPERATORS, 1),
        ("   ", OPERATORS, 4),
        ("maybe(a)", OPERATORS, 1),
        ("Present(a)", OPERATORS, 1),
        ("(a)", OPERATORS, 1),
        ('"present"(a)', OPERATORS, 1),
        ("all(a)", OPERATORS, 5),
        ("all(present(a), maybe(b))", OPERATORS, 17),
        ("not(at_least=2)", OPERATORS, 5),
        ("present", "'('", 8),
        ("present a", "'('", 9),
        ("present(", "')'", 9),
        ("present(a", "','", 10),
        ("present(a b)", "','", 11),
        ("present(present(a))", "','", 16),
        ("present(a) x", "nothing more", 12),
        ("present(a))", "nothing more", 11),
        ("present(a), present(b)", "nothing more", 11),
        ("present(,a)", "a label", 9),
        ("present(1.5)", "a label", 9),
        ("before(a,,b)", "a label", 10),
        ('present("\\x")', "JSON string", 9),
        ('present("a\nb")', "JSON string", 9),
        ('present("a)', "a name", 9),
        ("present(é)", "a name", 9),
        ("present(car-horn)", "a name", 12),
        ("lasts(a, at_least=-1)", "a name", 19),
        ("lasts(a, at_least=.5)", "a name", 19),
        ("lasts(a, at_least=5.)", "a name", 20),
        ("lasts(a, at_least=5.5.5)", "a name", 22),
        ("lasts(a, at_least=٣)", "a name", 19),
        ("lasts(a, at_least=1e3)", "a number", 19),
        ("lasts(a, at_least=1_000)", "a number", 19),
        ("lasts(a, at_least=inf)", "a number", 19),
        ("lasts(a, at_least=nan)", "a number", 19),
        ('lasts(a, at_least="5")', "a number", 19),
        ("lasts(a, at_least=)", "a number", 19),
        ("lasts(a, at_least=", "a number", 19),
        ("lasts(a, at_least=" + "9" * 5000 + ")", "a number of at most", 19),
        ("count(a, exactly=" + "9" * 5000 + ")", "a number of at most", 18),
        ("lasts(a, at_least", "','", 18),
        ("before(a, b, within=2, within=3)", "within at most once", 24),
        ("before(a, b, at_least=2)", "within at most once", 14),
        ("overlap(a, b, at_most=2)", "at_least at most once", 15),
        ("lasts(a, exactly=2)", "at_least, at_most at most once", 10),
        ("present(a, within=2)", "no option in present", 12),
        ("absent(a, exactly=0)", "no option in absent", 11),
        ("longer(a, b, at_least=1)", "no option in longer", 14),
        ("during(a, b, at_least=1)", "no option in during", 14),
        ("before(within=2, a, b)", "labels stand first", 18),
        ("present()", "1 label, not 0", 1),
        ("present(a, b)", "1 label, not 2", 1),
        ("all(present(z), overlap(a))", "2 labels, not 1", 17),
        ("longer(a, b, c)", "2 labels, not 3", 1),
    ],
)
def test_a_malformed_text_is_refused_at_its_place(text: str, expected: str, character: int) -> None:
    with pytest.raises(ConstraintError) as caught:
        parse(text)
    message = str(caught.value)
    assert message.startswith(f"Constraint {text!r}: expected ")
    assert expected in message
    assert f" at character {character}, got " in message


@pytest.mark.parametrize(
    ("text", "character", "message"),
    [
        ("all(present(b), overlap(a, a))", 17, "two different labels"),
        ("before(a)", 1, "at least two labels"),
        ("lasts(a)", 1, "exactly one of at_least= or at_most=; got none"),
        ("lasts(a, at_least=1, at_most=2)", 1, "exactly one of"),
        ("not(lasts(a, at_least=0))", 5, "positive number of seconds; got 0"),
        ("lasts(a, at_least=1000000000)", 1, "positive number of seconds"),
        ("lasts(a, at_least=" + "9" * 49 + ")", 1, "positive number of seconds"),
        ("count(a, exactly=1.5)", 1, "whole number of events; got 1.5"),
        ("count(a, at_least=0)", 1, "whole number of events; got 0"),
        ("count(a, exactly=" + "9" * 49 + ")", 1, "whole number of events"),
        ("all()", 1, "at least one constraint inside"),
        ("not()", 1, "one constraint inside; got 0"),
        ("not(present(a), present(b))", 1, "one constraint inside; got 2"),
        ('present("")', 1, "not empty"),
    ],
)
def test_what_has_no_meaning_is_refused_at_its_operator(text: str, character: int, message: str) -> None:
    with pytest.raises(ConstraintError, match=message) as caught:
        parse(text)
    assert f"{text!r}, character {character}: " in str(caught.value)


@pytest.mark.parametrize("opening", ["not(", "all(", "any(present(a), "])
@pytest.mark.parametrize("depth", [52, 1000, 5000])
def test_deep_nesting_is_refused(opening: str, depth: int) -> None:
    for text in (opening * depth, opening * depth + "present(a)" + ")" * depth):
        with pytest.raises(ConstraintError, match="at most 50 constraints inside one another"):
            parse(text)


def test_fifty_levels_are_read() -> None:
    text = "not(" * 50 + "present(a)" + ")" * 50
    assert str(parse(text)) == text


def test_brackets_alone_are_refused() -> None:
    with pytest.raises(ConstraintError, match="at character 1, got"):
        parse("((((" * 1000)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        constraint = parse(text)
    except ConstraintError as error:
        assert repr(text) in str(error)
    else:
        assert parse(str(constraint)) == constraint


@settings(max_examples=300)
@given(trees(atoms(odd_labels, any_seconds)).map(str), st.data())
def test_a_damaged_text_is_read_or_refused(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 4)))
    damaged = text[:start] + data.draw(st.text('(),="\\.019a_ é', max_size=3)) + text[end:]
    try:
        constraint = parse(damaged)
    except ConstraintError as error:
        assert repr(damaged) in str(error)
    else:
        assert parse(str(constraint)) == constraint


def test_numbers_are_kept_to_the_microsecond() -> None:
    assert parse("lasts(a, at_least=0.1234567)") == Lasts("a", at_least=0.123457)
