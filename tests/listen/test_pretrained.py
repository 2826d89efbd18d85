"""Models of transformers are found or refused, never filled in at random, and run no code of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import ListenError
from earwitness.listen.models import open_backbone
from earwitness.listen.pretrained import PINNED, chosen_device, find_model, package

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FIND = "import sys; from earwitness.listen.pretrained import find_model; print(*find_model(sys.argv[1]))"


@pytest.fixture
def folder(tiny_models: Path, tmp_path: Path) -> Path:
    """A copy of a model, to damage."""
    return Path(shutil.copytree(tiny_models / "ast", tmp_path / "copy"))


def rewritten(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


@pytest.mark.parametrize("place", ["no/such/folder", "nowhere", "/etc/passwd", "a/b@main", "../x", "a/b@" + "0" * 39])
def test_what_is_no_place_is_refused(place: str) -> None:
    with pytest.raises(ListenError, match=r"is no folder, and no name of a model, which would be OWNER/MODEL@COMMIT"):
        find_model(place)


def test_a_name_wants_its_commit() -> None:
    with pytest.raises(ListenError, match=r"Which commit of 'someone/model'\? Say someone/model@COMMIT"):
        find_model("someone/model")
    assert all(len(commit) == 40 for commit in PINNED.values())


@pytest.mark.parametrize("missing", ["config.json", "preprocessor_config.json"])
def test_a_folder_that_is_no_model_is_refused(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(ListenError, match=f"copy' is not a model of transformers for audio: it has no {missing}"):
        open_backbone(f"ast:{folder}")


def test_weights_that_can_run_code_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ListenError, match="has no weights as safetensors; those in other formats can run code"):
        open_backbone(f"ast:{folder}")


def test_damaged_weights_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ListenError, match=r"Cannot read the weights of the model in '.*copy'"):
        open_backbone(f"ast:{folder}")


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json"])
def test_damaged_settings_are_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("{", encoding="utf-8")
    with pytest.raises(ListenError, match=r"Cannot read the (weights|feature extractor) of the model in '.*copy'"):
        open_backbone(f"ast:{folder}")


def test_a_damaged_processor_is_refused(folder: Path) -> None:
    (folder / "processor_config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ListenError, match=r"copy' is damaged: '.*processor_config\.json' is not JSON"):
        open_backbone(f"ast:{folder}")


def test_missing_weights_are_not_filled_in(folder: Path) -> None:
    safetensors = package("safetensors.numpy")
    tensors = safetensors.load_file(folder / "model.safetensors")
    del tensors["classifier.dense.weight"]
    safetensors.save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ListenError, match=r"lacks 1 of the weights that ASTForAudioClassification has.*dense\.weight"):
        open_backbone(f"ast:{folder}")


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    rewritten(folder / "config.json", id2label={"0": "one", "1": "two"}, label2id={"one": 0, "two": 1})
    with pytest.raises(ListenError, match=r"Cannot read the weights|in another shape"):
        open_backbone(f"ast:{folder}")


def test_another_kind_of_model_is_refused(tiny_models: Path) -> None:
    with pytest.raises(ListenError, match=r"Cannot read the weights of the model in '.*clap': Unrecognized config"):
        open_backbone(f"ast:{tiny_models / 'clap'}")
    with pytest.raises(
        ListenError, match=r"holds a model of the kind 'audio-spectrogram-transformer'; expected 'clap'"
    ):
        open_backbone(f"clap:{tiny_models / 'ast'}")


@pytest.mark.parametrize("model_type", ["audio-spectrogram-transformer", "mystery"])
def test_no_code_of_a_model_is_run(folder: Path, tmp_path: Path, model_type: str) -> None:
    mark = tmp_path / "it ran"
    (folder / "own.py").write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    own = {"AutoConfig": "own.Config", "AutoModelForAudioClassification": "own.Model"}
    rewritten(folder / "config.json", auto_map=own, model_type=model_type)
    rewritten(folder / "preprocessor_config.json", auto_map={"AutoFeatureExtractor": "own.Extractor"})
    if model_type == "mystery":
        with pytest.raises(ListenError, match="Cannot read the weights of the model"):
            open_backbone(f"ast:{folder}")
    else:
        assert len(open_backbone(f"ast:{folder}").frames(np.zeros(100, dtype=np.float32)).features) == 1
    assert not mark.exists()


def test_the_version_tells_the_weights(tiny_models: Path, folder: Path) -> None:
    same, first = (open_backbone(f"ast:{place}").version for place in (folder, tiny_models / "ast"))
    assert same == first
    rewritten(folder / "preprocessor_config.json", mean=-4.0)
    assert open_backbone(f"ast:{folder}").version != first


def test_a_backbone_is_found_again_by_its_name(
    tiny_models: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tiny_models)
    backbone = open_backbone("ast:ast", hop_s=0.2)
    monkeypatch.chdir(tmp_path)
    assert open_backbone(backbone.name, hop_s=0.2).version == backbone.version
    # Where the model has been moved to, as for a file of weights.
    assert open_backbone("ast:/no/such/folder", hop_s=0.2, model=folder).version == backbone.version


def test_a_package_that_is_missing_is_named() -> None:
    with pytest.raises(ListenError, match=r"'no_such_package', which is not installed: pip install 'earwitness\[mod"):
        package("no_such_package")


def test_a_device_that_is_not_here_is_refused(tiny_models: Path) -> None:
    for device in ("cuda:99", "abacus"):
        with pytest.raises(ListenError, match=f"There is no device '{device}' here: "):
            chosen_device(device)


def test_opening_is_quiet_and_changes_no_setting(tiny_models: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logging = package("transformers").utils.logging
    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    open_backbone(f"ast:{tiny_models / 'ast'}")
    open_backbone(f"clap:{tiny_models / 'clap'}")
    assert capfd.readouterr() == ("", "")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, earwitness.listen.models; print({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "set()\n"


class Hub:
    """A hub of one model, on this machine."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Answers(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer(with_body=False)

            def do_GET(self) -> None:
                self.answer(with_body=True)

            def answer(self, *, with_body: bool) -> None:
                path = self.path.partition("?")[0]
                headers = {}
                if path == f"/api/models/someone/model/tree/{COMMIT}":
                    files = [{"type": "file", "path": each.name, "size": 1, "oid": "0"} for each in folder.iterdir()]
                    body = json.dumps(files).encode()
                elif path.startswith(f"/someone/model/resolve/{COMMIT}/"):
                    file = folder / Path(path).name
                    asked.append(file.name)
                    body = file.read_bytes()
                    headers = {"ETag": f'"{file.name}"', "X-Repo-Commit": COMMIT}
                else:
                    self.send_error(404)
                    return
                self.send_response(200)
                for name, value in (headers | {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                if with_body:
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def hub(folder: Path) -> Iterator[Hub]:
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "own.py").write_text("raise SystemExit", encoding="utf-8")
    hub = Hub(folder)
    thread = threading.Thread(target=hub.server.serve_forever)
    thread.start()
    yield hub
    hub.server.shutdown()
    hub.server.server_close()
    thread.join()


def found(cache: Path, *, model: str = "someone/model", **environment: str) -> subprocess.CompletedProcess[str]:
    """Find a model in a process of its own, for the hub's address is read when its package is loaded."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return subprocess.run(
        [sys.executable, "-c", FIND, f"{model}@{COMMIT}"],
        env=kept | {"HF_HOME": str(cache), "HF_HUB_DISABLE_TELEMETRY": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_model_is_downloaded_once(hub: Hub, tmp_path: Path) -> None:
    done = found(tmp_path / "cache", HF_ENDPOINT=hub.address)
    assert done.returncode == 0, done.stderr
    path, name = done.stdout.split()
    assert name == f"someone/model@{COMMIT}"
    # Neither the pickle nor the code was fetched.
    expected = {"config.json", "model.safetensors", "preprocessor_config.json"}
    assert {each.name for each in Path(path).iterdir()} == set(hub.asked) == expected
    asked = len(hub.asked)
    again = found(tmp_path / "cache", HF_ENDPOINT=hub.address)
    assert (again.stdout, len(hub.asked)) == (done.stdout, asked)
    assert len(open_backbone(f"ast:{path}").classes) == 4


def test_without_a_network_it_is_told_what_to_do(tmp_path: Path) -> None:
    done = found(tmp_path / "cache", HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    assert "ListenError: The model 'someone/model' is not on this machine, and cannot be downloaded: " in done.stderr
    assert f"'hf download someone/model --revision {COMMIT} --local-dir FOLDER', copy FOLDER here" in done.stderr


def test_a_model_that_the_hub_does_not_know_is_refused(hub: Hub, tmp_path: Path) -> None:
    done = found(tmp_path / "cache", model="someone/else", HF_ENDPOINT=hub.address)
    assert done.returncode == 1
    assert "The model 'someone/else' is not on this machine, and cannot be downloaded: " in done.stderr
