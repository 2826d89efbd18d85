"""The events of clips in the formats of other tools: JAMS, DESED's tables, Audacity's label tracks.

All of them hold the same times: onset and offset in seconds, exact to the 10 ms on which they were planned.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from earwitness.errors import BenchmarkError
from earwitness.scenes.spec import TICKS_PER_S, Placed, Scene
from earwitness.sounds.labels import audacity_track, jams_annotation, jams_document, jams_observation

__all__ = ["audacity_labels", "desed_durations", "desed_events", "event_rows", "jams_text"]

_US_PER_TICK = 1_000_000 // TICKS_PER_S


def event_rows(scene: Scene) -> list[dict[str, Any]]:
    """Return the events of a clip as rows with label, atom_id, onset_s and offset_s."""
    return [
        {
            "label": event.label,
            "atom_id": event.atom_id,
            "onset_s": event.onset_tick / TICKS_PER_S,
            "offset_s": event.offset_tick / TICKS_PER_S,
        }
        for event in scene.events
    ]


def audacity_labels(scene: Scene) -> str:
    """Return a clip's events as a label track that Audacity imports: onset, offset, label; no header."""
    return audacity_track(
        (event.onset_tick * _US_PER_TICK, event.offset_tick * _US_PER_TICK, _cell(event, scene))
        for event in scene.events
    )


def desed_events(scenes: Iterable[Scene]) -> str:
    """Return the events of all clips as DESED's table of strong labels, which sed_eval and its kin read.

    A clip is named as its WAV file. A clip without events has one row with empty cells, as in DESED, so that it
    counts when false alarms are counted.
    """
    lines = ["filename\tonset\toffset\tevent_label\n"]
    for scene in scenes:
        lines += [
            f"{scene.clip_id}.wav\t{event.onset_tick / TICKS_PER_S:.3f}\t{event.offset_tick / TICKS_PER_S:.3f}"
            f"\t{_cell(event, scene)}\n"
            for event in scene.events
        ] or [f"{scene.clip_id}.wav\t\t\t\n"]
    return "".join(lines)


def desed_durations(scenes: Iterable[Scene]) -> str:
    """Return the length of all clips as DESED's table of durations."""
    return "filename\tduration\n" + "".join(f"{scene.clip_id}.wav\t{scene.duration_s:.3f}\n" for scene in scenes)


def jams_text(scene: Scene, *, corpus: str) -> str:
    """Return a clip's events as JAMS.

    There are two annotations of the same events. The first is in the namespace ``scaper``, because DESED's tools read
    the first one: the background, then the events, each with the atom that is heard. It has no ``snr``, which in
    scaper is a difference of loudness that this package does not define. The second is in ``segment_open``, for
    whoever knows JAMS alone, and holds the labels of the events.

    Parameters
    ----------
    scene
        The clip.
    corpus
        The name of the benchmark.
    """
    duration_us = scene.ticks * _US_PER_TICK
    whole = partial(jams_annotation, corpus=corpus, duration_us=duration_us)
    sounds = [_background(scene), *(_foreground(event) for event in scene.events)]
    spoken = [_observation(event.onset_tick, event.ticks, event.label) for event in scene.events]
    mixed = {"n_events": len(scene.events), "polyphony_max": scene.polyphony, "duration": scene.duration_s}
    annotations = [
        whole("scaper", sounds, sandbox={"scaper": mixed}),
        whole("segment_open", spoken),
    ]
    identifiers = {"clip_id": scene.clip_id}
    return jams_document(annotations, title=scene.clip_id, duration_us=duration_us, identifiers=identifiers)


def _background(scene: Scene) -> dict[str, Any]:
    label = f"{scene.background.colour} noise"
    return _heard(label, "", "background", scene.background.start_tick, 0, scene.ticks)


def _foreground(event: Placed) -> dict[str, Any]:
    source = f"atoms/{event.label}/{event.atom_id}.flac"
    return _heard(event.label, source, "foreground", 0, event.onset_tick, event.ticks)


def _heard(label: str, source: str, role: str, source_tick: int, onset_tick: int, ticks: int) -> dict[str, Any]:
    value = {
        "label": label,
        "source_file": source,
        "source_time": source_tick / TICKS_PER_S,
        "event_time": onset_tick / TICKS_PER_S,
        "event_duration": ticks / TICKS_PER_S,
        "role": role,
        "pitch_shift": None,
        "time_stretch": None,
    }
    return _observation(onset_tick, ticks, value)


def _observation(onset_tick: int, ticks: int, value: object) -> dict[str, Any]:
    return jams_observation(onset_tick * _US_PER_TICK, (onset_tick + ticks) * _US_PER_TICK, value)


def _cell(event: Placed, scene: Scene) -> str:
    if any(character in event.label for character in "\t\n\r"):
        raise BenchmarkError(
            f"Clip '{scene.clip_id}': the label {event.label!r} holds a tab or a line end, so it cannot stand in a "
            "tab-separated file."
        )
    return event.label
