"""What a model is told: one text for each item, the same for every model and every way of asking it.

A prompt is a name and a text with places for the question and the choices. Both are written into every run, for the
same model differs by many points from one prompt to another. Nothing is formatted by Python's ``format``: what stands
in a question or a choice, braces too, is put in as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from earwitness.errors import BenchmarkError
from earwitness.mmar.items import Item
from earwitness.mmar.orders import LETTERS, Order
from earwitness.records import sha256_of_bytes

__all__ = ["PROMPTS", "Prompt", "find_prompt", "own_prompt", "prompt_text"]

_PLACES = ("question", "choices")


@dataclass(frozen=True)
class Prompt:
    """A prompt with places for the question and the choices."""

    name: str
    """What it is called."""
    template: str
    """The text, with ``{question}`` and ``{choices}``."""
    lettered: bool = True
    """Whether the choices stand on lines of their own with letters before them; else they are quoted in one list."""

    @property
    def version(self) -> str:
        """The first of the SHA-256 of all that a model is told by it."""
        return sha256_of_bytes(f"{self.name}\0{self.lettered}\0{self.template}".encode())[:12]


_LETTER = (
    "Listen to the audio and answer the question. Think as long as you like; end with one line that says "
    '"ANSWER: " and the letter of the right choice.\n\n'
    "Question: {question}\n{choices}"
)
_DIRECT = "{question}\n{choices}\nAnswer with the letter of the right choice and nothing else."
_TEXT = "{question}\nChoose one of these: {choices}. Answer with the words of the choice and nothing else."

PROMPTS: Mapping[str, Prompt] = {
    prompt.name: prompt
    for prompt in (Prompt("reason", _LETTER), Prompt("letter", _DIRECT), Prompt("text", _TEXT, lettered=False))
}
"""The prompts that can be asked for by name; ``reason`` is the one that is asked with unless another is named."""


def own_prompt(name: str, template: str) -> Prompt:
    """Return a user's own prompt.

    Raises
    ------
    BenchmarkError
        When it has no place for the question or the choices.
    """
    absent = [f"{{{place}}}" for place in _PLACES if f"{{{place}}}" not in template]
    if absent:
        raise BenchmarkError(f"The prompt '{name}' has no place for {' and '.join(absent)}.")
    return Prompt(name, template)


def find_prompt(name: str) -> Prompt:
    """Return one of ``PROMPTS`` by its name, or else a user's own from the file of that name.

    Raises
    ------
    BenchmarkError
        When there is neither, or the file cannot be read or has no place for the question or the choices.
    """
    if name in PROMPTS:
        return PROMPTS[name]
    path = Path(name)
    try:
        return own_prompt(path.stem, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BenchmarkError(f"There is no prompt {name!r}; expected one of {', '.join(PROMPTS)}, or a file.") from None
    except OSError as error:
        raise BenchmarkError(f"Cannot read the prompt {name!r}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BenchmarkError(f"The prompt {name!r} is not UTF-8 text: {error}.") from error


def prompt_text(prompt: Prompt, item: Item, *, order: Order | None = None, heard: str | None = None) -> str:
    """Return what a model is told about one item.

    Parameters
    ----------
    prompt
        In which words.
    item
        The question and its choices.
    order
        The places of the choices in the order in which they are shown; None: as the item has them.
    heard
        A description or a transcript of the recording, for a model that is not given the recording itself.

    Examples
    --------
    >>> print(prompt_text(PROMPTS["letter"], Item("x", "What barks?", ("a dog", "a cat"), gold=0), order=(1, 0)))
    What barks?
    A. a cat
    B. a dog
    Answer with the letter of the right choice and nothing else.
    """
    shown = [item.choices[place] for place in (range(len(item.choices)) if order is None else order)]
    if sorted(shown) != sorted(item.choices):
        raise ValueError(f"The order {order} does not show each choice of {item.id!r} once: {item.choices!r}.")
    if prompt.lettered:
        choices = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, shown, strict=False))
    else:
        choices = ", ".join(f'"{choice}"' for choice in shown)
    said = {"question": item.question.strip(), "choices": choices}
    text = re.sub(r"\{(question|choices)\}", lambda place: said[place[1]], prompt.template)
    return text if heard is None else f"What the recording holds, as it was described:\n{heard.strip()}\n\n{text}"
