"""A user's own model that answers: what it may ask for, what it may return, and what is said when it raises."""

from __future__ import annotations

import hashlib
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from earwitness.errors import AnswerError, SystemFault
from earwitness.systems.addresses import KEY
from earwitness.systems.answerer import Answerer, Question
from earwitness.systems.local import LocalAnswerer
from systems.asked import SECRET, forget_keys, no_part_of
from systems.sound import noise_wav


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Write a module into the working directory; what it brought into this process is taken out again."""
    forget_keys(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    known = set(sys.modules)

    def write(source: str) -> Path:
        path = tmp_path / "my_answers.py"
        path.write_text("import os, time\nimport numpy as np\n" + textwrap.dedent(source), encoding="utf-8")
        return path

    yield write
    for new in set(sys.modules) - known:
        del sys.modules[new]


def answer(name: str, question: Question | None = None) -> str:
    return LocalAnswerer(f"my_answers:{name}").answer(question or Question("What?", noise_wav())).text


# --- what is taken ---


@pytest.mark.parametrize("where", ["my_answers", "./my_answers.py"])
def test_a_function_of_text_and_samples(where: str, module: Callable[[str], Path]) -> None:
    path = module("""
        def answer(text, audio, sample_rate):
            if audio is None:
                return f"{text} {sample_rate}"
            assert audio.dtype == np.float32
            return f"{text} {audio.shape} {sample_rate} {abs(audio).max():.2f}"
    """)
    model = LocalAnswerer(f"{where}:answer")
    assert isinstance(model, Answerer)
    assert model.answer(Question("What?", noise_wav(0.5))).text == "What? (8000, 2) 16000 0.50"
    assert model.answer(Question("What?", noise_wav(0.5, channels=1))).text == "What? (8000, 1) 16000 0.50"
    assert model.answer(Question("What?")).text == "What? None"
    about = model.about
    assert (about.name, about.spec, about.paradigm) == ("answer", f"python:{where}:answer", "other")
    assert about.version == hashlib.sha256(path.read_bytes()).hexdigest() and not about.reference


def test_what_it_may_ask_for_by_name(module: Callable[[str], Path]) -> None:
    module("""
        def alone(text): return text
        def reordered(sample_rate, *, audio, text, beams=4): return f"{text} {len(audio)} {sample_rate} {beams}"
        def whole(text, wav): return f"{text} {len(wav)}"
        def file(text, path): return f"{path} {os.path.getsize(path)}"
        def anything(**given): return " ".join(sorted(given))
        def some(text, wav, **given): return " ".join(sorted(given))
        class Model:
            paradigm, n_parameters, version, details = "MLLM", 7, "v2", {"weights": "none"}
            def __init__(self): self.name = "made"
            def answer(self, text, audio=None): return f"{self.name} {text} {len(audio)}"
        model = Model()
    """)
    wav = noise_wav()
    assert answer("alone") == "What?"
    assert answer("reordered") == "What? 1600 16000 4"
    assert answer("whole") == f"What? {len(wav)}"
    path, size = answer("file").split()
    assert path.endswith(".wav") and int(size) == len(wav) and not Path(path).exists()
    assert answer("anything") == "audio sample_rate text"
    assert answer("some") == "audio sample_rate"
    assert answer("Model") == answer("model") == "made What? 1600"
    about = LocalAnswerer("my_answers:Model").about
    assert (about.paradigm, about.n_parameters, about.details) == ("MLLM", 7, {"weights": "none"})
    assert about.version.endswith(", v2")


def test_a_file_is_none_where_there_is_no_recording_and_is_gone_after_an_error(module: Callable[[str], Path]) -> None:
    module("""
        def none(text, path): return str(path)
        def failing(text, path): raise ValueError(path)
    """)
    assert answer("none", Question("What?")) == "None"
    with pytest.raises(AnswerError, match=r"earwitness-.*\.wav") as caught:
        answer("failing")
    assert not Path(str(caught.value.__cause__)).exists()


def test_what_it_may_return(module: Callable[[str], Path]) -> None:
    module("""
        from earwitness.systems.answerer import Reply
        def a(text): return {"text": "B", "reasoning": "it barks"}
        def b(text): return {"text": "B"}
        def c(text): return Reply("B", tokens={"output": 3})
        def d(text): return ""
    """)
    reply = LocalAnswerer("my_answers:a").answer(Question("What?"))
    assert (reply.text, reply.reasoning) == ("B", "it barks")
    assert answer("b") == "B" and answer("d") == ""
    assert LocalAnswerer("my_answers:c").answer(Question("What?")).tokens == {"output": 3}


@pytest.mark.parametrize("returned", ["None", "3", "['B']", "{}", "{'text': None}", "{'text': 'B', 'reasoning': 3}"])
def test_what_it_may_not_return(returned: str, module: Callable[[str], Path]) -> None:
    module(f"def model(text): return {returned}\n")
    with pytest.raises(AnswerError, match=r"'python:my_answers:model' must return a text, or .*; got") as caught:
        answer("model")
    assert caught.value.kind == "model"


# --- what is refused ---


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "has no 'nothing'; expected a function, or an object"),
        ("modle", "Did you mean 'model'"),
        ("number", "is int '3'; expected a function, or an object"),
        ("nameless", r"takes \(question\); expected a function, .* each by its name"),
        ("greedy", r"takes \(text, choices\); expected"),
        ("by_place", r"takes \(text, /\); expected"),
        ("odd", "'parallel' must be True or False; got '1'"),
        ("Demanding", "cannot be made without arguments: TypeError"),
    ],
)
def test_what_is_no_model_is_refused(name: str, words: str, module: Callable[[str], Path]) -> None:
    module("""
        number = 3
        def model(text): return text
        def nameless(question): return question
        def greedy(text, choices): return text
        def by_place(text, /): return text
        def odd(text): return text
        odd.parallel = 1
        class Demanding:
            def __init__(self, weights): pass
            def answer(self, text): return text
    """)
    with pytest.raises(SystemFault, match=words):
        LocalAnswerer(f"my_answers:{name}")


# --- what it raises ---


def test_what_it_raises_is_no_answer(module: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, SECRET)
    module(f"""
        from earwitness.errors import AnswerError
        def load(): raise RuntimeError("out of memory\\nwith {SECRET} in it")
        def breaks(text): return load()
        def leaves(text): raise SystemExit("usage")
        def refuses(text): raise AnswerError("refused", "I will not")
        def invents(text): raise AnswerError("tired", "I will not")
        def stops(text): raise KeyboardInterrupt
    """)
    with pytest.raises(AnswerError) as caught:
        answer("breaks")
    error = caught.value
    assert error.kind == "model"
    assert error.detail.startswith("'python:my_answers:breaks' raised RuntimeError: out of memory")
    assert error.detail.endswith("(my_answers.py, line 5)") and no_part_of(SECRET, str(error))
    for name, kind, words in [
        ("leaves", "model", "raised SystemExit: usage"),
        ("refuses", "refused", "I will not"),
        ("invents", "model", "raised .*AnswerError: tired: I will not"),
    ]:
        with pytest.raises(AnswerError, match=words) as caught:
            answer(name)
        assert caught.value.kind == kind
    with pytest.raises(KeyboardInterrupt):
        answer("stops")


def test_a_recording_that_cannot_be_decoded(module: Callable[[str], Path]) -> None:
    module("""
        def model(text, audio): raise AssertionError("is not asked")
        def whole(text, wav): return str(len(wav))
    """)
    with pytest.raises(AnswerError, match="The recording cannot be decoded") as caught:
        answer("model", Question("What?", b"RIFF"))
    assert caught.value.kind == "audio"
    assert answer("whole", Question("What?", b"RIFF")) == "4"


# --- threads ---


@pytest.mark.parametrize(("name", "most"), [("alone", 1), ("together", 4)])
def test_one_thread_at_a_time_unless_it_says_otherwise(name: str, most: int, module: Callable[[str], Path]) -> None:
    module("""
        now, seen = set(), []
        def alone(text):
            now.add(text)
            time.sleep(0.02)
            seen.append(len(now))
            now.discard(text)
            return text
        def together(text): return alone(text)
        together.parallel = True
    """)
    model = LocalAnswerer(f"my_answers:{name}")
    with ThreadPoolExecutor(4) as pool:
        texts = [f"{number}" for number in range(8)]
        assert [reply.text for reply in pool.map(lambda text: model.answer(Question(text)), texts)] == texts
    assert max(sys.modules["my_answers"].seen) == most


def test_a_lock_is_given_back_after_an_error(module: Callable[[str], Path]) -> None:
    module("def model(text): return 1 / len(text) and text\n")
    model = LocalAnswerer("my_answers:model")
    with pytest.raises(AnswerError, match="ZeroDivisionError"):
        model.answer(Question(""))
    done: list[str] = []
    thread = threading.Thread(target=lambda: done.append(model.answer(Question("x")).text), daemon=True)
    thread.start()
    thread.join(5.0)
    assert done == ["x"]
