"""The part of a text that answers: what stands after the thinking, in tags, in a box, in an object of JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["after_thinking", "boxed", "named_values", "tagged"]

_THINK = (
    r"(?:think(?:ing)?|thoughts?|reason(?:ing)?|rationale|analysis|reflection|scratchpad|planning|caption|summary|cot)"
)
_THINKING = re.compile(
    rf"(?P<open><\|?{_THINK}\|?>|\[{_THINK}\]|\u25c1think\u25b7|<\|begin_of_thought\|>|<\|channel\|?>\s*analysis)"
    rf"|(?P<close><\|?/{_THINK}\|?>|\[/{_THINK}\]|\u25c1/think\u25b7|<\|end_of_thought\|>"
    rf"|<\|channel\|?>\s*final\s*(?:<\|message\|>)?)",
    re.I,
)
_ANSWER = r"(?:final[_ -]?answer|answer|response|final|conclusion|output|result|choice|option|solution)"
_TAGS = re.compile(rf"<(?P<close>/?)(?P<name>{_ANSWER})>", re.I)
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{")
_BOX_BARE = re.compile(r"\\boxed\s+([A-Za-z])\b")
_BRACE = re.compile(r"[{}]")
_DEEPEST = 8  # braces in braces
_LONGEST = 2000  # characters in a box or a value
_NAMED = re.compile(
    r"""["'](?:final[_ ]?answer|correct[_ ]?answer|predicted[_ ]?answer|model[_ ]?answer|answer|ans|choice|option"
    r"|selected"""
    r"""(?:[_ ](?:option|choice|answer))?|selection|prediction|pred|response|label|answer[_ ](?:choice|letter"
    r"|option|text)"""
    r"""|final[_ ]?choice|correct[_ ]?(?:option|choice)|\u7b54\u6848)["']\s*:\s*\[?\s*"""
    r"""(?:"((?:[^"\\]|\\.){0,2000})"|'((?:[^'\\\n]|\\.|(?<=\w)'(?=\w)){0,2000})'|([+-]?\d[\d.]{0,20}|[A-Za-z]\b))""",
    re.I,
)


def after_thinking(text: str) -> str:
    """Return a text without its marked thinking: what was never closed counts as thinking to its end.

    What stands in a tag of an answer is kept even there.

    Examples
    --------
    >>> after_thinking("<think>A or B?</think> B"), after_thinking("A or B?</think>B"), after_thinking("<think>A or B?")
    (' B', 'B', '')
    """
    kept: list[str] = []
    depth, place = 0, 0
    for mark in _THINKING.finditer(text):
        if depth == 0:
            kept.append(text[place : mark.start()])
        if mark["open"]:
            depth += 1
        elif depth:
            depth -= 1
        else:
            kept.clear()  # closed, and opened in the prompt: all so far was thinking
        place = mark.end()
    if depth == 0:
        kept.append(text[place:])
        return "".join(kept)
    answer = tagged(text[place:])
    return "".join(kept) if answer is None else f"<answer>{answer}</answer>"


def tagged(text: str) -> str | None:
    """Return what stands in the last tag of an answer that holds something; None where there is no such tag.

    Examples
    --------
    >>> tagged("I weigh both. <answer> B. a dog </answer>")
    'B. a dog'
    """
    found, opened = None, None
    for mark in _TAGS.finditer(text):
        if not mark["close"]:
            opened = mark
        elif opened is not None and mark["name"].lower() == opened["name"].lower():
            found = text[opened.end() : mark.start()].strip() or found or ""
            opened = None
    return found if opened is None else text[opened.end() :].strip() or found or ""


def boxed(text: str) -> Iterator[tuple[int, int, str]]:
    r"""Yield what stands in each LaTeX box, and where the box begins and has ended.

    Examples
    --------
    >>> list(boxed(r"so \boxed{\text{B}}."))
    [(3, 19, '\\text{B}')]
    """
    for match in _BOX.finditer(text):
        depth = 1
        for brace in _BRACE.finditer(text, match.end(), match.end() + _LONGEST):
            depth += 1 if brace.group() == "{" else -1
            if depth == 0:
                yield match.start(), brace.end(), text[match.end() : brace.start()]
                break
            if depth > _DEEPEST:
                break
    for match in _BOX_BARE.finditer(text):
        yield match.start(), match.end(), match[1]


def named_values(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the value of each name such as ``"answer"`` in an object of JSON, and where it stands.

    Examples
    --------
    >>> list(named_values('{"why": "...", "answer": "B"}'))
    [(15, 28, 'B')]
    """
    for match in _NAMED.finditer(text):
        value = match[1] if match[1] is not None else match[2] if match[2] is not None else match[3]
        yield match.start(), match.end(), re.sub(r"\\(.)", r"\1", value.replace("\\n", "\n").replace("\\u0020", " "))
