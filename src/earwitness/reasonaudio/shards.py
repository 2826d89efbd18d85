"""Clips as bytes: FLAC and WAV files, WebDataset tar shards, and Parquet that ``datasets`` reads as audio.

The same clips give the same bytes in every run and with any number of jobs: tar members have no date and no owner.
"""

from __future__ import annotations

import io
import json
import struct
import tarfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from earwitness.reasonaudio.folder import Benchmark
from earwitness.reasonaudio.labels import event_rows
from earwitness.records import atomic_path, read_jsonl, write_table
from earwitness.scenes.spec import Scene
from earwitness.sounds.audio import encode_flac

__all__ = ["Clip", "configs_yaml", "encode", "write_clip_table", "write_query_tables", "write_tar"]

Clip = tuple[Scene, str]
"""A clip and the SHA-256 of its samples."""

_ROW_GROUP = 50  # rows of audio held in memory at once, and what a reader must load to see one of them

_EVENT = pa.struct(
    [("label", pa.string()), ("atom_id", pa.string()), ("onset_s", pa.float64()), ("offset_s", pa.float64())]
)
_CLIPS = pa.schema(
    [
        ("clip_id", pa.string()),
        ("audio", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ("duration_s", pa.float64()),
        ("pcm_sha256", pa.string()),
        ("events", pa.list_(_EVENT)),
    ]
)
_QUERIES = pa.schema(
    [
        ("query_id", pa.string()),
        ("task", pa.string()),
        ("text", pa.string()),
        ("constraint", pa.string()),
        ("paraphrases", pa.list_(pa.string())),
    ]
)
_QRELS = pa.schema([("query_id", pa.string()), ("clip_id", pa.string()), ("relevance", pa.int32())])
_PAIRS = pa.schema([(name, pa.string()) for name in ("pair_id", "query_id", "task", "positive", "negative", "broken")])
_ATOMS = pa.schema([(name, pa.string()) for name in ("atom_id", "label", "split", "licence", "source")])


def encode(pcm: npt.NDArray[np.int16], *, sample_rate: int, format: str) -> bytes:
    """Return a clip as the bytes of an audio file.

    Parameters
    ----------
    pcm
        The samples, shape (n,).
    sample_rate
        Samples a second.
    format
        ``"flac"`` (level 5, libFLAC's default) or ``"wav"`` (PCM16).
    """
    if format == "wav":
        data = pcm.astype("<i2", copy=False).tobytes()
        layout = struct.pack("<IHHIIHH", 16, 1, 1, sample_rate, 2 * sample_rate, 2, 16)
        sizes = struct.pack("<I", 36 + len(data)), struct.pack("<I", len(data))
        return b"".join((b"RIFF", sizes[0], b"WAVEfmt ", layout, b"data", sizes[1], data))
    return encode_flac(pcm, sample_rate=sample_rate)


def write_tar(path: Path, clips: Iterable[Clip], *, sample_rate: int, flac: Callable[[Clip], bytes]) -> None:
    """Write clips as a WebDataset shard: ``<clip_id>.flac`` and ``<clip_id>.json`` for each.

    Parameters
    ----------
    path
        The shard.
    clips
        What goes in it, in this order.
    sample_rate
        Samples a second.
    flac
        Gives a clip as FLAC.
    """
    with atomic_path(path) as partial, tarfile.open(partial, "w") as tar:
        for clip in clips:
            scene, digest = clip
            about = {
                "clip_id": scene.clip_id,
                "duration_s": scene.duration_s,
                "sample_rate": sample_rate,
                "pcm_sha256": digest,
                "events": event_rows(scene),
            }
            _add(tar, f"{scene.clip_id}.flac", flac(clip))
            _add(tar, f"{scene.clip_id}.json", json.dumps(about, ensure_ascii=False, allow_nan=False).encode())


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    # A new TarInfo has owner 0, no names, mode 0644 and date 0.
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def write_clip_table(path: Path, clips: Sequence[Clip], *, sample_rate: int, tar: Path) -> None:
    """Write clips as Parquet whose column ``audio`` the library ``datasets`` knows as audio.

    Parameters
    ----------
    path
        The Parquet file.
    clips
        What goes in it, in this order.
    sample_rate
        Samples a second.
    tar
        The shard that holds the same clips; the FLAC bytes are taken from it.
    """
    schema = _clip_schema(sample_rate)
    with (
        tarfile.open(tar) as shard,
        atomic_path(path) as partial,
        # Compressing FLAC again gains nothing, and no two clips are alike.
        pq.ParquetWriter(partial, schema, compression="none", use_dictionary=False, write_statistics=False) as table,
    ):
        for start in range(0, len(clips), _ROW_GROUP):
            rows = []
            for scene, digest in clips[start : start + _ROW_GROUP]:
                name = f"{scene.clip_id}.flac"
                file = shard.extractfile(name)
                rows.append(
                    {
                        "clip_id": scene.clip_id,
                        "audio": {"bytes": file.read() if file else None, "path": name},
                        "duration_s": scene.duration_s,
                        "pcm_sha256": digest,
                        "events": event_rows(scene),
                    }
                )
            table.write_table(pa.Table.from_pylist(rows, schema=schema))


def _clip_schema(sample_rate: int) -> pa.Schema:
    features = {field.name: _feature(field.type) for field in _CLIPS}
    features["audio"] = {"sampling_rate": sample_rate, "_type": "Audio"}
    return _CLIPS.with_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def _feature(kind: pa.DataType) -> Any:
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    if pa.types.is_list(kind):
        # A list of one stands for a list of such; every version of ``datasets`` reads it, unlike the type "List".
        return [_feature(kind.value_type)]
    return {"dtype": "float64" if pa.types.is_float64(kind) else str(kind), "_type": "Value"}


def write_query_tables(folder: Path, bench: Benchmark) -> None:
    """Write queries, qrels, pairs and the atoms' licences as Parquet: ``queries.parquet`` and so on.

    Parameters
    ----------
    folder
        Where they go.
    bench
        The benchmark.
    """
    qrels = [{"query_id": query, "clip_id": clip, "relevance": value} for (query, clip), value in bench.qrels.items()]
    tables = {
        "queries": (read_jsonl(bench.folder / "queries.jsonl", columns=_QUERIES.names), _QUERIES),
        "qrels": (qrels, _QRELS),
        "pairs": (read_jsonl(bench.folder / "pairs.jsonl", columns=_PAIRS.names), _PAIRS),
        "atoms": ([{name: row[name] for name in _ATOMS.names} for row in bench.atom_rows], _ATOMS),
    }
    for name, (rows, schema) in tables.items():
        write_table(folder / f"{name}.parquet", rows, schema=schema)


def configs_yaml(folder: str, *, split: str) -> list[str]:
    """Return the lines of a dataset card's front matter that tell ``datasets`` where each table is.

    ``datasets`` takes one kind of file for all configurations of a folder, so that all of them are Parquet.

    Parameters
    ----------
    folder
        Where the tables are, relative to the card.
    split
        The split that they are said to be.
    """
    lines = ["configs:"]
    for name, files in (
        ("clips", "clips-*"),
        ("queries", "queries"),
        ("qrels", "qrels"),
        ("pairs", "pairs"),
        ("atoms", "atoms"),
    ):
        lines += [f"- config_name: {name}", *(["  default: true"] if name == "clips" else [])]
        lines += ["  data_files:", f"  - split: {split}", f"    path: {folder}/{files}.parquet"]
    return lines
