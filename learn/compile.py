"""Turn `model.json` and `model_weights.h5` into the compiled form that runs without TensorFlow.

python -m learn.compile model.json model_weights.h5
"""

import os
import sys
import threading
from pathlib import Path

import numpy as np

from faces.errors import ModelError
from faces.prepare import SIDE
from learn.compiled import WITH_PARENT, write_compiled

EXIT_UNUSABLE = 2

EXIT_ORPHANED = 3


def compile_files(model_json: Path, model_weights: Path) -> None:
    """Write `model.tflite` and `model.sha256` beside `model.json`. Needs TensorFlow's converter. Raises ModelError."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    from learn.store import load_network

    network = load_network(model_json, model_weights)
    import tensorflow as tf

    answers = network(np.linspace(0, 255, SIDE * SIDE, dtype=np.float32).reshape(1, SIDE, SIDE, 1), training=False)
    if not all(np.isfinite(answer).all() for answer in tf.nest.flatten(answers)):
        raise ModelError(
            f"The network with {model_weights} answers with NaN: its weights are finite and far too large. "
            "Restore them, or run train.py."
        )

    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    # Weights as 8-bit integers, arithmetic scaled back to float32: a quarter of the size and half of the time.
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    write_compiled(model_json, model_weights, converter.convert())


def _end_with_parent() -> None:
    """The parent process holds the other end of standard input, however it ends."""
    # Not through sys.stdin: Python cannot end while a thread holds its buffer.
    while os.read(0, 1024):
        pass
    os._exit(EXIT_ORPHANED)


def main(arguments: list[str]) -> int:
    if WITH_PARENT in arguments:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        compile_files(Path(arguments[0]), Path(arguments[1]))
    except ModelError as error:
        print(error, file=sys.stderr)
        return EXIT_UNUSABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
