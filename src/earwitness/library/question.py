"""From the tree of a question to its clauses, and to what they mean together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lark import Token, Tree

from earwitness.errors import ConstraintError
from earwitness.library.clauses import Amount, Clause, Heard, Link
from earwitness.library.grammar import Unread, parsed_question, read_number, read_seconds
from earwitness.library.joining import joined
from earwitness.logic.constraint import Any, Constraint, Present

__all__ = ["Label", "Question"]

Label = Callable[[str, int, int, list[str]], str]
"""Gives the label of a phrase that stands between two characters, and may add a note; or raises ``Unread``."""

_MOST_WORDS = 12
_LINKS = {"BEFORE": "before", "THEN": "before", "THEN_WITHIN": "before", "FOLLOWED_WITHIN": "before"}
_LINKS |= {"AFTER": "after", "WHILE": "overlap", "DURING": "during", "THROUGH": "through"}
_LINKS |= {"LONGER": "longer", "SHORTER": "shorter", "WITHIN_OF": "near"}
_JOINTS = {"COMMA": ",", "COMMA_AND": ",", "COMMA_OR": ",or", "AND": "and", "OR": "or"}
_OPTIONS = {"AT_LEAST": "at_least", "MORE_THAN": "at_least", "LONGER": "at_least", "OR_MORE": "at_least"}
_OPTIONS |= {"AT_MOST": "at_most", "LESS_THAN": "at_most", "SHORTER": "at_most", "OR_LESS": "at_most"}
_OPTIONS |= {"OVER_WITHIN": "at_most", "EXACTLY": "exactly", "NEITHER_MORE": "exactly"}
_STRICT = {"MORE_THAN": 1, "LONGER": 1, "LESS_THAN": -1, "SHORTER": -1}
_WAYS = {"FOR": "for", "LASTING": "lasting", "OVER_WITHIN": "lasting", "LONGER": "lasting", "SHORTER": "lasting"}


class Question:
    """One question, by the grammar.

    Parameters
    ----------
    text
        The question.
    label
        Gives the label of a phrase.

    Raises
    ------
    Unread
        When it is not of the grammar.
    """

    def __init__(self, text: str, label: Label) -> None:
        self.notes: list[str] = []
        """What was not said and is taken so."""
        self._text = text
        self._label = label
        self._labels: dict[str, str] = {}
        self._tree = parsed_question(text)

    def meaning(self) -> tuple[Constraint, list[str]]:
        """Return what it means, and what was taken so.

        Raises
        ------
        Unread
            When a sound is not known, or no one constraint says what is asked.
        """
        try:
            return self._meaning(self._tree.children[-1]), self.notes
        except ConstraintError as error:  # of a reading that would have been offered
            raise Unread(f"that has no meaning: {str(error).rstrip('.')}", 0, len(self._text)) from None

    def _meaning(self, query: Tree[Token] | Token) -> Constraint:
        assert isinstance(query, Tree)
        return joined(list(self._clauses(query)))

    def _clauses(self, query: Tree[Token]) -> Iterator[Clause]:
        joint = ""
        started = False
        for child in query.children:
            if isinstance(child, Token):
                continue  # a comma at either end
            if child.data == "joint":
                joint = _JOINTS[str(_token(child).type)]
                continue
            if child.data == "lacking":
                *only, neg, chain = child.children
                assert isinstance(neg, Token) and isinstance(chain, Tree)
                clause = replace(self._clause(chain), denied=True, start=neg.start_pos or 0)
                clause = replace(clause, only=clause.only or bool(only))
                joint = joint or _joint_in(neg)
            else:
                clause = self._clause(child)
            yield replace(clause, joint=joint if started else "")
            joint, started = "", True

    def _clause(self, chain: Tree[Token]) -> Clause:
        marks = {child.type for child in chain.children if isinstance(child, Token)}
        heard: list[Heard] = []
        links: list[Link] = []
        for child in chain.children:
            if isinstance(child, Token):
                continue
            if child.data in ("core", "bracket"):
                heard.append(self._heard(child))
            elif child.data == "link":
                links.append(_link(_token(child)))
            elif child.data == "between":
                links += [Link("between"), Link("between")]
                heard += [self._heard(core) for core in child.children if isinstance(core, Tree)]
            else:
                heard[-1] = self._said_of(heard[-1], child)
        clause = Clause(
            tuple(heard), tuple(links), chain.meta.start_pos, chain.meta.end_pos,
            either="EITHER" in marks, only="ONLY" in marks,
        )  # fmt: skip
        if "FIRST" in marks and (not links or links[0].way != "before"):
            raise Unread("'first' needs a sound that comes later", clause.start, clause.end)
        return clause

    def _heard(self, core: Tree[Token]) -> Heard:
        start, end = core.meta.start_pos, core.meta.end_pos
        if core.data == "bracket":
            (query,) = core.children
            inner = self._meaning(query)
            return Heard(_alternatives(inner), inner, start, end)
        amounts: tuple[Amount, ...] = ()
        for child in core.children:
            if isinstance(child, Tree) and child.data == "number":
                amounts = (self._times(child, first=True),)
        sound = core.children[-1]
        assert isinstance(sound, Tree)
        return Heard((self._sound(sound),), None, start, end, amounts)

    def _sound(self, sound: Tree[Token]) -> str:
        start, end = sound.meta.start_pos, sound.meta.end_pos
        if len(sound.children) > _MOST_WORDS:
            raise Unread(f"the name of a sound has at most {_MOST_WORDS} words", start, end)
        phrase = " ".join(self._text[start:end].split())
        if _token(sound).type == "QUOTED":
            phrase = phrase[1:-1].strip()
        if phrase not in self._labels:
            self._labels[phrase] = self._label(phrase, start, end, self.notes)
        return self._labels[phrase]

    # --- what is said of a sound ---

    def _said_of(self, sound: Heard, mod: Tree[Token]) -> Heard:
        end = mod.meta.end_pos
        if mod.data == "filler":
            return sound
        if mod.data == "within":
            if sound.within is not None:
                raise Unread("a second distance", mod.meta.start_pos, end)
            return replace(sound, within=read_seconds(str(_token(mod))), end=end)
        if mod.data == "together":
            return replace(sound, together=True, end=end)
        amount = self._times(mod, first=False) if mod.data == "times" else self._length(mod)
        return replace(sound, amounts=(*sound.amounts, amount), end=end)

    def _times(self, amount: Tree[Token], *, first: bool) -> Amount:
        tokens = _tokens(amount)
        option, strict = self._option(amount)
        value = read_number(next(str(each) for each in tokens if each.type in ("NUMBER", "TIMES")))
        if option is None:
            option = "at_least"
            if value != 1:
                self.notes.append(f"{value:g} times is read as {value:g} times or more")
        return Amount("times", option, value + strict, first)

    def _length(self, span: Tree[Token]) -> Amount:
        tokens = _tokens(span)
        option, strict = self._option(span)
        value = read_seconds(next(str(each) for each in tokens if each.type == "DURATION"))
        if option is None or strict:
            option = option or "at_least"
            words = "less than " if strict < 0 else "more than " if strict else ""
            self.notes.append(f"{words}{value:g} s is read as {value:g} s or {'less' if strict < 0 else 'more'}")
        # "longer than 5 s" is said of the sound, as "lasting" is, unless "for" stands before it.
        way = next((_WAYS[each.type] for each in tokens if each.type in _WAYS), "bare")
        return Amount(way, option, value)

    def _option(self, amount: Tree[Token]) -> tuple[str | None, int]:
        """Return which limit is meant, None if none is said, and the step to a strict one."""
        said = [each for each in _tokens(amount) if each.type in _OPTIONS]
        if len(said) > 1:
            raise Unread("two limits for one amount", amount.meta.start_pos, amount.meta.end_pos)
        return (_OPTIONS[said[0].type], _STRICT.get(said[0].type, 0)) if said else (None, 0)


def _tokens(tree: Tree[Token]) -> list[Token]:
    return list(tree.scan_values(lambda value: isinstance(value, Token)))


def _token(tree: Tree[Token]) -> Token:
    (token, *_) = tree.children
    assert isinstance(token, Token)
    return token


def _link(token: Token) -> Link:
    within = read_seconds(str(token)) if token.type.endswith(("_WITHIN", "_OF")) else None
    return Link(_LINKS[token.type], within, token.type.startswith("THEN") and "by" not in str(token).split())


def _joint_in(neg: Token) -> str:
    """Return how a denial is joined by its own words: ", no", "and no", "without"."""
    words = str(neg).casefold()
    if words[0] in ",;.":
        return ","
    return "and" if words.startswith(("and", "but")) else "with"


def _alternatives(constraint: Constraint) -> tuple[str, ...]:
    """Return the labels that brackets give to choose from: "(a dog or a cat)"."""
    if isinstance(constraint, Present):
        return (constraint.label,)
    if isinstance(constraint, Any) and all(isinstance(part, Present) for part in constraint.inner):
        return tuple(dict.fromkeys(part.label for part in constraint.inner if isinstance(part, Present)))
    return ()
