"""Opening models of `transformers`: from a folder, or from a hub by a name and a commit.

Only weights in the safetensors format are read, and no code that comes with a model is run. A name is always that of
one commit, so that it means the same weights tomorrow. What is on this machine is opened without the network.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from earwitness.errors import BenchmarkError, ListenError
from earwitness.records import read_json, sha256_of_bytes, sha256_of_file

__all__ = [
    "PINNED",
    "chosen_device",
    "digest_of",
    "exact_arithmetic",
    "find_model",
    "load_part",
    "load_weights",
    "package",
]

PINNED = {
    "MIT/ast-finetuned-audioset-10-10-0.4593": "f826b80d28226b62986cc218e5cec390b1096902",
    "laion/clap-htsat-fused": "0ebdccc578498c90ecb34353b57d2f197cae6e0a",
    "laion/larger_clap_general": "16c8cc3159a3c8a31e8ff5ef1f66b0d9ab3667db",
}
"""The commits of names that may be given without one; each has its weights as safetensors."""

_NAME = re.compile(r"(?P<name>[\w-][\w.-]*/[\w-][\w.-]*)(@(?P<commit>[0-9a-f]{40}))?")
_FILES = ["*.json", "*.txt", "*.safetensors"]


def package(name: str) -> Any:
    """Return a package that only these backbones need.

    Raises
    ------
    ListenError
        When it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ListenError(
            f"This backbone needs the package '{error.name}', which is not installed: pip install 'earwitness[models]'."
        ) from error


def find_model(place: str | Path) -> tuple[Path, str]:
    """Return a model's folder, and how to name it so that it is found again.

    Parameters
    ----------
    place
        A folder, ``OWNER/MODEL@COMMIT``, or one of the names in ``PINNED``.

    Raises
    ------
    ListenError
        When it is neither, is not on this machine and cannot be downloaded, or has no weights as safetensors.
    """
    folder = Path(place)
    if folder.is_dir():
        return _checked(folder, f"'{place}'"), str(folder.resolve())
    named = _NAME.fullmatch(str(place))
    if named is None:
        raise ListenError(f"'{place}' is no folder, and no name of a model, which would be OWNER/MODEL@COMMIT.")
    commit = named["commit"] or PINNED.get(named["name"])
    if commit is None:
        raise ListenError(
            f"Which commit of '{place}'? Say {place}@COMMIT, all 40 digits of it: a name alone may mean other weights "
            f"tomorrow. Those of {', '.join(PINNED)} are known; a folder needs none."
        )
    full = f"{named['name']}@{commit}"
    return _checked(_fetched(named["name"], commit), f"'{full}'"), full


def _fetched(name: str, commit: str) -> Path:
    """Return the folder of a model in the hub's cache, downloaded if it is not there."""
    hub = package("huggingface_hub")
    try:
        return Path(hub.snapshot_download(name, revision=commit, allow_patterns=_FILES, local_files_only=True))
    except OSError:
        pass  # not in the cache, or not all of it
    # Beside the system's errors: those of its HTTP library, of its store of large files, and of a name that is none.
    refusals = (OSError, ValueError, hub.errors.HTTPError, hub.errors.XetDownloadError)
    try:
        return Path(hub.snapshot_download(name, revision=commit, allow_patterns=_FILES))
    except refusals as error:
        reason = str(error).strip().splitlines()[0]
        raise ListenError(
            f"The model '{name}' is not on this machine, and cannot be downloaded: {reason} Fetch it elsewhere by "
            f"'hf download {name} --revision {commit} --local-dir FOLDER', copy FOLDER here, and name it instead."
        ) from error


def _checked(folder: Path, where: str) -> Path:
    # What turns samples into input stands in a file of its own, or, as newer releases save it, in a processor's.
    both = folder / "processor_config.json"
    try:
        processed = both.is_file() and "feature_extractor" in read_json(both)
    except BenchmarkError as error:
        raise ListenError(f"{where} is damaged: {error}") from error
    for name in ("config.json", *([] if processed else ["preprocessor_config.json"])):
        if not (folder / name).is_file():
            raise ListenError(f"{where} is not a model of transformers for audio: it has no {name}.")
    if not any(folder.glob("*.safetensors")):
        raise ListenError(
            f"{where} has no weights as safetensors; those in other formats can run code when they are read. Convert "
            "them once, where you trust them: model.save_pretrained(FOLDER) of transformers writes safetensors."
        )
    return folder


def digest_of(folder: Path) -> str:
    """Return what changes when any of a model's files does that bears on what it hears."""
    files = sorted(path for pattern in _FILES for path in folder.glob(pattern))
    return sha256_of_bytes("".join(f"{sha256_of_file(path)} {path.name}\n" for path in files).encode())


def chosen_device(device: str | None) -> str:
    """Return the device that is named, or else a GPU where there is one, or else the CPU.

    Raises
    ------
    ListenError
        When there is no such device.
    """
    torch = package("torch")
    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError) as error:  # AssertionError: torch was built without CUDA
        raise ListenError(f"There is no device '{chosen}' here: {str(error).splitlines()[0]}") from error
    return chosen


@contextlib.contextmanager
def exact_arithmetic(device: str) -> Iterator[None]:
    """Compute without gradients, and on a GPU too with all digits of a float32, in an order that is always the same."""
    torch = package("torch")
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        if device.startswith("cuda"):
            flags = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
            stack.enter_context(flags)
        yield


def load_weights(maker: Any, folder: Path, *, device: str) -> Any:
    """Return a network with the weights of a folder, as float32, ready to hear.

    Parameters
    ----------
    maker
        The class of transformers that opens it.
    folder
        Where it is.
    device
        Where it computes.

    Raises
    ------
    ListenError
        When it cannot be read, is another kind of model, or lacks weights, which would be filled in at random.
    """
    torch = package("torch")
    model, told = load_part(
        maker, folder, what="weights", use_safetensors=True, dtype=torch.float32, output_loading_info=True
    )
    lacking = sorted(map(str, [*told["missing_keys"], *told["mismatched_keys"]]))
    if lacking:
        raise ListenError(
            f"'{folder}' lacks {len(lacking)} of the weights that {type(model).__name__} has, or has them in another "
            f"shape; the first is {lacking[0]}."
        )
    return model.to(device).eval().requires_grad_(False)


def load_part(maker: Any, folder: Path, *, what: str, **options: Any) -> Any:
    """Return what a class of transformers reads from a folder: no network, no code of the model's own.

    Raises
    ------
    ListenError
        When it cannot be read.
    """
    damaged = (package("safetensors").SafetensorError, package("huggingface_hub").errors.StrictDataclassError)
    try:
        with _quiet():
            return maker.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **options)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, ImportError, *damaged) as error:
        reason = (str(error).strip() or repr(error)).splitlines()[0]
        raise ListenError(f"Cannot read the {what} of the model in '{folder}': {reason}") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from drawing bars and from telling what is checked here; its settings are put back."""
    logging = package("transformers").utils.logging
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    restore: Callable[[], None] = logging.enable_progress_bar if bars else logging.disable_progress_bar
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            # Of the filters of AST and CLAP the lowest are narrower than the spectrum's bins; the models know them so.
            warnings.filterwarnings("ignore", message="At least one mel filter has all zero values")
            yield
    finally:
        logging.set_verbosity(verbosity)
        restore()
