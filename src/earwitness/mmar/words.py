"""The words of a text, each with its place: what the choices of a question are looked for in.

Case, accents, width, the shape of quotes and dashes, Markdown and LaTeX make no difference between two words; the sign
of a number and what stands inside it do: +3 is not -3, 1.5 is not 15, 1:3 is not 3:1, C# is not C. A number in words is
the number in figures. Of scripts without spaces every sign is a word.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

__all__ = ["CLAUSE", "LINE", "NONE", "SENTENCE", "Words", "normal_text", "split_words", "word_set"]

NONE, CLAUSE, SENTENCE, LINE = 0, 1, 2, 3
"""How deep the break before a word is: none, a comma or the like, the end of a sentence, the end of a line."""

# Thai and Lao, kana, Han, Hangul: scripts whose words are not told apart by spaces, or carry particles.
_UNSPACED = (
    "\u0e00-\u0eff\u3005\u3007\u3041-\u3096\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
)


def word_set(words: str) -> frozenset[str]:
    """Return words that stand in one text, parted by spaces."""
    return frozenset(words.split())


_SPACED_SIGN = rf"(?:(?![{_UNSPACED}])[^\W_])"


def _token(sign: str, unspaced: str) -> re.Pattern[str]:
    """Return what a word is: a number with its sign and points, a possessive, a word or a chord, a sign by itself."""
    return re.compile(
        rf"{unspaced}(?:(?<![\w)\]])[+-])?\d+(?:[.,:/]\d+)*{sign}*[%°+]?"
        rf"|(?<=[^\W_])'[sS]\b"
        rf"|{sign}+(?:[#'](?![sS]\b){sign}+)*[#°+]*"
    )


_ASCII_TOKEN = _token("[a-zA-Z0-9]", "")
_ANY_TOKEN = _token(_SPACED_SIGN, f"[{_UNSPACED}]|")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
_SHAPES = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u2032\u00b4\uff07", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u300c\u300d\u300e\u300f", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\ufe0f\u00ad", None),
        "\u266f": "#",
        "\u266d": "b",
        "\u2015": "\u2014",
    }
)
_LATEX = re.compile(
    r"\\(?:boxed|fbox|framebox|mbox|text(?:bf|it|rm|sf|tt|normal|up)?|math(?:bf|rm|it|sf|tt|bb|cal)|bf|rm|bm"
    r"|displaystyle"
    r"|operatorname|left|right|quad|qquad|therefore|big|Big|underline|emph|large|Large)(?![a-zA-Z])"
    r"|\\[()\[\],;:!{}$*_]"
)
_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|span|div|p|code|pre|ul|ol|li|center|small|sub|sup|mark|h[1-6])(?: [^<>]{0,80})?>"
)
_SPECIAL = re.compile(r"<\|[\w ]{1,40}\|>|</?s>|<(?:eos|bos|pad|unk|end_of_turn|start_of_turn)>|\[/?INST\]", re.I)
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_NUMBERS = {
    **{word: str(number) for number, word in enumerate(_SMALL.split())},
    **dict(thirty="30", forty="40", fifty="50", sixty="60", seventy="70", eighty="80", ninety="90"),
    **{sign: str(number) for number, sign in enumerate("〇一二三四五六七八九十")},
    **{"零": "0", "两": "2", "兩": "2"},
}
_SHORTENED = word_set("mr mrs ms dr prof st vs jr sr mt")
_STOP = re.compile(r"[.][\"')\]}*_`$]*(?:\s|$)|[!?。！？｡|]|\.(?=[A-Z])")


class Words(NamedTuple):
    """A text and its words."""

    text: str
    """The text in its normal form."""
    raw: Sequence[str]
    """Each word as it is written there."""
    keys: Sequence[str]
    """Each word by what tells it from others."""
    starts: Sequence[int]
    """Where each begins in the text."""
    ends: Sequence[int]
    """Where each has ended."""
    breaks: list[int]
    """How deep the break before each word is, and one more for the end of the text."""

    def gap(self, place: int) -> str:
        """Return what stands between a word and the one before it; for the count of words, what stands last."""
        start = self.ends[place - 1] if place else 0
        return self.text[start : self.starts[place] if place < len(self.raw) else len(self.text)]


def normal_text(text: str) -> str:
    r"""Return a text with one shape for signs that are written in several, and without marks of layout.

    Examples
    --------
    >>> normal_text("It\u2019s \\text{B}\uff1a \u201cdog\u201d")
    'It\'s {B}: "dog"'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_SHAPES)).translate(_SHAPES)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\\" in text:
        text = _LATEX.sub("", text).replace("\\n", "\n")
    if "&" in text and ";" in text:
        text = html.unescape(text)
    if "<" in text or "[" in text:
        text = _SPECIAL.sub(" ", re.sub(r"<br ?/?>", "\n", _TAG.sub("", text)))
    return text


@lru_cache(maxsize=8)  # one extractor after the other reads the same text
def split_words(text: str) -> Words:
    """Return the words of a text that is in its normal form."""
    raw, starts, ends = [], [], []
    for match in (_ASCII_TOKEN if text.isascii() else _ANY_TOKEN).finditer(text):
        raw.append(match.group())
        starts.append(match.start())
        ends.append(match.end())
    words = Words(text, raw, [_key(word) for word in raw], starts, ends, [])
    _set_breaks(words)
    return words


@lru_cache(maxsize=32768)
def _key(word: str) -> str:
    """Return what tells a word from others."""
    key = word.casefold()
    if not key.isascii():
        plain = "".join(sign for sign in unicodedata.normalize("NFD", key) if not "\u0300" <= sign <= "\u036f")
        key = unicodedata.normalize("NFC", plain)
    if key[0].isdecimal() or key[0] in "+-":
        return key.replace(",", "") if _THOUSANDS.fullmatch(key) else key
    return key if key == "'s" else _NUMBERS.get(key, key.replace("'", ""))


def _set_breaks(words: Words) -> None:
    """Find how deep the break before each word is."""
    text, ends, starts, breaks = words.text, words.ends, words.starts, words.breaks
    breaks.append(LINE)
    for place in range(1, len(starts)):
        gap = text[ends[place - 1] : starts[place]]
        breaks.append(NONE if gap == " " or not gap else _depth(gap, words, place))
    breaks.append(LINE)


def _depth(gap: str, words: Words, place: int) -> int:
    """Return how deep a break is, by what stands in it and after which word."""
    if "\n" in gap:
        return LINE
    before = words.keys[place - 1]
    if _STOP.search(gap) and "..." not in gap and "," not in gap:
        # "B. text" and "2. text" are one sentence, "Dr. X" is a name.
        label = words.breaks[place - 1] >= SENTENCE and (len(before) == 1 or (before.isdecimal() and len(before) < 3))
        return CLAUSE if gap.lstrip()[0] == "." and (label or before in _SHORTENED) else SENTENCE
    return CLAUSE if gap.strip(" *_`\"'$") else NONE
