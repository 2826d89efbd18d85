"""Logs of Inspect AI, read as predictions: what was answered, what failed, what was declined, each apart.

A log of ``inspect eval earwitness/mmar`` says which item each sample asked and in which order its choices stood; in
any other log a sample is named by its item's id, and the choices stood as the item has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earwitness.errors import PredictionsError, import_extra
from earwitness.mmar.items import Item, Items
from earwitness.mmar.marking import Prediction
from earwitness.mmar.orders import Order

if TYPE_CHECKING:
    from inspect_ai.log import EvalSample
    from inspect_ai.model import ModelOutput

__all__ = ["inspected", "read_inspect_log"]


def read_inspect_log(
    path: str | Path,
    *,
    items: Items | None = None,
    turn: int = 0,
    epoch: int = 1,
    notice: Callable[[str], None] | None = None,
) -> dict[str, Prediction]:
    """Return what a log holds, by item id.

    Parameters
    ----------
    path
        An ``.eval`` or ``.json`` log.
    items
        What was asked: tells in which order another log than ours showed an item's choices.
    turn
        Which of an item's orders; 0 is the item's own. Other logs than ours have no more than that one.
    epoch
        Which of the times that the same was asked, from 1.
    notice
        Told, in a sentence, what else the log holds and is not returned.

    Raises
    ------
    PredictionsError
        When the file cannot be read as a log, holds no samples, answers an item twice, or showed other choices than
        the item has.
    MissingExtra
        When Inspect AI is not installed.
    """
    import_extra("inspect_ai", extra="inspect", feature="Reading a log of Inspect AI")
    from inspect_ai.log import read_eval_log

    try:
        log = read_eval_log(str(path), exclude_fields={"events", "store", "attachments", "messages"})
    # What its readers raise on a damaged file is not agreed on: zip, JSON, schema, KeyError ...
    except Exception as error:
        raise PredictionsError(
            f"'{path}' cannot be read as a log of Inspect AI: {type(error).__name__}: {error}."
        ) from error
    if not log.samples:
        raise PredictionsError(f"'{path}' holds no samples: expected a log that was written with them.")
    found: dict[str, Prediction] = {}
    for sample in log.samples:
        if sample.epoch != epoch or sample.metadata.get("turn", 0) != turn:
            continue
        name = str(sample.metadata.get("item", sample.id))
        if name in found:
            raise PredictionsError(f"'{path}' answers {name!r} more than once in epoch {epoch} and order {turn}.")
        item = None if items is None else items.by_id.get(name)
        found[name] = _prediction(sample, item, where=f"'{path}', sample {sample.id!r}")
    if notice is not None:
        for sentence in _left_out(log.samples, turn=turn, epoch=epoch):
            notice(sentence)
    return found


def _left_out(samples: Sequence[EvalSample], *, turn: int, epoch: int) -> list[str]:
    epochs = len({sample.epoch for sample in samples})
    turns = len({sample.metadata.get("turn", 0) for sample in samples})
    said = [f"each item was asked {epochs} times; time {epoch} was read"] if epochs > 1 else []
    return said + ([f"the choices stood in {turns} orders; order {turn} was read"] if turns > 1 else [])


def inspected(output: ModelOutput, *, error: str = "", order: Order | None = None) -> Prediction:
    """Return what Inspect AI was given by a model as a prediction.

    Parameters
    ----------
    output
        What the model gave.
    error
        Why it gave nothing.
    order
        The order in which the choices were shown.
    """
    if error or not output.choices:
        return Prediction(None, error=error or "the model gave no output", order=order)
    content = output.choices[0].message.content
    thought = "" if isinstance(content, str) else "\n".join(_thoughts(content))
    refused = output.stop_reason == "content_filter"
    return Prediction(output.completion, refused=refused, order=order, reasoning=thought)


def _thoughts(content: Sequence[Any]) -> list[str]:
    return [each.reasoning for each in content if each.type == "reasoning"]


def _prediction(sample: EvalSample, item: Item | None, *, where: str) -> Prediction:
    error = "" if sample.error is None else sample.error.message or "the sample failed"
    return inspected(sample.output, error=error, order=_order(sample, item, where=where))


def _order(sample: EvalSample, item: Item | None, *, where: str) -> Order | None:
    """Return the order in which a sample showed its item's choices; None where nothing is told of it."""
    if "item" in sample.metadata:  # it is ours: somebody else's "order" may mean anything
        order = sample.metadata.get("order")
        if not isinstance(order, list) or sorted(map(str, order)) != sorted(map(str, range(len(order)))):
            raise PredictionsError(f"{where}: expected the places of the choices as its order; got {order!r}.")
        return tuple(order)
    if item is None or not sample.choices:
        return None
    shown, own = [each.strip() for each in sample.choices], [each.strip() for each in item.choices]
    if sorted(shown) != sorted(own):
        raise PredictionsError(f"{where}: it showed the choices {shown!r}; those of the item are {own!r}.")
    return tuple(own.index(each) for each in shown)
