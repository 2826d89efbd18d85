from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import pickle
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import AudioError, BankError
from earwitness.rng import generator
from earwitness.sounds import builtin
from earwitness.sounds.audio import Audio, frame_energy, to_pcm16
from earwitness.sounds.bank import check_labels, split_of
from earwitness.sounds.builtin import table
from earwitness.sounds.builtin.blocks import buzz, cosine, exp2, modal, phase_of, room, sine
from earwitness.sounds.builtin.chips import Chip
from earwitness.sounds.builtin.entry import Entry, specimen
from earwitness.sounds.builtin.table import TABLE
from earwitness.sounds.cutting import cut_event
from earwitness.sounds.steady import is_steady

FORBIDDEN = {"before", "after", "then", "while", "with", "without", "and", "or", "not", "no", "at", "least", "most"}
FORBIDDEN |= {"during", "seconds", "times"}
FILLING = [label for label in builtin.LABELS if builtin.entry(label).fills]
ENDING = [label for label in builtin.LABELS if not builtin.entry(label).fills]

each_label = pytest.mark.parametrize("label", builtin.LABELS)


@functools.cache
def variant(label: str, k: int) -> Audio:
    return builtin.recording(label, k).read()


@functools.cache
def atom(label: str, k: int) -> np.ndarray:
    return cut_event(variant(label, k), f"{label}/{k}", sample_rate=16_000)


def check_clean(audio: Audio) -> None:
    samples = audio.samples
    assert audio.sample_rate == builtin.SAMPLE_RATE == 48_000
    assert samples.dtype == np.float32 and samples.ndim == 2 and samples.shape[1] == 1
    x = samples[:, 0].astype(np.float64)
    assert np.isfinite(x).all()
    assert 0.45 < np.max(np.abs(x)) <= 0.9
    assert abs(np.mean(x)) < 1e-5, "DC"
    assert np.max(np.abs(x[[0, -1]])) < 1e-3, "a click at an edge"
    assert np.max(np.abs(x[-24:])) < 0.05, "a click at the end"


def test_table_has_unique_well_formed_rows():
    labels = [row.label for row in TABLE]
    assert len(set(labels)) == len(labels) == len(builtin.LABELS) == 200
    assert tuple(sorted(labels)) == builtin.LABELS
    check_labels(labels)
    for row in TABLE:
        assert builtin.entry(row.label) is row
        assert row.label == row.label.lower() and "/" not in row.label
        assert row.family and row.synthesiser is not None
        assert not row.steady or row.fills, "what is steady can be made to any length"
        assert 0.3 <= row.natural_s[0] < row.natural_s[1] <= 7.0
    assert sum(row.steady for row in TABLE) >= 40


def synthesisers_of(value: object) -> Iterator[type]:
    """Yield the class of every synthesiser that a row is made of."""
    if dataclasses.is_dataclass(value):
        yield type(value)
        for field in dataclasses.fields(value):
            yield from synthesisers_of(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from synthesisers_of(item)


def test_synthesisers_are_few_and_serve_many_rows():
    served: dict[type, set[str]] = defaultdict(set)
    for row in TABLE:
        for kind in synthesisers_of(row.synthesiser):
            served[kind].add(row.label)
    assert len(served) <= len(TABLE) / 5
    assert f"one of {sum('__call__' in vars(kind) for kind in served)} that know nothing" in str(table.__doc__)
    assert len([kind for kind, rows in served.items() if len(rows) == 1]) <= 3, "no functions of one label"
    assert np.median([len(rows) for rows in served.values()]) >= 5


def test_phrases_are_unique_noun_phrases():
    phrases = builtin.phrases()
    assert tuple(phrases) == builtin.LABELS
    assert len(set(phrases.values())) == len(phrases)
    for label, phrase in phrases.items():
        assert phrase == builtin.entry(label).phrase
        assert re.fullmatch(r"[a-z][a-z -]+", phrase)
        assert not FORBIDDEN & set(re.split(r"[ -]", phrase))
        assert not phrase.startswith("the ")


def test_no_phrase_is_part_of_another():
    texts = list(builtin.phrases().values())
    assert not [(a, b) for a in texts for b in texts if a != b and a in b]


@pytest.mark.parametrize(("wrong", "nearest"), [("smoke alrm", "'smoke alarm'"), ("Rain", "'rain'")])
def test_unknown_label_names_the_nearest(wrong: str, nearest: str):
    with pytest.raises(BankError, match=nearest):
        builtin.entry(wrong)
    with pytest.raises(BankError, match=f"got {wrong!r}"):
        builtin.sound(wrong, generator(1))


@each_label
def test_renders_clean_and_alike_by_seed(label: str):
    first = builtin.sound(label, generator(1, label))
    check_clean(first)
    again = builtin.sound(label, generator(1, label))
    assert first.samples.tobytes() == again.samples.tobytes()
    low, high = builtin.entry(label).natural_s
    assert low - 1e-4 <= len(first.samples) / builtin.SAMPLE_RATE <= high + 1e-4


@each_label
@pytest.mark.parametrize("k", [0, 1])
def test_variant_is_one_event(label: str, k: int):
    pcm = atom(label, k)  # refuses what has several segments, or is too short or too long
    energy = frame_energy(pcm, sample_rate=16_000)
    assert np.mean(energy * 10_000 < energy.max()) <= 0.02
    full = len(variant(label, k).samples) / builtin.SAMPLE_RATE
    assert len(pcm) / 16_000 > 0.5 * full, "most of a recording is its event"


@each_label
def test_variants_differ(label: str):
    a, b = variant(label, 0).samples, variant(label, 1).samples
    assert len(a) != len(b)
    n = min(len(a), len(b))
    alike = np.corrcoef(a[:n, 0], b[:n, 0])[0, 1]
    assert abs(alike) < 0.6


@each_label
def test_steady_flag_is_true_to_the_audio(label: str):
    told = builtin.entry(label).steady
    assert [is_steady(atom(label, k), sample_rate=16_000) for k in (0, 1)] == [told, told]


@pytest.mark.parametrize("label", FILLING)
def test_duration_is_honoured(label: str):
    for duration_s in (0.3, 1.2345):
        audio = builtin.sound(label, generator(3, label), duration_s=duration_s)
        assert len(audio.samples) == round(duration_s * 48_000)
        check_clean(audio)


@settings(max_examples=10, deadline=None)
@given(label=st.sampled_from(FILLING), duration_s=st.floats(0.3, 10.0), seed=st.integers(0, 2**64))
def test_any_duration_is_honoured(label: str, duration_s: float, seed: int):
    audio = builtin.sound(label, generator(seed), duration_s=duration_s)
    assert len(audio.samples) == round(duration_s * 48_000)
    check_clean(audio)


@pytest.mark.parametrize("label", ENDING)
def test_what_ends_by_itself_refuses_a_duration(label: str):
    with pytest.raises(AudioError, match="ends by itself") as caught:
        builtin.sound(label, generator(1), duration_s=2.0)
    assert caught.value.reason == "not repeatable"


@pytest.mark.parametrize("duration_s", [0.0, -1.0, 0.29, 10.1, float("nan"), float("inf")])
def test_bad_duration_is_refused(duration_s: float):
    with pytest.raises(AudioError, match=r"expected 0\.3 to 10\.0 s"):
        builtin.sound("rain", generator(1), duration_s=duration_s)


def test_recordings_are_named_licensed_and_split():
    recordings = builtin.recordings()
    names = [r.name for r in recordings]
    assert len(set(names)) == len(names) == 10 * len(builtin.LABELS)
    assert {r.licence for r in recordings} == {"CC0-1.0"}
    assert all(r.source == r.name.replace("builtin/", f"builtin-{builtin.VERSION}/") for r in recordings)
    assert all(r.name == f"builtin/{r.label}/{r.name.rsplit('/', 1)[1]}" for r in recordings)
    for label in builtin.LABELS:
        splits = [split_of(r.source) for r in recordings if r.label == label]
        assert (splits.count("train"), splits.count("test")) == (6, 4), label


def test_fewer_variants_are_the_first_of_more():
    few = {r.name for r in builtin.recordings(train=2, test=1)}
    assert few < {r.name for r in builtin.recordings(train=5, test=3)}
    assert {split_of(r.source) for r in builtin.recordings(train=0, test=1)} == {"test"}
    for train, test in ((0, 0), (-1, 3)):
        with pytest.raises(BankError, match=f"at least 1 variant of each label, got {train} train and {test} test"):
            builtin.recordings(train=train, test=test)
    with pytest.raises(BankError, match="a variant of 'rain' from 0 on, got -1"):
        builtin.recording("rain", -1)


def test_recordings_of_some_labels_are_those_of_the_bank():
    some = builtin.recordings(labels=("rain", "gong"), train=1, test=1)
    assert [r.label for r in some] == ["rain", "rain", "gong", "gong"]
    assert {r.name for r in some} < {r.name for r in builtin.recordings(train=1, test=1)}


def test_a_silent_render_is_refused():
    row = Entry("hush", "a hush", "none", None, False, True, 1.0, lambda n, *, rng: np.zeros(n))
    with pytest.raises(
        AudioError, match=r"silent: built-in sound 'hush': expected a largest sample above 0, got 0\.0 in"
    ):
        specimen(row, rng=generator(1)).render(generator(2))


def test_a_wave_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match=r"Chip.wave: expected one of 'pulse', .*'noise', got 'sawtooth'"):
        Chip(440.0, wave="sawtooth")


def test_parameters_say_what_a_recording_was_made_with():
    recording = builtin.recording("rain", 3)
    low, high = builtin.entry("rain").natural_s
    seconds = recording.parameters["natural_s"]
    assert low <= seconds <= high
    assert len(recording.read().samples) == round(seconds * builtin.SAMPLE_RATE)
    assert builtin.recording("rain", 3).parameters == recording.parameters != builtin.recording("rain", 4).parameters
    assert all(len(r.parameters) >= 4 for r in builtin.recordings(train=1, test=0)), "every label is a distribution"


def test_each_split_has_a_part_of_the_ranges_of_its_own():
    for label in builtin.LABELS:
        row = builtin.entry(label)
        seen = {
            split: [specimen(row, rng=generator(k, split), split=split).parameters for k in range(24)]
            for split in ("train", "test")
        }
        # Fewer than 1 in 8 draws of either split fall where the other cannot follow: of 24, some surely do.
        for name in ("natural_s", "peak"):
            train, test = ([numbers[name] for numbers in seen[split]] for split in ("train", "test"))
            assert min(train) != min(test)
            assert (min(train) < min(test)) == (max(train) < max(test)) or len(set(train)) == 1, (label, name)


def test_recording_survives_pickling():
    recording = builtin.recordings(train=1, test=0)[0]
    copy = pickle.loads(pickle.dumps(recording))  # noqa: S301 - our own bytes, as a worker process is sent them
    assert (copy.label, copy.source, copy.name) == (recording.label, recording.source, recording.name)
    assert copy.read().samples.tobytes() == recording.read().samples.tobytes()


def test_golden_bytes():
    # One sound of each synthesiser: a change here is a change of VERSION, unless it was meant to be none.
    digest = hashlib.sha256()
    seen: set[type] = set()
    for row in TABLE:
        if type(row.synthesiser) not in seen:
            seen.add(type(row.synthesiser))
            digest.update(to_pcm16(variant(row.label, 0).samples[:, 0].astype(np.float64)).tobytes())
    assert digest.hexdigest() == GOLDEN


DIGESTS = """
import hashlib, json
from earwitness.sounds import builtin
from earwitness.sounds.audio import to_pcm16
digests = {}
for label in builtin.LABELS:
    samples = builtin.recording(label, 0).read().samples[:, 0]
    digests[label] = hashlib.sha256(to_pcm16(samples.astype("float64")).tobytes()).hexdigest()
print(json.dumps(digests))
"""


def test_numpy_1_gives_the_same_samples_of_every_label(numpy1_python: Path):
    source = Path(__file__).resolve().parents[2] / "src"
    digests = []
    for python in (numpy1_python, Path(sys.executable)):
        done = subprocess.run(
            [python, "-c", DIGESTS], env={"PYTHONPATH": str(source), "PATH": ""}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        digests.append(json.loads(done.stdout))
    old, new = digests
    assert old.keys() == new.keys() == set(builtin.LABELS)
    assert [label for label in new if old[label] != new[label]] == []


GOLDEN = "b500de55b65020de1a39a55f01d8088333cf47e14c31ee2247cb5d4274df39ce"


@pytest.mark.parametrize("odd", [False, True])
def test_buzz_is_the_sum_of_its_partials(odd: bool):
    phase = np.linspace(0.01, 30.0, 500)
    stride = 2 if odd else 1
    orders = np.arange(1, 1 + stride * (int((7600 / 500 - 1) / stride) + 1), stride)
    plain = sum(0.7**k * np.sin(2 * np.pi * order * phase) for k, order in enumerate(orders))
    np.testing.assert_allclose(buzz(phase, top_hz=500.0, rolloff=0.7, odd=odd), plain, atol=1e-9)


def test_modal_rings_at_its_pitch_for_its_time():
    strike = np.zeros(48_000)
    strike[0] = 1.0
    x = modal(strike, frequencies_hz=[1000.0, 9000.0], t60_s=[1.0, 1.0], gains=[0.5, 1.0])
    assert 0.47 < np.max(np.abs(x)) <= 0.5, "9 kHz is left out"
    early, late = np.std(x[4800:9600]), np.std(x[28_800:33_600])
    assert abs(20 * np.log10(early / late) - 30.0) < 0.5


def test_sine_and_exp2_are_true():
    x = np.concatenate([np.linspace(-40.0, 40.0, 10_001), np.arange(-8, 9) / 4])
    np.testing.assert_allclose(sine(x), np.sin(2 * np.pi * x), atol=1e-10)
    np.testing.assert_allclose(cosine(x), np.cos(2 * np.pi * x), atol=1e-10)
    np.testing.assert_allclose(exp2(x), np.exp2(x), rtol=1e-10)


def test_phase_follows_the_pitch():
    phase = phase_of(np.full(48_000, 440.0), start=0.25)
    assert phase.min() >= 0 and phase.max() < 1
    assert phase[-1] == pytest.approx(0.25, abs=1e-9)


def test_room_leaves_its_argument_alone():
    x = np.zeros(4800)
    x[10] = 1.0
    x.flags.writeable = False
    y = room(x, t60_s=0.3, wet_db=-6.0, rng=np.random.default_rng(1))
    assert y[10] == pytest.approx(1.0) and np.any(y[300:] != 0)
    assert y.shape == x.shape
