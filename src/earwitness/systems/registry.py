"""From what a user names to a system that is ready to be asked: ``NAME`` or ``LABEL=SPEC``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from earwitness.errors import EarwitnessError, SystemFault
from earwitness.reasonaudio.folder import Benchmark
from earwitness.systems import callables, references, supplied, two_stage
from earwitness.systems.base import About, System

__all__ = [
    "MISSING",
    "SPECS",
    "check_name",
    "label_and_spec",
    "no_such_system",
    "open_all",
    "open_system",
    "open_systems",
]

SPECS: Mapping[str, str] = {
    "chance": "a random score for every query and clip (reference)",
    "matcher": "the share of the wanted sounds that occur, from the ground truth (reference)",
    "oracle": "always right, from the ground truth (reference)",
    "reversed": "always wrong about order, right about everything else, from the ground truth (reference)",
    "bm25": "BM25 over captions written from the ground truth (reference)",
    "bm25:FILE": "BM25 over captions that a model wrote: JSONL with the fields clip_id and caption",
    "scores:FILE": "scores from a file: a matrix of queries by clips in .npy, or a TREC run",
    "listen:FOLDER": "a listener that 'earwitness fit' made: it reads the query, hears the clips, and reasons",
    "listen:yamnet": "the same with YAMNet's own classes: nothing is fitted to the sounds that are asked for",
    "listen:FILE.json": "either of these with what each phrase means, from 'earwitness ground --out FILE.json'",
    "python:MODULE:NAME": "your own model: a function of (texts, clips), or an object with 'scores' or with "
    "'embed_texts' and 'embed_audio'; MODULE is importable, or a path such as ./my_model.py",
}
"""Every kind of system, with one line of help."""

MISSING = ("refuse", "zero")
"""What may be done about a query that a run file does not answer: refuse the file, or count the query as wrong."""

_LONGEST_NAME = 80

_T = TypeVar("_T")


@dataclass(frozen=True)
class _Wish:
    """What was asked for, and with what it is to be opened."""

    argument: str
    benchmark: Benchmark
    seed: int
    missing: str
    embeddings: Path | None


def open_system(
    text: str, benchmark: Benchmark, *, seed: int = 0, missing: str = "refuse", embeddings: Path | None = None
) -> System:
    """Open one system.

    Parameters
    ----------
    text
        One of ``SPECS``; ``LABEL=SPEC`` calls it LABEL in every table. A LABEL holds no colon.
    benchmark
        What it will be asked about. Files of scores are checked against it here, before any work.
    seed
        For what is drawn at random.
    missing
        One of ``MISSING``.
    embeddings
        The folder in which embeddings, and what listeners heard, are kept from one call to the next; None keeps them
        in memory only.

    Raises
    ------
    SystemFault
        When there is no such system, or what it was opened with cannot be used.
    """
    if missing not in MISSING:
        raise SystemFault(f"'missing' must be one of {', '.join(MISSING)}; got {missing!r}.")
    label, spec = label_and_spec(text)
    kind, colon, argument = spec.partition(":")
    opener = _OPENERS.get((kind, bool(colon)))
    if opener is None or (colon and not argument):
        raise SystemFault(no_such_system(text, spec, specs=SPECS))
    system = opener(_Wish(argument, benchmark, seed, missing, embeddings))
    name = system.about.name if label is None else label
    check_name(name, text)
    return replace(system, about=replace(system.about, name=name, spec=spec))


def open_systems(
    texts: Sequence[str],
    benchmark: Benchmark,
    *,
    seed: int = 0,
    missing: str = "refuse",
    embeddings: Path | None = None,
) -> tuple[System, ...]:
    """Open several systems, or say everything that is wrong with them at once.

    Raises
    ------
    SystemFault
        When one cannot be opened, two have the same name, or there is none.
    """

    def opened(text: str) -> System:
        return open_system(text, benchmark, seed=seed, missing=missing, embeddings=embeddings)

    if not texts:
        raise SystemFault(f"No system was named; there are {', '.join(SPECS)}.")
    return open_all(texts, opened, about=lambda system: system.about)


def open_all(texts: Sequence[str], opened: Callable[[str], _T], *, about: Callable[[_T], About]) -> tuple[_T, ...]:
    """Open several things that are named by specs, or say everything that is wrong with them at once.

    Parameters
    ----------
    texts
        What a user named.
    opened
        Opens one of them, or raises why it cannot be.
    about
        What is recorded of one of them.

    Raises
    ------
    SystemFault
        When one cannot be opened, or two have the same name.
    """
    by_name: dict[str, _T] = {}
    faults: list[EarwitnessError] = []
    opened_as: dict[str, str] = {}
    for text in texts:
        try:
            system = opened(text)
        except EarwitnessError as error:
            faults.append(error)
            continue
        name = about(system).name
        # Names that differ in case alone would be one folder on some disks.
        same = opened_as.setdefault(name.casefold(), text)
        if name.casefold() in by_name:
            faults.append(
                SystemFault(f"'{same}' and '{text}' would both be called '{name}'; give one a label: LABEL={text}")
            )
        by_name.setdefault(name.casefold(), system)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        lines = "\n".join(f"  - {fault}" for fault in faults)
        raise SystemFault(f"{len(faults)} of the {len(texts)} systems cannot be used:\n{lines}")
    return tuple(by_name.values())


def label_and_spec(text: str) -> tuple[str | None, str]:
    """Split ``LABEL=SPEC``; an equals sign after a colon belongs to a file's or a model's name."""
    head, equals, tail = text.partition("=")
    if not equals or ":" in head:
        return None, text.strip()
    return head.strip(), tail.strip()


def check_name(name: str, text: str) -> None:
    """Refuse what cannot stand in tables and in the names of folders.

    Raises
    ------
    SystemFault
        When it is empty, too long or does not print.
    """
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise SystemFault(
            f"A system's name must be 1 to {_LONGEST_NAME} printable characters; got {name!r} for '{text}'. "
            "Give it one: LABEL=SPEC."
        )


def no_such_system(text: str, spec: str, *, specs: Mapping[str, str], what: str = "system") -> str:
    """Return what is said of a spec that there is not, with the nearest that there is.

    Parameters
    ----------
    text
        What a user named.
    spec
        The same without its label.
    specs
        What there is.
    what
        What such a thing is called.
    """
    kind = spec.partition(":")[0]
    kinds = list(dict.fromkeys(form.partition(":")[0] for form in specs))
    near = get_close_matches(kind.lower(), kinds, n=1)
    forms = [form for form in specs if form.partition(":")[0] in (near or [])]
    advice = f" Did you mean {' or '.join(forms)}?" if forms else ""
    return f"There is no {what} '{spec or text}'.{advice} There are {', '.join(specs)}."


def _chance(wish: _Wish) -> System:
    return references.chance(wish.benchmark, seed=wish.seed)


def _matcher(wish: _Wish) -> System:
    return references.matcher(wish.benchmark)


def _oracle(wish: _Wish) -> System:
    return references.oracle(wish.benchmark)


def _reversed(wish: _Wish) -> System:
    return references.reversed_order(wish.benchmark)


def _true_captions(wish: _Wish) -> System:
    return two_stage.true_captions(wish.benchmark)


def _heard_captions(wish: _Wish) -> System:
    return two_stage.heard_captions(Path(wish.argument), wish.benchmark)


def _supplied(wish: _Wish) -> System:
    return supplied.supplied_scores(Path(wish.argument), wish.benchmark, missing=wish.missing)


def _listening(wish: _Wish) -> System:
    # Imported here: it brings the backbones, which no other system needs.
    from earwitness.systems.listening import listening_system

    return listening_system(wish.argument, posteriors=wish.embeddings)


def _python(wish: _Wish) -> System:
    return callables.python_system(wish.argument, embeddings=wish.embeddings)


# By the kind, and whether something follows its colon.
_OPENERS: Mapping[tuple[str, bool], Callable[[_Wish], System]] = {
    ("chance", False): _chance,
    ("matcher", False): _matcher,
    ("oracle", False): _oracle,
    ("reversed", False): _reversed,
    ("bm25", False): _true_captions,
    ("bm25", True): _heard_captions,
    ("scores", True): _supplied,
    ("listen", True): _listening,
    ("python", True): _python,
}
