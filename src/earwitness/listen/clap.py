"""CLAP as a backbone: a model that puts sounds and sentences into one space, heard on short sliding windows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError
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
from earwitness.records import sha256_of_bytes

__all__ = ["DEFAULT_CLAP", "Clap"]

DEFAULT_CLAP = "laion/larger_clap_general"
"""LAION's larger CLAP for sounds of all kinds: 194 million weights, Apache-2.0."""

_WINDOW_S = 1.0  # about YAMNet's; and more than the greatest hop, so that every moment is heard


class Clap(WindowedModel):
    """CLAP on windows of a second, each centred on its frame; silence is heard outside the recording.

    Features are the window's embedding, of length 1. CLAP hears 10 s at once, and what is shorter is repeated until it
    fills them, as in its training: so a frame costs as much as 10 s would, but tells when.

    Parameters
    ----------
    place
        A folder that ``save_pretrained`` wrote, or a model of a hub as ``OWNER/MODEL@COMMIT``.
    hop_s
        The time from one frame to the next, 0.02 to 0.96 s.
    classes
        The text that stands for each class, by the class's name: ``{"dog": "a dog barking"}``. None: no classes, which
        is all that fitting wants.
    against
        None scores one class of them all: a softmax over the similarities, as CLAP was trained. A text, such as
        ``"silence"``, scores each class alone against it, so that several may be heard at once.
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
        place: str | Path = DEFAULT_CLAP,
        *,
        hop_s: float = 0.25,
        classes: Mapping[str, str] | None = None,
        against: str | None = None,
        device: str | None = None,
        batch: int = 8,
    ) -> None:
        self.hop_s = checked_hop(hop_s)
        transformers = package("transformers")
        self.device = chosen_device(device)
        folder, named = find_model(place)
        self.name = f"clap:{named}"
        texts = dict(classes or {})
        options = {"hop_s": hop_s, "classes": texts, "against": against, "device": device, "batch": batch}
        self._opened_as = named, options
        self._batch, self._frames_each = batch, 1
        kind = load_part(transformers.AutoConfig, folder, what="configuration").model_type
        if kind != "clap":
            raise ListenError(f"'{folder}' holds a model of the kind '{kind}'; expected 'clap'.")
        self._extractor = load_part(transformers.ClapFeatureExtractor, folder, what="feature extractor")
        self._model = load_weights(transformers.ClapModel, folder, device=self.device)
        self.sample_rate = int(self._extractor.sampling_rate)
        self.n_features = int(self._model.config.projection_dim)
        self.classes = tuple(texts)
        self._against = against is not None
        self._texts = self._embedded(folder, [*texts.values(), *([] if against is None else [against])])
        asked = sha256_of_bytes(repr((list(texts.items()), against)).encode())[:16] if texts else "none"
        self.version = f"clap 1, files {digest_of(folder)}, classes {asked}, hop {self.hop_s!r} s"
        self._length = round(_WINDOW_S * self.sample_rate)

    def _heard(self, samples: Samples) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        torch = package("torch")
        heard = self._extractor(list(samples), sampling_rate=self.sample_rate, return_tensors="pt").to(self.device)
        # Of a batch in which nothing is longer than 10 s, the extractor calls one window longer, by chance.
        longer = torch.zeros_like(heard["is_longer"])
        with exact_arithmetic(self.device):
            embedded = self._model.get_audio_features(heard["input_features"], is_longer=longer).pooler_output
            scores = self._scores(embedded)
        return embedded.cpu().numpy()[:, None], scores.cpu().numpy()

    def _scores(self, embedded: Any) -> Any:
        similar = self._model.logit_scale_a.exp() * embedded @ self._texts.T
        if not self._against:
            return similar.softmax(dim=-1)
        return (similar[:, :-1] - similar[:, -1:]).sigmoid()

    def _embedded(self, folder: Path, texts: list[str]) -> Any:
        """Return the embeddings of some texts, shape (n_texts, n_features)."""
        if not texts:
            return package("torch").zeros((0, self.n_features), device=self.device)
        if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.json")):
            # Without its words transformers would make a tokenizer that knows none, and all texts would be alike.
            raise ListenError(f"'{folder}' has no tokenizer.json and no vocab.json, which the classes' texts want.")
        tokenizer = load_part(package("transformers").AutoTokenizer, folder, what="tokenizer")
        longest = int(self._model.config.text_config.max_position_embeddings) - 2
        long = [text for text in texts if len(tokenizer(text)["input_ids"]) > longest]
        if long:
            raise ListenError(f"A class's text may have {longest} tokens; it has more: '{long[0][:80]}'.")
        tokens = tokenizer(texts, padding=True, return_tensors="pt").to(self.device)
        with exact_arithmetic(self.device):
            return self._model.get_text_features(**tokens).pooler_output
