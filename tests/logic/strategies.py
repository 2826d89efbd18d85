"""What the tests of the kernel draw: labels, timelines on a grid, and constraint trees of every form.

Times are drawn as whole numbers of 10 ms from a short range, so that equal, touching and nested events are the rule
and not the exception, and limits fall exactly on lengths.
"""

from __future__ import annotations

from hypothesis import strategies as st

from earwitness.logic.constraint import (
    Absent,
    All,
    Any,
    Before,
    Constraint,
    Count,
    During,
    Lasts,
    Longer,
    Not,
    Overlap,
    Present,
)
from earwitness.logic.events import Event, Timeline

FRAME_S = 0.01

LABELS = ("dog", "car horn", "all", 'say "ah"', "птица", "7")
"""Few, so that a drawn constraint speaks of a drawn timeline."""

ODD_LABELS = (
    *LABELS,
    *("any", "not", "present", "within", "at_least", "true", "null", "_", "1.5", "-1", "1e3", "a=b"),
    *(" ", "  two  spaces ", "a,b", "(", ")", "()", "before(a, b)", '"', '""', "\\", '\\"', "\\n", "\n", "\t", "\x00"),
    *("é", "e\u0301", "ñandú", "犬", "🐕", "٣", "\u2028", "\ufeff", "\u202e", "\x85", "\xa0", "ß", "İ", "ı"),
)

labels = st.sampled_from(LABELS)
odd_labels = st.one_of(st.sampled_from(ODD_LABELS), st.text(min_size=1, max_size=12))


def grid_event(label: st.SearchStrategy[str] = labels, *, frames: int = 60) -> st.SearchStrategy[Event]:
    """Draw an event that lies on the grid of 10 ms, before frame ``frames``."""
    edges = st.lists(st.integers(0, frames), min_size=2, max_size=2, unique=True).map(sorted)
    return st.builds(lambda e, name: Event(e[0] / 100, e[1] / 100, name), edges, label)


def event_lists(label: st.SearchStrategy[str] = labels, *, frames: int = 60, most: int = 10):
    """Draw events on the grid, in any order and with any of them touching, equal or nested."""
    return st.lists(grid_event(label, frames=frames), max_size=most)


timelines = st.one_of(
    event_lists().map(Timeline),
    # Short: nearly everything touches.
    event_lists(frames=6, most=6).map(Timeline),
    # One label often: counts, chains of the same sound.
    event_lists(st.sampled_from(LABELS[:2]), frames=200, most=30).map(Timeline),
)


@st.composite
def once_timelines(draw: st.DrawFn, frames: int = 40) -> Timeline:
    """Draw a timeline in which each label occurs at most once, as in a benchmark's scene."""
    heard = draw(st.lists(labels, unique=True))
    return Timeline([draw(grid_event(st.just(label), frames=frames)) for label in heard])


grid_seconds = st.integers(1, 60).map(lambda frames: frames / 100)
any_seconds = st.one_of(
    grid_seconds,
    st.integers(1, 10**15 - 1).map(lambda micros: micros / 1e6),
    st.floats(1e-6, 999_999_999.999999),
    st.integers(1, 10**6),
)


def atoms(
    label: st.SearchStrategy[str] = labels, seconds: st.SearchStrategy[float] = grid_seconds
) -> st.SearchStrategy[Constraint]:
    """Draw a constraint without others inside, of every form and with every option."""
    pair = st.lists(label, min_size=2, max_size=2, unique=True)
    chain = st.lists(label, min_size=2, max_size=4)
    limit = st.one_of(st.none(), seconds)
    bound = st.sampled_from(("at_least", "at_most"))
    number = st.sampled_from(("at_least", "at_most", "exactly"))
    return st.one_of(
        st.builds(Present, label),
        st.builds(Absent, label),
        st.builds(lambda names, within: Before(tuple(names), within=within), chain, limit),
        st.builds(lambda names, least: Overlap(*names, at_least=least), pair, limit),
        st.builds(lambda names: During(*names), pair),
        st.builds(lambda name, option, value: Lasts(name, **{option: value}), label, bound, seconds),
        st.builds(lambda names: Longer(*names), pair),
        st.builds(lambda name, option, value: Count(name, **{option: value}), label, number, st.integers(1, 4)),
        st.builds(lambda name, option: Count(name, **{option: 0}), label, st.sampled_from(("at_most", "exactly"))),
    )


def trees(
    leaves: st.SearchStrategy[Constraint] | None = None, *, most: int = 8, denying: bool = True
) -> st.SearchStrategy[Constraint]:
    """Draw a constraint of any nesting, with ``not`` if denying."""

    def joined(inner: st.SearchStrategy[Constraint]) -> st.SearchStrategy[Constraint]:
        several = st.lists(inner, min_size=1, max_size=3).map(tuple)
        joins = [st.builds(All, several), st.builds(Any, several)]
        return st.one_of(*joins, st.builds(Not, inner)) if denying else st.one_of(*joins)

    return st.recursive(atoms() if leaves is None else leaves, joined, max_leaves=most)


constraints = trees()
conjunctions = st.lists(atoms(), min_size=1, max_size=4).map(lambda clauses: All(tuple(clauses)))
"""What a benchmark asks: several clauses together."""
