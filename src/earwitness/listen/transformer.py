"""Audio classifiers of `transformers` as backbones: AST, and all that ``AutoModelForAudioClassification`` opens.

Such a model hears a long window at once, 10 s or more, and its last layer tells of many moments in it. So a window is
not heard anew for each frame: windows overlap by half, and a frame's features are what the window that it is most in
the middle of says of the frame's own time. For AST that costs two windows each 10 s where a window for each frame of a
quarter of a second would cost forty, and tells more exactly when.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.listen.base import Samples
from earwitness.listen.framing import checked_hop
from earwitness.listen.pretrained import (
    chosen_device,
    digest_of,
    exact_arithmetic,
    find_model,
    load_part,
    load_weights,
    package,
)
from earwitness.listen.windows import WindowedModel

__all__ = ["DEFAULT_CLASSIFIER", "AudioClassifier", "Scoring"]

DEFAULT_CLASSIFIER = "MIT/ast-finetuned-audioset-10-10-0.4593"
"""The Audio Spectrogram Transformer, trained on AudioSet: 527 classes, 87 million weights, BSD-3-Clause."""

Scoring = Literal["sigmoid", "softmax"]
"""How a model's head becomes scores: each class alone, or one class of them all."""

_AST = "audio-spectrogram-transformer"
_AST_FRAME, _AST_COLUMN = 400, 160  # samples of a spectrum, and from one to the next, whatever the sample rate
_AST_TOKENS = 2  # before the patches: of the class and of the distillation
_AUDIOSET_CLASSES = 527
_OTHERWISE_S = 10.0  # the window of models that hear any length


class _Steps(NamedTuple):
    """How the time axis of a model's last layer lies in a window."""

    centre_s: float
    """The middle of the first step, from the window's start."""
    step_s: float
    """The time from one step to the next, which is also how long each lasts."""


class AudioClassifier(WindowedModel):
    """A classifier on windows of its own length that overlap by half; silence is heard outside the recording.

    Features are the last layer's hidden values over a frame's time: for AST the patches, averaged over frequency,
    which make ten vectors a second. Scores are those of the model's head, which hears its whole window: they tell what
    is heard around a frame within about the window's length, and change only from window to window.

    Parameters
    ----------
    place
        A folder that ``save_pretrained`` wrote, or a model of a hub as ``OWNER/MODEL@COMMIT``.
    hop_s
        The time from one frame to the next, 0.02 to 0.96 s.
    scoring
        None takes what the model's configuration says; where it is silent, each class is scored alone if they are the
        527 of AudioSet, and else one class of them all.
    device
        Where it computes: ``"cpu"``, ``"cuda"``, ``"cuda:1"``; None takes a GPU where there is one.
    batch
        How many windows are heard at a time; more wants more memory.

    Raises
    ------
    ListenError
        When the model cannot be had or read, a package or the device is missing, or the hop is out of range.
    """

    def __init__(
        self,
        place: str | Path = DEFAULT_CLASSIFIER,
        *,
        hop_s: float = 0.25,
        scoring: Scoring | None = None,
        device: str | None = None,
        batch: int = 4,
    ) -> None:
        self.hop_s = checked_hop(hop_s)
        transformers = package("transformers")
        self.device = chosen_device(device)
        folder, named = find_model(place)
        self.name = f"ast:{named}"
        self._opened_as = named, {"hop_s": hop_s, "scoring": scoring, "device": device, "batch": batch}
        self._batch = batch
        self._extractor = load_part(transformers.AutoFeatureExtractor, folder, what="feature extractor")
        self._model = load_weights(transformers.AutoModelForAudioClassification, folder, device=self.device)
        config = self._model.config
        self._scoring = scoring or _scoring(config)
        self.sample_rate = int(self._extractor.sampling_rate)
        self.n_features = int(config.hidden_size)
        self.classes = tuple(str(config.id2label[k]) for k in range(config.num_labels))
        self.version = f"audio classifier 1, files {digest_of(folder)}, {self._scoring}, hop {self.hop_s!r} s"
        self._length = _window(self._extractor, config, sample_rate=self.sample_rate)
        self._frames_each = max(1, round(self._length / self.sample_rate / 2 / self.hop_s))
        self._last_layer = threading.local()
        _body(self._model).register_forward_hook(self._keep)
        self._shares: Any = None

    def _heard(self, samples: Samples) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        heard = self._extractor(list(samples), sampling_rate=self.sample_rate, return_tensors="pt").to(self.device)
        with exact_arithmetic(self.device):
            logits = self._model(**heard).logits
            hidden = self._over_time(self._last_layer.values)
            features = self._shares_of(hidden.shape[1]) @ hidden
            scores = logits.sigmoid() if self._scoring == "sigmoid" else logits.softmax(dim=-1)
        return features.cpu().numpy(), scores.cpu().numpy()

    def _keep(self, _body: Any, _given: Any, output: Any) -> None:
        self._last_layer.values = output[0]

    def _over_time(self, hidden: Any) -> Any:
        """Return the last layer as (n_windows, n_steps, n_features)."""
        config = self._model.config
        if config.model_type != _AST:
            return hidden
        rows = (config.num_mel_bins - _patch(config)) // config.frequency_stride + 1
        return hidden[:, _AST_TOKENS:].unflatten(1, (rows, -1)).mean(dim=1)

    def _shares_of(self, n_steps: int) -> Any:
        """Return how much of each frame each step of the last layer covers, shape (frames_each, n_steps)."""
        if self._shares is None or self._shares.shape[1] != n_steps:
            steps = self._steps(n_steps)
            shares = _overlaps(steps, n_steps, hop_s=self.hop_s, n_frames=self._frames_each, window_s=self._window_s)
            self._shares = package("torch").from_numpy(shares).to(self.device)
        return self._shares

    @property
    def _window_s(self) -> float:
        return self._length / self.sample_rate

    def _steps(self, n_steps: int) -> _Steps:
        config = self._model.config
        if config.model_type == _AST:
            middle = (_patch(config) - 1) / 2 * _AST_COLUMN + _AST_FRAME / 2
            return _Steps(middle / self.sample_rate, config.time_stride * _AST_COLUMN / self.sample_rate)
        step_s = self._window_s / n_steps
        return _Steps(step_s / 2, step_s)


def _scoring(config: Any) -> Scoring:
    if config.problem_type is None:
        return "sigmoid" if config.num_labels == _AUDIOSET_CLASSES else "softmax"
    return "sigmoid" if config.problem_type == "multi_label_classification" else "softmax"


def _patch(config: Any) -> int:
    """Return how many columns, and bands, a patch of AST has."""
    return int(config.patch_size if isinstance(config.patch_size, int) else config.patch_size[0])


def _body(model: Any) -> Any:
    """Return the part of a model that the head stands on; its first output is the last layer's hidden values."""
    return model.encoder if hasattr(model, "encoder") else model.base_model


def _window(extractor: Any, config: Any, *, sample_rate: int) -> int:
    """Return how many samples a model hears at once."""
    if config.model_type == _AST:
        return _AST_FRAME + (int(extractor.max_length) - 1) * _AST_COLUMN
    # Whisper is given the same length always.
    return int(getattr(extractor, "n_samples", round(_OTHERWISE_S * sample_rate)))


def _overlaps(steps: _Steps, n_steps: int, *, hop_s: float, n_frames: int, window_s: float) -> npt.NDArray[np.float32]:
    """Return which share of each frame each step lasts; the frames lie in the middle of the window."""
    begins = steps.centre_s + (np.arange(n_steps) - 0.5) * steps.step_s
    frames = window_s / 2 + (np.arange(n_frames) - n_frames / 2) * hop_s
    until = np.minimum(begins[None, :] + steps.step_s, frames[:, None] + hop_s)
    lasting = np.clip(until - np.maximum(begins[None, :], frames[:, None]), 0, None)
    shares: npt.NDArray[np.float32] = (lasting / lasting.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
