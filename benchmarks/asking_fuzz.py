"""Whether the reader of questions breaks on any text, and how long it takes: random Unicode, and long hostile texts.

Run ``python benchmarks/asking_fuzz.py [--number N]``. Every text must be read, or refused as a ``ReadingError``; the
texts are random letters of all of Unicode, words of the grammar in any order, and clauses in any order.
"""

from __future__ import annotations

import argparse
import random
import time

import numpy as np

from earwitness.errors import ReadingError
from earwitness.library.asking import QuestionReader
from earwitness.library.names import Names
from earwitness.sounds.builtin import phrases

_WORDS = [
    *("rain", "a dog barking", "a car horn", "siren", "no", "not", "without", "and", "or", ",", ".", "(", ")", "then"),
    *(
        "before",
        "after",
        "while",
        "during",
        "for",
        "within",
        "at least",
        "3",
        "5 s",
        "times",
        "either",
        "only",
        "first",
    ),
    *("longer than", "followed by", '"', "a", "the", "of", "within 5 s", "seconds", "until", "between", "at once"),
]
_SOUNDS = [
    "rain",
    "a dog barking",
    "siren",
    "(rain or siren)",
    "(rain and siren)",
    "two sirens",
    "no rain",
    "either rain",
]
_SAID = ["", "", "", "3 times", "for 5 s", "at most 0 s", "lasting 2 s", "within 3 s", "within 0 s", "at once"]
_BETWEEN = ["before", "after", ", then", "while", "longer than", "within 5 s of", ",", "and", "or", ", or", "without"]
_PIECES = ("rain, ", "rain then ", "rain or ", "(", "not (", "for a ", "1", '"', " ", "at least ", "ß", "🐕", "zzz, ")
_LONGEST = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=100_000)
    options = parser.parse_args()
    names = Names(phrases().items())
    reader = QuestionReader(names, known=names.known)
    rng = random.Random(1)
    took = np.empty(options.number)
    understood = 0
    for i in range(options.number):
        text = _random_text(rng)
        start = time.perf_counter()
        understood += _is_read(reader, text)
        took[i] = time.perf_counter() - start
    print(
        f"{options.number} random texts: {understood} read, {options.number - understood} refused, nothing else raised"
    )
    print(f"  {took.sum():.1f} s; median {np.median(took) * 1e3:.2f} ms, longest {took.max() * 1e3:.1f} ms")
    longest = 0.0
    for piece in _PIECES:
        start = time.perf_counter()
        _is_read(reader, (piece * _LONGEST)[:_LONGEST])
        longest = max(longest, time.perf_counter() - start)
    print(f"{len(_PIECES)} hostile texts of {_LONGEST} characters: the longest takes {longest * 1e3:.0f} ms")


def _is_read(reader: QuestionReader, text: str) -> bool:
    try:
        reader.read(text)
    except ReadingError:
        return False
    return True


def _random_text(rng: random.Random) -> str:
    """Return random letters, clauses in any order, words of the grammar in any order, or such words and letters."""
    letters = "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randint(0, 40)))
    kind = rng.random()
    if kind < 0.5:
        return letters
    if kind < 0.6:
        clauses = [
            f"{rng.choice(_SOUNDS)} {rng.choice(_SAID)} {rng.choice(_BETWEEN)}" for _ in range(rng.randint(0, 3))
        ]
        return " ".join([*clauses, rng.choice(_SOUNDS), rng.choice(_SAID)])
    words = rng.choices(_WORDS, k=rng.randint(1, 15))
    return " ".join([*words, letters[:5]] if rng.random() < 0.3 else words)


if __name__ == "__main__":
    main()
