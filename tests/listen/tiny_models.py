"""Models of transformers in the true architectures, tiny, with random weights, as ``save_pretrained`` writes them."""

from __future__ import annotations

import contextlib
import functools
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

LABELS = ("dog", "cat", "rain", "engine")
WORDS = ("a", "the", "sound", "of", "dog", "barking", "cat", "rain", "falling", "silence")
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}


def _quiet(save: Callable[[Path], None]) -> Callable[[Path], Path]:
    @functools.wraps(save)
    def saved(folder: Path) -> Path:
        torch.manual_seed(7)
        # It draws bars; and of so few mel bands none is empty, which is what it warns of.
        with Path(os.devnull).open("w") as nothing, contextlib.redirect_stderr(nothing), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="At least one mel filter")
            save(folder)
        return folder

    return saved


def _names() -> dict[str, object]:
    return {"id2label": dict(enumerate(LABELS)), "label2id": {name: k for k, name in enumerate(LABELS)}}


@_quiet
def save_ast(folder: Path) -> None:
    config = transformers.ASTConfig(num_mel_bins=32, problem_type="multi_label_classification", **SMALL, **_names())
    model = transformers.ASTForAudioClassification(config)
    # As if trained: random weights know no places.
    torch.nn.init.normal_(model.audio_spectrogram_transformer.embeddings.position_embeddings, std=0.2)
    model.save_pretrained(folder)
    transformers.ASTFeatureExtractor(num_mel_bins=32).save_pretrained(folder)


@_quiet
def save_wav2vec2(folder: Path) -> None:
    config = transformers.Wav2Vec2Config(
        conv_dim=(8,) * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=2, **SMALL, **_names()
    )
    transformers.Wav2Vec2ForSequenceClassification(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)


@_quiet
def save_whisper(folder: Path) -> None:
    config = transformers.WhisperConfig(
        d_model=16,
        num_mel_bins=16,
        vocab_size=50,
        **{f"{part}_{what}": n for part in ("encoder", "decoder") for what, n in WHISPER.items()},
        **{f"{name}_token_id": 1 for name in ("pad", "bos", "eos", "decoder_start")},
        **_names(),
    )
    transformers.WhisperForAudioClassification(config).save_pretrained(folder)
    transformers.WhisperFeatureExtractor(feature_size=16).save_pretrained(folder)


WHISPER = {"layers": 1, "attention_heads": 2, "ffn_dim": 32}


def _save_clap(folder: Path, *, fusion: bool) -> None:
    audio = {"patch_embeds_hidden_size": 8, "hidden_size": 16, "depths": [1, 1], "num_attention_heads": [1, 2]}
    audio |= {"spec_size": 64, "num_mel_bins": 16, "window_size": 4, "enable_fusion": fusion, "aff_block_r": 2}
    audio |= {"fusion_type": "aff_2d" if fusion else None}
    text = {"vocab_size": 4 + len(WORDS), "max_position_embeddings": 40, **SMALL}
    config = transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=12, initializer_factor=8.0)
    transformers.ClapModel(config).save_pretrained(folder)
    transformers.ClapFeatureExtractor(
        feature_size=16, hop_length=1_024, max_length_s=3, truncation="fusion" if fusion else "rand_trunc"
    ).save_pretrained(folder)
    special = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    words = Tokenizer(
        models.WordLevel({word: k for k, word in enumerate([*special.values(), *WORDS])}, unk_token="<unk>")
    )
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(folder)


save_clap = _quiet(functools.partial(_save_clap, fusion=False))
save_fusing_clap = _quiet(functools.partial(_save_clap, fusion=True))
