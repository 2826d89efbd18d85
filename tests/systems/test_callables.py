"""A user's own model: every form of it that is taken, and what is said of those that are not."""

from __future__ import annotations

import hashlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import SystemFault
from earwitness.systems.base import Embedder, Retriever
from earwitness.systems.callables import python_system
from earwitness.systems.embedding import EmbeddingRetriever
from systems.toy import toy_clips

TEXTS = ("a dog", "a cat", "")


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Write a module into the working directory; what it brought into this process is taken out again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    # Other tests of this process load models too: theirs are out of the way meanwhile.
    for name in [name for name in sys.modules if name.startswith("_earwitness_")]:
        monkeypatch.delitem(sys.modules, name)
    known, path = set(sys.modules), list(sys.path)

    def write(source: str, *, name: str = "my_model.py") -> Path:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("import numpy as np\n" + textwrap.dedent(source), encoding="utf-8")
        return target

    yield write
    assert sys.path == path
    for new in set(sys.modules) - known:
        del sys.modules[new]


LENGTHS = """
def score(texts, clips):
    return np.array([[len(text) + place for place in range(len(clips))] for text in texts])
"""


# --- what is taken ---


@pytest.mark.parametrize("where", ["my_model", "./my_model.py", "my_model.py", "{cwd}/my_model.py"])
def test_a_function(where: str, module: Callable[..., Path], tmp_path: Path) -> None:
    path = module(LENGTHS)
    system = python_system(f"{where.format(cwd=tmp_path)}:score")
    assert system.retriever.scores(TEXTS, toy_clips(2)).tolist() == [[5, 6], [5, 6], [0, 1]]
    assert system.retriever.scores(TEXTS, toy_clips(2)).dtype == np.float32
    about = system.about
    assert (about.name, about.paradigm, about.reference, about.n_parameters) == ("score", "other", False, None)
    assert about.version == hashlib.sha256(path.read_bytes()).hexdigest() and about.details == {}
    assert about.spec.startswith("python:") and not system.whole_corpus
    assert isinstance(system.retriever, Retriever)


@pytest.mark.parametrize("name", ["Model", "model", "build"])
def test_a_class_or_an_object_with_scores(name: str, module: Callable[..., Path]) -> None:
    module("""
        class Model:
            made = 0
            def __init__(self, size=3):
                Model.made += 1
                self.size = size
            def scores(self, texts, clips):
                return np.full((len(texts), len(clips)), self.size)
        model = Model(4)
        class build(Model):
            def __call__(self, texts, clips):
                raise AssertionError("'scores' goes first")
    """)
    scores = python_system(f"my_model:{name}").retriever.scores(TEXTS, toy_clips(2))
    assert (scores == (4 if name == "model" else 3)).all() and scores.shape == (3, 2)


def test_a_class_is_made_once(module: Callable[..., Path]) -> None:
    module("""
        class Model:
            made = 0
            def __init__(self):
                Model.made += 1
            def scores(self, texts, clips):
                return np.full((len(texts), len(clips)), Model.made)
    """)
    retriever = python_system("my_model:Model").retriever
    for _ in range(2):
        assert (retriever.scores(TEXTS, toy_clips(2)) == 1).all()


def test_an_object_that_can_be_called(module: Callable[..., Path]) -> None:
    module("""
        class Model:
            def __call__(self, texts, clips):
                return np.ones((len(texts), len(clips)))
        model = Model()
    """)
    for name in ("Model", "model"):
        assert python_system(f"my_model:{name}").retriever.scores(TEXTS, toy_clips(2)).all()


EMBEDDER = """
class Model:
    sounds = 0
    version = "rev 7"
    paradigm = "CLIP-style"
    n_parameters = 12
    def embed_texts(self, texts):
        return np.array([[len(text) + 1, 1] for text in texts])
    def embed_audio(self, audio, sample_rate):
        Model.sounds += len(audio)
        assert sample_rate == 8000 and audio[0].dtype == np.float32
        return np.array([[samples[0] * 32768 + 1, 1] for samples in audio])
"""


def test_an_embedder(module: Callable[..., Path], tmp_path: Path) -> None:
    path = module(EMBEDDER)
    for _ in range(2):
        system = python_system("./my_model.py:Model", embeddings=tmp_path / "cache")
        scores = system.retriever.scores(["", "abc"], toy_clips(3))
        # Cosines of (1, 1) and (4, 1) with (1, 1), (2, 1) and (3, 1).
        texts, sounds = np.array([[1, 1], [4, 1]]), np.array([[1, 1], [2, 1], [3, 1]])
        lengths = np.outer(np.linalg.norm(texts, axis=1), np.linalg.norm(sounds, axis=1))
        assert scores == pytest.approx(texts @ sounds.T / lengths, abs=1e-6)
    assert isinstance(system.retriever, EmbeddingRetriever)
    # The second system found its vectors in the cache.
    model = next(value for name, value in sys.modules.items() if name.startswith("_earwitness_")).Model
    assert model.sounds == 3 and isinstance(model(), Embedder)
    assert list((tmp_path / "cache").rglob("*.npz"))
    about = system.about
    assert (about.paradigm, about.n_parameters) == ("CLIP-style", 12)
    assert about.version == f"{hashlib.sha256(path.read_bytes()).hexdigest()}, rev 7"


def test_a_changed_embedder_finds_nothing_of_the_old_one(module: Callable[..., Path], tmp_path: Path) -> None:
    for text in (EMBEDDER, EMBEDDER.replace("rev 7", "rev 8"), EMBEDDER + "# changed\n"):
        module(text)
        python_system("./my_model.py:Model", embeddings=tmp_path / "c").retriever.scores(["a"], toy_clips(3))
    assert len(list((tmp_path / "c").iterdir())) == 3


def test_an_embedder_without_a_cache_writes_nothing(module: Callable[..., Path], tmp_path: Path) -> None:
    module(EMBEDDER)
    python_system("my_model:Model").retriever.scores(["a"], toy_clips(3))
    assert [path.name for path in tmp_path.iterdir()] == ["my_model.py"]


def test_what_a_model_says_of_itself(module: Callable[..., Path]) -> None:
    module(
        LENGTHS
        + """
score.paradigm = "reference"
score.n_parameters = np.int64(3).item()
score.whole_corpus = True
score.version = "2"
score.details = {"prompt": "é", "layers": (1, 2)}
"""
    )
    system = python_system("my_model:score")
    about = system.about
    assert about.reference and about.paradigm == "reference" and about.n_parameters == 3 and system.whole_corpus
    assert about.version.endswith(", 2") and about.details == {"prompt": "é", "layers": [1, 2]}


def test_a_module_may_use_its_neighbours_and_dataclasses(module: Callable[..., Path], tmp_path: Path) -> None:
    module("SIZE = 7\n", name="deep/sibling_of_mine.py")
    module("""
        from __future__ import annotations
        import dataclasses
        import sibling_of_mine
        @dataclasses.dataclass
        class Model:
            size: int = sibling_of_mine.SIZE
            def scores(self, texts, clips):
                return np.full((len(texts), len(clips)), self.size)
    """.replace("from __future__ import annotations", ""), name="deep/my_model.py")  # fmt: skip
    assert (python_system("deep/my_model.py:Model").retriever.scores(TEXTS, toy_clips(2)) == 7).all()


def test_a_module_in_a_package(module: Callable[..., Path]) -> None:
    path = module(LENGTHS, name="my_package/inner/models.py")
    system = python_system("my_package.inner.models:score")
    assert system.about.version == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_changed_file_is_read_again_and_the_same_one_is_not(module: Callable[..., Path]) -> None:
    module("def score(texts, clips):\n    return np.full((len(texts), len(clips)), 1)\nother = score\nprint('ran')")
    first, other = python_system("./my_model.py:score"), python_system("my_model.py:other")
    module("def score(texts, clips):\n    return np.full((len(texts), len(clips)), 2)")
    second = python_system("./my_model.py:score")
    assert [s.retriever.scores(["a"], toy_clips(1)).item() for s in (first, other, second)] == [1, 1, 2]
    assert first.about.version == other.about.version != second.about.version


def test_running_a_file_once(module: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    module(LENGTHS + "print('ran')\n")
    python_system("./my_model.py:score")
    python_system("my_model.py:score")
    assert capsys.readouterr().out == "ran\n"


# --- what is not ---


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("my_model", r"'python:my_model' must name a module and what is in it: python:MODULE:NAME"),
        (":score", "must name a module"),
        ("my_model:", "must name a module"),
        ("no_such_module:score", r"There is no module 'no_such_module' in '.*' .* python:\./my_model\.py:NAME"),
        ("no_such.module:score", r"There is no module 'no_such\.module'"),
        ("my_model.deeper:score", r"There is no module 'my_model\.deeper'"),
        ("./nowhere.py:score", r"There is no Python file 'nowhere\.py'"),
        ("./:score", r"There is no Python file"),
        ("./my_model.txt:score", r"must be a Python file, with a name that ends in \.py"),
        ("..my_model:score", r"'\.\.my_model' cannot be imported: TypeError"),
        ("my_model:scoer", r"'my_model' has no 'scoer'; expected a function of \(texts, clips\), .* mean 'score'\?"),
        ("my_model:zzz", r"'my_model' has no 'zzz'; .*'embed_audio\(audio, sample_rate\)'\.$"),
        ("my_model:NUMBER", r"'python:my_model:NUMBER' is int '3'; expected a function"),
        ("my_model:np", r"is module .*; expected a function"),
        ("my_model:NOTHING", r"is NoneType 'None'; expected a function"),
        ("my_model:factory", r"it must take \(texts, clips\) by position; it takes \(\): too many"),
        ("my_model:greedy", r"it must take \(texts, clips\) by position; it takes \(texts, clips, model\)"),
        ("my_model:Named", r"scores must take \(texts, clips\) by position; it takes \(\*, texts, clips\)"),
        ("my_model:OneArgument", r"embed_audio must take \(audio, sample_rate\) by position; it takes \(audio\)"),
        ("my_model:Half", r"'python:my_model:Half' has 'embed_texts' and lacks 'embed_audio'; an embedder needs both"),
        ("my_model:OtherHalf", r"has 'embed_audio' and lacks 'embed_texts'"),
        ("my_model:Empty", r"is Empty '<.*Empty object.*; expected a function"),
        ("my_model:Demanding", r"class 'my_model:Demanding' cannot be made without arguments: TypeError: .*weights"),
        ("my_model:Failing", r"class 'my_model:Failing' cannot be made .*: FileNotFoundError: weights\.pt"),
    ],
)
def test_what_is_no_model_is_refused(argument: str, message: str, module: Callable[..., Path]) -> None:
    source = (
        LENGTHS
        + """
NUMBER, NOTHING = 3, None
def factory(): return score
def greedy(texts, clips, model): return 0
class Named:
    def scores(self, *, texts, clips): return 0
class OneArgument:
    def embed_texts(self, texts): return 0
    def embed_audio(self, audio): return 0
class Half:
    def embed_texts(self, texts): return 0
class OtherHalf:
    scores = None
    def embed_audio(self, audio, sample_rate): return 0
class Empty: pass
class Demanding:
    def __init__(self, weights): pass
class Failing:
    def __init__(self): raise FileNotFoundError("weights.pt")
"""
    )
    module(source)
    module(source, name="my_model.txt")
    with pytest.raises(SystemFault, match=message):
        python_system(argument)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def score(texts, clips:\n", r"cannot be imported: SyntaxError: .*never closed.*"),
        ("1 / 0\n", r"cannot be imported: ZeroDivisionError: division by zero"),
        ("import torch_of_another_world\n", r"cannot be imported: it needs the module 'torch_of_another_world'"),
        ("from numpy import no_such_thing\n", r"cannot be imported: ImportError: cannot import name 'no_such_thing'"),
        ("import sys\nsys.exit('usage: model FILE')\n", r"cannot be imported: SystemExit: usage: model FILE"),
    ],
)
@pytest.mark.parametrize("where", ["my_broken_model", "./my_broken_model.py"])
def test_a_module_that_breaks_is_named_with_what_it_raised(
    source: str, message: str, where: str, module: Callable[..., Path]
) -> None:
    module(source, name="my_broken_model.py")
    with pytest.raises(SystemFault, match=rf"my_broken_model(\.py)?' {message}"):
        python_system(f"{where}:score")
    assert not [name for name in sys.modules if "my_broken" in name or name.startswith("_earwitness_")]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("paradigm = 'clip'", r"'python:my_model:score': its attribute 'paradigm' must be one of .*; got 'clip'"),
        ("paradigm = None", r"'paradigm' must be one of .*; got 'None'"),
        ("n_parameters = 0", r"'n_parameters' must be a whole number above zero, or None; got '0'"),
        ("n_parameters = 7e9", r"'n_parameters' .*; got '7000000000\.0'"),
        ("n_parameters = True", r"'n_parameters'"),
        ("whole_corpus = 1", r"'whole_corpus' must be True or False; got '1'"),
        ("version = 2", r"'version' must be a text; got '2'"),
        ("details = ['a']", r"'details' must be a mapping; got"),
        ("details = {'a': np.float32(1)}", r"'details' must be what JSON can hold"),
        ("details = {'a': float('nan')}", r"'details' must be what JSON can hold"),
    ],
)
def test_what_a_model_says_of_itself_must_make_sense(said: str, message: str, module: Callable[..., Path]) -> None:
    module(LENGTHS + f"score.{said}\n")
    with pytest.raises(SystemFault, match=message):
        python_system("my_model:score")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("np.ones((3, 3))", r"of shape \(3, 2\), a row for each text and a column for each clip; got float64 of shape"),
        ("np.ones((2, 3))", r"got float64 of shape \(2, 3\)"),
        ("np.ones(3)", r"got float64 of shape \(3,\)"),
        ("np.ones((3, 2, 1))", r"of shape \(3, 2, 1\)"),
        ("0.5", r"got float64 of shape \(\)"),
        ("None", r"got object of shape \(\)"),
        ("np.ones((3, 2), dtype=complex)", r"got complex128"),
        ("np.ones((3, 2), dtype=bool)", r"got bool"),
        ("[['a', 'b']] * 3", r"got <U1 of shape \(3, 2\)"),
        ("[[1, 2], [3], [4]]", r"got list, of which no array can be made"),
    ],
)
def test_scores_of_another_shape_or_kind_are_refused(given: str, message: str, module: Callable[..., Path]) -> None:
    module(f"def score(texts, clips):\n    return {given}\n")
    with pytest.raises(SystemFault, match=rf"'python:my_model:score' must return scores .*{message}"):
        python_system("my_model:score").retriever.scores(TEXTS, toy_clips(2))


def test_what_a_model_raises_is_its_own(module: Callable[..., Path]) -> None:
    module("def score(texts, clips):\n    raise KeyError('in the model')\n")
    with pytest.raises(KeyError, match="in the model"):
        python_system("my_model:score").retriever.scores(TEXTS, toy_clips(2))


def test_a_model_is_given_texts_and_sound_and_no_truth(module: Callable[..., Path]) -> None:
    module("""
        def score(texts, clips):
            assert [type(text) for text in texts] == [str] * 3
            seen = [value for name, value in vars(clips).items() if name != "_render"]
            assert seen == [clips.names, clips.sha256, clips.sample_rate], seen
            return np.array([[samples[0] for samples in clips]] * len(texts))
    """)
    scores = python_system("my_model:score").retriever.scores(TEXTS, toy_clips(3))
    assert scores[0].tolist() == [0, 1 / 32768, 2 / 32768]
