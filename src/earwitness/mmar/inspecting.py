"""The same questions asked by Inspect AI: ``inspect eval earwitness/mmar -T items=../MMAR --model ...``.

What is sent is what our own runs send, text and audio, and what comes back is marked by the same extractors, so that
the two ways can be held against each other. Inspect brings its providers, its limits and its viewer.

Every question stays in the denominator. One that fails (a recording that cannot be used, a server that gives no
answer) is scored as an error, which is why the task is set to score what failed; one that has no score at all, because
a run was stopped or limited, is counted as missing.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageUser, Content, ContentAudio, ContentText, GenerateConfig
from inspect_ai.scorer import (
    CORRECT,
    INCORRECT,
    NOANSWER,
    Metric,
    SampleScore,
    Score,
    Scorer,
    Target,
    Value,
    metric,
    scorer,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

from earwitness.errors import AnswerError, AudioError, BenchmarkError
from earwitness.mmar.answers import EXTRACTORS
from earwitness.mmar.arms import Arm, arm_audio, open_arm
from earwitness.mmar.inspect_logs import inspected
from earwitness.mmar.items import Item, Items, read_items
from earwitness.mmar.marking import VERDICTS, mark
from earwitness.mmar.orders import LETTERS, Order, cyclic_orders
from earwitness.mmar.prompts import Prompt, find_prompt, prompt_text
from earwitness.mmar.recordings import sound_path
from earwitness.records import atomic_path, sha256_of_bytes
from earwitness.systems.chat import Settings

__all__ = ["ask", "mmar", "samples_of", "verdict", "verdicts"]

_VALUES = {"right": CORRECT, "wrong": INCORRECT}
# The log is an error when nothing was answered at all, and only then.
_ALL_FAILED = 0.999_999


@task
def mmar(
    *,
    items: str = "",
    arm: str = "audio",
    prompt: str = "reason",
    extractor: str = "robust",
    orders: int = 1,
    first: int = 0,
    seed: int = 0,
    cache: str = "",
) -> Task:
    """Questions about real audio with several choices.

    Parameters
    ----------
    items
        The file of items, or its folder; recordings lie below it.
    arm
        What is heard in the recording's place: one of ``ARMS``.
    prompt
        One of ``PROMPTS``, or a file with a prompt of one's own.
    extractor
        One of ``EXTRACTORS``: how an answer is taken for a choice.
    orders
        How many orders of its choices an item is asked in, each turned by one place.
    first
        Only so many items, from the first; 0: all. What Inspect's own ``--limit`` leaves out counts as missing.
    seed
        What arms draw chance from.
    cache
        Where recordings that an arm changes are kept as files; a folder of the user's cache unless given.
    """
    if not items:
        raise BenchmarkError("Which items? Expected -T items=FOLDER, which holds MMAR-meta.jsonl and its recordings.")
    if extractor not in EXTRACTORS:
        raise BenchmarkError(f"There is no extractor {extractor!r}; expected one of {', '.join(EXTRACTORS)}.")
    if orders < 1 or first < 0:
        raise BenchmarkError(f"Expected one order at least and no negative number of items; got {orders} and {first}.")
    whole = read_items(items)
    words = find_prompt(prompt)
    folder = Path(cache) if cache else _cache_folder()
    samples = samples_of(whole, open_arm(str(arm)), words, orders=orders, first=first, seed=seed, folder=folder)
    settings = Settings()  # those of our own runs, unless Inspect is told others
    choices = {str(n): k for n, k in sorted(Counter(len(item.choices) for item in whole.rows[: first or None]).items())}
    return Task(
        dataset=MemoryDataset(samples, name=whole.path.stem, location=str(whole.path)),
        solver=ask(),
        scorer=verdict(extractor=extractor),
        metrics=[verdicts(choices=choices, questions=len(samples))],
        config=GenerateConfig(temperature=settings.temperature, max_tokens=settings.max_tokens),
        # What fails is scored, as an error, and the rest goes on.
        fail_on_error=_ALL_FAILED,
        continue_on_fail=True,
        score_on_error=True,
        version=words.version,
        metadata={
            "items_sha256": whole.sha256,
            "prompt": {"name": words.name, "version": words.version, "template": words.template},
            "extractor": {"name": extractor, "version": EXTRACTORS[extractor].version},
        },
    )


def samples_of(
    items: Items, arm: Arm, prompt: Prompt, *, folder: Path, orders: int = 1, first: int = 0, seed: int = 0
) -> list[Sample]:
    """Return one sample for each item and order.

    Parameters
    ----------
    items
        All of them, for an arm may give an item the recording of any other.
    arm
        What is heard.
    prompt
        In which words.
    folder
        Where changed recordings are kept as files.
    orders
        How many orders of its choices an item is asked in at most.
    first
        Only so many items, from the first; 0: all.
    seed
        What the arm draws chance from.

    Raises
    ------
    BenchmarkError
        When the arm wants a description of each recording, or a recording lies outside the items' folder.
    """
    if arm.described:
        raise BenchmarkError(
            f"The arm {arm.name!r} needs a {arm.described} of each recording: use 'earwitness evaluate'."
        )
    samples = []
    for item in items.rows[: first or None]:
        sound, fault = _sound(item, items, arm, seed=seed, folder=folder)
        for turn, order in enumerate(cyclic_orders(item, limit=orders)):
            text = ContentText(text=prompt_text(prompt, item, order=order))
            content: list[Content] = [text, ContentAudio(audio=str(sound), format="wav")] if sound else [text]
            samples.append(
                Sample(
                    input=[ChatMessageUser(content=content)],
                    target=LETTERS[order.index(item.gold)],
                    id=item.id if turn == 0 else f"{item.id} turned {turn}",
                    metadata=_metadata(item, order, turn=turn, arm=arm, fault=fault),
                )
            )
    return samples


def _metadata(item: Item, order: Order, *, turn: int, arm: Arm, fault: str) -> dict[str, Any]:
    """Return what a sample is marked and grouped by; a model is sent nothing of it."""
    return {
        **{"item": item.id, "choices": list(item.choices), "gold": item.gold, "order": list(order), "turn": turn},
        **{"arm": arm.name, "modality": item.modality, "layer": item.layer, "sub_category": item.sub_category},
        **{"language": item.language, "source": item.source, "fault": fault},
    }


def _sound(item: Item, items: Items, arm: Arm, *, seed: int, folder: Path) -> tuple[Path | None, str]:
    """Return the file that is sent, or why there is none."""
    try:
        data = arm_audio(arm, item, items, seed=seed)
    except AudioError as error:
        return None, str(error)
    if data is None:
        return None, ""
    if arm.kind == "audio":
        source = sound_path(items, item)
        if source.suffix.lower() == ".wav" and source.read_bytes() == data:
            return source, ""  # it is sent as it lies there
    path = folder / f"{sha256_of_bytes(data)}.wav"
    if not path.is_file():
        with atomic_path(path) as partial:
            partial.write_bytes(data)
    return path.resolve(), ""


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "earwitness" / "inspect"


@solver
def ask() -> Solver:
    """Ask once; a recording that cannot be used is an error, and the model is not asked about it."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.metadata.get("fault"):
            raise AnswerError("audio", state.metadata["fault"])
        return await generate(state)

    return solve


@scorer(metrics=[])
def verdict(*, extractor: str = "robust") -> Scorer:
    """Mark an answer: C right, I wrong, N without an answer; which of ``VERDICTS`` it is stands in the metadata.

    Parameters
    ----------
    extractor
        One of ``EXTRACTORS``.
    """

    async def score(state: TaskState, target: Target) -> Score:
        about = state.metadata
        item = Item(about["item"], "", tuple(about["choices"]), about["gold"])
        found = mark(item, inspected(state.output, order=tuple(about["order"])), extractor=extractor)
        return Score(
            value=_VALUES.get(found.verdict, NOANSWER),
            answer=None if found.choice is None else item.choices[found.choice],
            explanation=state.output.completion,
            metadata={"verdict": found.verdict, "choice": found.choice, "extractor": extractor},
        )

    return score


@metric(scores="unreduced")
def verdicts(*, choices: Mapping[str, int] | None = None, questions: int = 0) -> Metric:
    """Count over all questions that should have been asked, whatever was scored.

    The result holds accuracy and the shares of the other verdicts, which add up to 1 with it; what guessing earns; and
    the exact two-sided p of as many items right in their own order by guessing.

    Parameters
    ----------
    choices
        How many items there are by number of choices; None: as the scores have them.
    questions
        How many samples there are; 0: as many as have scores.
    """

    def compute(scores: list[SampleScore]) -> Value:
        from earwitness.scores.stats import poisson_binomial_test

        by_sample = _by_sample(scores)
        times = max(len(each) for each in by_sample.values())
        n = times * (questions or len(by_sample))
        counts = Counter(_verdict_of(score) for score in scores)
        counts["missing"] += n - len(scores)
        own = [each[0] for each in by_sample.values() if (each[0].sample_metadata or {}).get("turn", 0) == 0]
        chances = _chances(choices or Counter(str(len((each.sample_metadata or {})["choices"])) for each in own))
        right = sum(_verdict_of(each) == "right" for each in own)
        return {
            "accuracy": counts["right"] / n,
            **{name: counts[name] / n for name in VERDICTS[1:]},
            "chance": sum(chances) / len(chances),
            "p": poisson_binomial_test(right, chances),
        }

    return compute


def _by_sample(scores: Iterable[SampleScore]) -> Mapping[Any, Sequence[SampleScore]]:
    found = defaultdict(list)
    for score in scores:
        found[score.sample_id].append(score)
    return found


def _verdict_of(score: SampleScore) -> str:
    return str((score.score.metadata or {})["verdict"])


def _chances(choices: Mapping[str, int]) -> list[float]:
    return [1.0 / int(n) for n, k in choices.items() for _ in range(k)]
