"""The text form of a constraint, read back: ``parse(str(constraint)) == constraint``."""

from __future__ import annotations

import json
import re

from earwitness.errors import ConstraintError
from earwitness.logic.constraint import (
    Absent,
    All,
    Any,
    Before,
    Boolean,
    Constraint,
    Count,
    During,
    Lasts,
    Longer,
    Not,
    Overlap,
    Pair,
    Present,
    Single,
)

__all__ = ["parse"]

_TOKEN = re.compile(r'\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z0-9_]+(?:\.[0-9]+)?)|(?P<mark>[(),=]))')
_NODES: dict[str, type[Constraint]] = {
    node.name: node for node in (Present, Absent, Before, Overlap, During, Lasts, Longer, Count, All, Any, Not)
}
_DEEPEST = 50
_MOST_DIGITS = 50


def parse(text: str) -> Constraint:
    """Read a constraint from its text form.

    Parameters
    ----------
    text
        For instance ``before(dog, "car horn", within=2)``.

    Raises
    ------
    ConstraintError
        With the place in the text and what was expected there.

    Examples
    --------
    >>> str(parse("before( dog,horn , within=2.0)"))
    'before(dog, horn, within=2)'
    """
    return _Parser(text).constraint_alone()


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self.error(position, "a name, a label, a number or one of ( ) , =")
            kind = str(match.lastgroup)
            self.tokens.append((kind, match.group(kind), match.start(kind)))
            position = match.end()
        self.tokens.append(("end", "", len(text)))
        self.at = 0

    def error(self, position: int, expected: str) -> ConstraintError:
        found = self.text[position : position + 20] or "the end"
        return ConstraintError(
            f"Constraint {self.text!r}: expected {expected} at character {position + 1}, got {found!r}."
        )

    def peek(self, mark: str) -> bool:
        return self.tokens[self.at][:2] == ("mark", mark)

    def take(self, mark: str) -> None:
        if not self.peek(mark):
            raise self.error(self.tokens[self.at][2], f"'{mark}'")
        self.at += 1

    def constraint_alone(self) -> Constraint:
        constraint = self.constraint(depth=0)
        if self.tokens[self.at][0] != "end":
            raise self.error(self.tokens[self.at][2], "nothing more")
        return constraint

    def constraint(self, *, depth: int) -> Constraint:
        kind, name, position = self.tokens[self.at]
        if kind != "word" or name not in _NODES:
            raise self.error(position, f"one of {', '.join(_NODES)}")
        if depth > _DEEPEST:
            raise self.error(position, f"at most {_DEEPEST} constraints inside one another")
        self.at += 1
        self.take("(")
        node = _NODES[name]
        labels: list[str] = []
        parts: list[Constraint] = []
        options: dict[str, float | int] = {}
        while not self.peek(")"):
            if self.tokens[self.at][0] == "end":
                raise self.error(len(self.text), "')'")
            if issubclass(node, (Boolean, Not)):
                parts.append(self.constraint(depth=depth + 1))
            elif self.tokens[self.at + 1][:2] == ("mark", "="):
                self.option(node, options)
            else:
                labels.append(self.label(after_options=bool(options)))
            if not self.peek(")"):
                self.take(",")
        self.take(")")
        return self.made(node, labels, parts, options, position)

    def option(self, node: type[Constraint], options: dict[str, float | int]) -> None:
        known = [name for name in ("within", "at_least", "at_most", "exactly") if hasattr(node, name)]
        _, name, position = self.tokens[self.at]
        if name not in known or name in options:
            expected = f"each of {', '.join(known)} at most once" if known else f"no option in {node.name}(...)"
            raise self.error(position, expected)
        kind, number, place = self.tokens[self.at + 2] if self.at + 2 < len(self.tokens) else self.tokens[-1]
        if kind != "word" or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", number) or len(number) > _MOST_DIGITS:
            raise self.error(place, f"a number of at most {_MOST_DIGITS} digits")
        options[name] = int(number) if "." not in number else float(number)
        self.at += 3

    def label(self, *, after_options: bool) -> str:
        kind, text, position = self.tokens[self.at]
        if after_options:
            raise self.error(position, "an option: labels stand first")
        self.at += 1
        if kind == "word" and "." not in text:
            return text
        if kind != "quoted":
            raise self.error(position, "a label (in double quotes unless it is letters, digits and _)")
        try:
            return str(json.loads(text))
        except json.JSONDecodeError:
            raise self.error(position, "a label in double quotes, written as a JSON string") from None

    def made(
        self,
        node: type[Constraint],
        labels: list[str],
        parts: list[Constraint],
        options: dict[str, float | int],
        position: int,
    ) -> Constraint:
        wanted = {Single: 1, Pair: 2}
        for shape, number in wanted.items():
            if issubclass(node, shape) and len(labels) != number:
                raise self.error(
                    position, f"{node.name}(...) with {number} label{'s' * (number > 1)}, not {len(labels)}:"
                )
        try:
            if issubclass(node, Boolean):
                return node(tuple(parts))
            if node is Not:
                if len(parts) != 1:
                    raise ConstraintError(f"not(...) needs one constraint inside; got {len(parts)}.")
                return Not(parts[0])
            if node is Before:
                return Before(tuple(labels), **options)
            return node(*labels, **options)
        except ConstraintError as error:
            raise ConstraintError(f"Constraint {self.text!r}, character {position + 1}: {error}") from None
