from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable

import pytest

from earwitness.errors import BenchmarkError
from earwitness.reasonaudio.folder import Benchmark
from earwitness.reasonaudio.labels import audacity_labels, desed_durations, desed_events, jams_text
from earwitness.scenes.spec import Background, Placed, Scene


def events_of(scene: Scene) -> list[tuple[float, float, str]]:
    return [(e.onset_tick / 100, e.offset_tick / 100, e.label) for e in scene.events]


def scene_named(clip_id: str, *labels: str) -> Scene:
    events = tuple(Placed(label, "atom", 50 * place, 50 * place + 33, 1.0) for place, label in enumerate(labels))
    return Scene(clip_id, 300, Background("pink", 7, 1.0), events)


# The package jams validates by a call that jsonschema wants to be rid of.
@pytest.mark.filterwarnings("ignore:Passing a schema to Validator.iter_errors is deprecated:DeprecationWarning")
def test_jams_is_valid_and_holds_the_events(bench: Benchmark) -> None:
    import jams

    for scene in bench.scenes[:40]:
        text = io.StringIO(jams_text(scene, corpus="bench"))
        jam = jams.load(text, validate=True, strict=True, fmt="jams")
        assert jam.file_metadata.duration == scene.duration_s
        scaper, spoken = jam.annotations
        assert (scaper.namespace, spoken.namespace) == ("scaper", "segment_open")
        assert scaper.duration == spoken.duration == scene.duration_s
        got = [(o.time, pytest.approx(o.time + o.duration), o.value) for o in spoken.data]
        assert got == events_of(scene)
        background, *heard = scaper.data
        assert background.value["role"] == "background"
        assert [(o.value["event_time"], o.value["label"]) for o in heard] == [
            (s, name) for s, _, name in events_of(scene)
        ]
        assert all((bench.folder / o.value["source_file"]).is_file() for o in heard)
        assert scaper.sandbox.scaper["polyphony_max"] == scene.polyphony


def test_jams_names_the_background_apart_from_the_events() -> None:
    value = json.loads(jams_text(scene_named("c", "dog"), corpus="here"))
    assert [o["value"]["label"] for o in value["annotations"][0]["data"]] == ["pink noise", "dog"]
    assert [o["value"] for o in value["annotations"][1]["data"]] == ["dog"]


def test_desed_tables_hold_the_events(bench: Benchmark) -> None:
    rows = csv.DictReader(io.StringIO(desed_events(bench.scenes)), delimiter="\t")
    got: dict[str, list[tuple[float, float, str]]] = {}
    for row in rows:
        event = (float(row["onset"]), float(row["offset"]), row["event_label"])
        got.setdefault(row["filename"], []).append(event)
    assert got == {f"{scene.clip_id}.wav": events_of(scene) for scene in bench.scenes}
    rows = csv.DictReader(io.StringIO(desed_durations(bench.scenes)), delimiter="\t")
    lengths = {row["filename"]: float(row["duration"]) for row in rows}
    assert lengths == {f"{scene.clip_id}.wav": scene.duration_s for scene in bench.scenes}


def test_desed_keeps_a_clip_without_events() -> None:
    scenes = [scene_named("loud", "dog"), scene_named("quiet")]
    assert desed_events(scenes).splitlines()[1:] == ["loud.wav\t0.000\t0.330\tdog", "quiet.wav\t\t\t"]
    assert desed_durations(scenes) == "filename\tduration\nloud.wav\t3.000\nquiet.wav\t3.000\n"


def test_audacity_label_tracks_hold_the_events(bench: Benchmark) -> None:
    for scene in bench.scenes:
        lines = audacity_labels(scene).splitlines()
        assert all(re.fullmatch(r"\d+\.\d{6}\t\d+\.\d{6}\t.+", line) for line in lines)
        cells = [line.split("\t") for line in lines]
        assert [(float(a), float(b), label) for a, b, label in cells] == events_of(scene)


@pytest.mark.parametrize("write", [audacity_labels, lambda scene: desed_events([scene])])
def test_a_label_that_would_break_a_row_is_refused(write: Callable[[Scene], str]) -> None:
    with pytest.raises(BenchmarkError, match=r"Clip 'c': the label 'dog\\tcat' holds a tab"):
        write(scene_named("c", "dog\tcat"))
