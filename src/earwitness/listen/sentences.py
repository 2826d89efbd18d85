"""A sentence model, for sounds that words alone do not ground. It is an extra, and asked only where it is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError, import_extra
from earwitness.listen.grounding import Sentences
from earwitness.listen.pretrained import load_part, load_weights

__all__ = ["open_sentences"]


def open_sentences(folder: Path) -> Sentences:
    """Open a sentence model with `transformers`.

    Parameters
    ----------
    folder
        Its folder, with weights as safetensors. A text's vector is the mean over its words, as in all-MiniLM-L6-v2.

    Raises
    ------
    MissingExtra
        When `torch` or `transformers` is not installed.
    ListenError
        When it is no such folder, or is damaged.
    """
    torch, transformers = (
        import_extra(name, extra="text", feature="A sentence model") for name in ("torch", "transformers")
    )
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise ListenError(f"'{folder}' is not the folder of a sentence model: it needs config.json and *.safetensors.")
    tokenizer = load_part(transformers.AutoTokenizer, folder, what="tokenizer")
    model = load_weights(transformers.AutoModel, folder, device="cpu")

    def vectors(texts: Sequence[str]) -> npt.NDArray[np.float32]:
        words = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            states = model(**words).last_hidden_state
        heard = words["attention_mask"].unsqueeze(-1)
        means: npt.NDArray[np.float32] = ((states * heard).sum(dim=1) / heard.sum(dim=1)).numpy()
        return means

    return vectors
