from __future__ import annotations

import io
import subprocess
import sys
import wave

import numpy as np
import numpy.typing as npt
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from earwitness.reasonaudio.shards import encode

# Gets Ctrl-C in the middle of one long encoding.
INTERRUPTED = """
import os, signal, threading
import numpy as np
from earwitness.reasonaudio.shards import encode
pcm = np.random.default_rng(0).integers(-9999, 9999, 10_000_000, dtype=np.int16)
threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    encode(pcm, sample_rate=16_000, format="flac")
except KeyboardInterrupt:
    print("stopped")
"""


@given(
    pcm=hnp.arrays(np.int16, st.integers(1, 3000)),
    sample_rate=st.sampled_from([8000, 16_000, 44_100, 48_000]),
    format=st.sampled_from(["flac", "wav"]),
)
def test_any_samples_come_back(pcm: npt.NDArray[np.int16], sample_rate: int, format: str) -> None:
    samples, rate = soundfile.read(io.BytesIO(encode(pcm, sample_rate=sample_rate, format=format)), dtype="int16")
    assert rate == sample_rate
    np.testing.assert_array_equal(samples, pcm)


def test_wav_is_read_by_another_parser(rng: np.random.Generator) -> None:
    pcm = rng.integers(-32768, 32768, 441, dtype=np.int16)
    with wave.open(io.BytesIO(encode(pcm, sample_rate=44_100, format="wav"))) as file:
        assert file.getparams()[:4] == (1, 2, 44_100, 441)
        assert file.readframes(500) == pcm.astype("<i2").tobytes()


def test_ctrl_c_never_reaches_the_encoder() -> None:
    """In one of libsndfile's callbacks it would be swallowed, and the file be wrong."""
    told = subprocess.run([sys.executable, "-c", INTERRUPTED], check=False, capture_output=True, text=True)
    assert (told.stdout, told.stderr) == ("stopped\n", "")
