"""YAMNet as an outside listener: which AudioSet classes it hears in a recording. For benchmarks and tests only.

The model and its class map are in ``../shared/data/models`` (TensorFlow models, Apache-2.0); they are not shipped.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter

RATE, WINDOW, HOP = 16_000, 15_600, 7_800
PARENTS = Path(__file__).parent / "audioset_parents.json"


class Yamnet:
    """The model with the names of its classes."""

    def __init__(self, models: Path) -> None:
        self._model = Interpreter(str(models / "yamnet.tflite"), num_threads=1)
        self._model.allocate_tensors()
        self._in: dict[str, Any] = self._model.get_input_details()[0]
        self._out: int = self._model.get_output_details()[0]["index"]
        with (models / "yamnet_class_map.csv").open(newline="", encoding="utf-8") as file:
            self.classes = [row["display_name"] for row in csv.DictReader(file)]

    def scores(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return the mean score of each class, shape (521,); samples of shape (n,) at 16 kHz."""
        padded = np.pad(samples, (0, max(0, WINDOW - len(samples))))
        scores = []
        for start in range(0, len(padded) - WINDOW + 1, HOP):
            window = padded[start : start + WINDOW].astype(np.float32)
            self._model.set_tensor(self._in["index"], window.reshape(self._in["shape"]))
            self._model.invoke()
            scores.append(self._model.get_tensor(self._out)[0].astype(np.float64))
        return np.mean(scores, axis=0)

    def rank(self, scores: npt.NDArray[np.float64], audioset: str) -> int:
        """Return the place, from 1 on, of a class or of the best of its parents, whichever is better."""
        wanted = {audioset} | {parent for parent, children in _parents().items() if audioset in children}
        order = np.argsort(-scores, kind="stable")
        return 1 + next(place for place, index in enumerate(order) if self.classes[index] in wanted)


def _parents() -> dict[str, list[str]]:
    parents: dict[str, list[str]] = json.loads(PARENTS.read_text(encoding="utf-8"))
    return parents
