"""From what a user names to a model that answers questions: ``SPEC`` or ``LABEL=SPEC``."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence

from earwitness.errors import SystemFault
from earwitness.systems.addresses import GEMINI, OPENAI, OPENAI_URL
from earwitness.systems.answerer import Answerer
from earwitness.systems.chat import ChatAnswerer, Settings
from earwitness.systems.fakes import FAKES, Fake, open_fake
from earwitness.systems.gemini import GeminiAnswerer
from earwitness.systems.local import LocalAnswerer
from earwitness.systems.registry import check_name, label_and_spec, no_such_system, open_all

__all__ = ["ANSWERERS", "open_answerer", "open_answerers"]

ANSWERERS: Mapping[str, str] = {
    "openai:MODEL": "a model behind a server that speaks OpenAI's chat completions, at the address that is named",
    "gemini:MODEL": "a Gemini model, at Google's server unless an address is named",
    "python:MODULE:NAME": "your own model: a function of 'text', 'audio' and 'sample_rate', or an object with "
    "'answer'; MODULE is importable, or a path such as ./my_model.py",
    **FAKES,
}
"""Every kind of model that answers questions, with one line of help."""

_MOST_NAME = 200


def open_answerer(text: str, *, url: str | None = None, settings: Settings | None = None) -> Answerer:
    """Open one model.

    Nothing is sent and no key is looked for; a class of one's own is made, which may load its weights. What has a
    method ``close`` is to be closed by whoever opened it.

    Parameters
    ----------
    text
        One of ``ANSWERERS``; ``LABEL=SPEC`` calls it LABEL in every table. A LABEL holds no colon.
    url
        The address of the server, in front of ``/chat/completions`` or, for Gemini, of ``/models/``; None: of
        ``openai:MODEL`` that in the environment's ``OPENAI_BASE_URL``, of ``gemini:MODEL`` Google's own. What has no
        server does without.
    settings
        How it is asked.

    Raises
    ------
    SystemFault
        When there is no such model, no address is named, or it cannot be opened.
    """
    label, spec = label_and_spec(text)
    answerer = _opened(text, spec, url=url, settings=settings or Settings())
    name = answerer.about.name if label is None else label
    check_name(name, text)
    answerer.about = dataclasses.replace(answerer.about, name=name, spec=spec)
    return answerer


def open_answerers(
    texts: Sequence[str], *, url: str | None = None, settings: Settings | None = None
) -> tuple[Answerer, ...]:
    """Open several models, or say everything that is wrong with them at once.

    Raises
    ------
    SystemFault
        When one cannot be opened, two have the same name, or there is none.
    """
    if not texts:
        raise SystemFault(f"No model was named; there are {', '.join(ANSWERERS)}.")
    return open_all(
        texts, lambda text: open_answerer(text, url=url, settings=settings), about=lambda answerer: answerer.about
    )


def _opened(
    text: str, spec: str, *, url: str | None, settings: Settings
) -> ChatAnswerer | GeminiAnswerer | LocalAnswerer | Fake:
    kind, _, argument = spec.partition(":")
    if kind == "openai" and argument:
        address = url or os.environ.get(OPENAI_URL)
        if not address:
            raise SystemFault(
                f"Where does the model {argument[:_MOST_NAME]!r} answer? Name its address by --url or in {OPENAI_URL}: "
                f"{OPENAI}, or http://localhost:8000/v1 for a server on this machine."
            )
        return ChatAnswerer(argument, address, settings=settings)
    if kind == "gemini" and argument:
        return GeminiAnswerer(argument, address=url or GEMINI, settings=settings)
    if kind == "python" and argument:
        return LocalAnswerer(argument)
    fake = open_fake(spec)
    if fake is None:
        raise SystemFault(no_such_system(text, spec, specs=ANSWERERS, what="model"))
    return fake
