"""From what a user names to a model: every spec opens, every typo is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from earwitness.errors import SystemFault
from earwitness.systems.addresses import GEMINI, OPENAI_URL
from earwitness.systems.answerer import Answerer, Question, Reply
from earwitness.systems.answerers import ANSWERERS, open_answerer, open_answerers
from earwitness.systems.chat import Settings
from library.model_server import ModelServer, as_json, says
from systems.asked import forget_keys
from systems.sound import noise_wav


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    forget_keys(monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("def answer(text): return text\n", encoding="utf-8")


EXAMPLES = {
    "openai:MODEL": "openai:Qwen/Qwen2.5-Omni-7B",
    "gemini:MODEL": "gemini:gemini-2.5-flash",
    "python:MODULE:NAME": "python:./own.py:answer",
    "oracle": "oracle",
    "random[:SEED]": "random:5",
    "prior": "prior",
    "refuser": "refuser",
    "letter:A": "letter:A",
    "truncating:SECONDS": "truncating:30",
}


def test_every_spec_has_an_example() -> None:
    assert set(EXAMPLES) == set(ANSWERERS)


@pytest.mark.parametrize("spec", EXAMPLES.values())
def test_every_spec_opens(spec: str) -> None:
    opened = open_answerer(spec, url="http://localhost:1/v1")
    assert isinstance(opened, Answerer) and opened.about.spec == spec
    assert opened.about.reference == (spec.partition(":")[0] not in ("openai", "gemini", "python"))
    named = open_answerer(f"my name={spec}", url="http://localhost:1/v1")
    assert (named.about.name, named.about.spec, named.about.version) == ("my name", spec, opened.about.version)


@pytest.mark.parametrize("spec", EXAMPLES.values())
def test_every_model_answers_with_a_recording_and_without(spec: str) -> None:
    server = ModelServer(keep_alive=True)
    choice, candidate = {"message": {"content": "ANSWER: B"}}, {"content": {"parts": [{"text": "ANSWER: B"}]}}
    server.replies = [as_json({"choices": [choice], "candidates": [candidate]})]
    opened = open_answerer(spec, url=server.url)
    questions = [Question("What?", audio, ("a", "bb"), gold=1) for audio in (None, noise_wav(), noise_wav(0.5))]
    for question in questions * 2:
        reply = opened.answer(question)
        assert isinstance(reply, Reply) and reply.text
        assert reply == opened.answer(question), "the same question has the same answer"
    close = getattr(opened, "close", None)
    if close is not None:
        close()
    server.close()


def test_names() -> None:
    names = ["openai:a=b", "gemini:models/g", "python:own:answer", "x=random"]
    found = [each.about.name for each in open_answerers(names, url="https://a.org/v1")]
    assert found == ["a=b", "models/g", "answer", "x"]


def test_the_address_is_named_or_told_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemFault, match=r"Where does the model 'm' answer\? Name its address by --url or in OPENAI_"):
        open_answerer("openai:m")
    monkeypatch.setenv(OPENAI_URL, "https://b.org/v1")
    assert open_answerer("openai:m").about.details["server"] == "https://b.org/v1"
    assert open_answerer("openai:m", url="https://a.org/v1").about.details["server"] == "https://a.org/v1"
    assert open_answerer("gemini:m").about.details["server"] == GEMINI
    assert open_answerer("gemini:m", url="https://a.org/v1beta").about.details["server"] == "https://a.org/v1beta"
    with pytest.raises(SystemFault, match="is not encrypted"):
        open_answerer("openai:m", url="http://a.org/v1")


def test_settings_are_used() -> None:
    server = ModelServer()
    server.replies = [says("B")]
    opened = open_answerer("openai:m", url=server.url, settings=Settings(temperature=0.5))
    assert opened.answer(Question("What?")).text == "B"
    assert server.requests[0].body["temperature"] == 0.5
    server.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "openia:m",
            r"There is no model 'openia:m'\. Did you mean openai:MODEL\? There are openai:MODEL, gemini:MODEL",
        ),
        ("gemni:m", r"Did you mean gemini:MODEL\?"),
        ("oracel", r"Did you mean oracle\?"),
        ("x=Prior", r"There is no model 'Prior'\. Did you mean prior\?"),
        ("truncating", r"Did you mean truncating:SECONDS\?"),
        ("openai", r"Did you mean openai:MODEL\?"),
        ("openai:", r"Did you mean openai:MODEL\?"),
        ("", r"There is no model ''"),
        ("x=", r"There is no model 'x='"),
        ("=oracle", r"name must be 1 to 80 printable characters; got ''"),
        (f"{'x' * 81}=oracle", "1 to 80 printable"),
        ("python:own", "must name a module and what is in it"),
        ("python:./absent.py:f", "There is no Python file"),
        ("letter:1", "one letter from A to Z"),
    ],
)
def test_what_there_is_not_is_told_with_the_nearest(text: str, words: str) -> None:
    with pytest.raises(SystemFault, match=words):
        open_answerer(text)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(SystemFault) as caught:
        open_answerers(["oracel", "prior", "Prior=random", "letter:1"])
    said = str(caught.value)
    assert said.startswith("3 of the 4 systems cannot be used:")
    assert "no model 'oracel'" in said and "would both be called 'Prior'" in said and "one letter" in said
    with pytest.raises(SystemFault, match="No model was named"):
        open_answerers([])


def test_opening_sends_nothing_and_loads_little() -> None:
    server = ModelServer()
    open_answerer("openai:m", url=server.url)
    assert not server.requests and server.n_connections == 0
    server.close()
