"""Files in containers, for tests: PyAV writes them."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

PIXELS = 32


def write_container(
    path: Path, samples: np.ndarray, rate: int, *, codec: str, format: str | None = None, pictures: int = 0
) -> Path:
    """Write samples, shape (n, channels), and perhaps pictures before them, as a camera does.

    Parameters
    ----------
    path
        The file; its name says which container it is, unless ``format`` does.
    samples
        Full scale at 1, one or two channels.
    rate
        Samples a second, one that the codec takes.
    codec
        FFmpeg's name of it.
    format
        FFmpeg's name of the container.
    pictures
        How many pictures, 25 a second; in a stream before that of the sound.
    """
    layout = "stereo" if samples.shape[1] == 2 else "mono"
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format=format) as container:
        seen = container.add_stream("mpeg4", rate=25, width=PIXELS, height=PIXELS) if pictures else None
        heard = container.add_stream(codec, rate=rate, layout=layout)
        heard.codec_context.bit_rate = 64_000 * samples.shape[1]
        for number in range(pictures):
            picture = av.VideoFrame.from_ndarray(np.full((PIXELS, PIXELS, 3), number % 256, np.uint8), format="rgb24")
            container.mux(seen.encode(picture))
        if seen is not None:
            container.mux(seen.encode(None))
        if len(samples):
            whole = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples.T.astype(np.float32)), format="fltp", layout=layout
            )
            whole.sample_rate, whole.pts = rate, 0
            cut = av.AudioResampler(heard.format, layout, rate, frame_size=heard.codec_context.frame_size or 1024)
            for frame in (*cut.resample(whole), *cut.resample(None)):
                container.mux(heard.encode(frame))
            container.mux(heard.encode(None))
    return path
