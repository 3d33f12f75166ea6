"""The network in the form that runs without TensorFlow, kept in step with its two files by checksum.

Beside the two files lie `model.tflite`, the compiled form, and `model.sha256`, the checksums of all three as
`sha256sum` writes them. Where any checksum differs the form is stale: it is never used, and made anew in
another process.
"""

import hashlib
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from faces.errors import ModelError
from faces.files import whole_file
from faces.needs import need
from faces.places import PROGRAM
from faces.terminal import say

ANSWERS = ("joined", "labels", "people")
"""What a network with two heads says: both joined by a fixed rule, which is what is shown, and each head alone."""

COMPILE_SECONDS = 300
"""Some damaged weights keep the compiler busy for ever; good ones take 15 seconds, a few times that if it is busy."""

WITH_PARENT = "--with-parent"
"""Tells learn.compile to end when the process that started it has ended."""

UNSURE_BELOW = 0.5
"""For weights that bring no calibration of their own."""

ALLOWED_LAYERS = frozenset(
    """
    Functional Model Sequential InputLayer Conv2D DepthwiseConv2D SeparableConv2D Dense BatchNormalization
    LayerNormalization MaxPooling2D AveragePooling2D GlobalAveragePooling2D GlobalMaxPooling2D Flatten Reshape
    Activation ReLU LeakyReLU ELU PReLU Softmax Dropout SpatialDropout2D GaussianNoise Add Average Multiply Concatenate
    Flip ZeroPadding2D Cropping2D Rescaling
    """.split()  # noqa: SIM905
)
"""Layers that compute and nothing else. A Lambda layer is code from a stranger, so it is not here."""

ALLOWED_PARTS = frozenset(
    """
    DTypePolicy Zeros Ones Constant RandomUniform RandomNormal TruncatedNormal VarianceScaling GlorotNormal
    GlorotUniform HeNormal HeUniform LecunNormal LecunUniform Orthogonal L1 L2 L1L2 MaxNorm NonNeg UnitNorm
    __keras_tensor__ __tuple__
    """.split()  # noqa: SIM905
)
"""What a layer may bring along: initialisers, regularisers, constraints, number formats."""

FUNCTIONS = frozenset(
    """
    linear relu relu6 elu selu leaky_relu sigmoid hard_sigmoid tanh softmax softplus swish silu gelu
    """.split()  # noqa: SIM905
)


def read_architecture(model_json: Path) -> dict[str, Any]:
    """The parsed `model.json`, without how it was compiled for training: that is of no use here, and never built.

    Raises ModelError where it is missing, no JSON, or brings more than allowed layers.
    """
    try:
        architecture = json.loads(model_json.read_text(encoding="utf-8"), object_hook=_without_training)
        if not isinstance(architecture, dict) or "config" not in architecture:
            raise ModelError(f"{model_json} does not describe a Keras network. Run train.py to make one that does.")
        _refuse_strangers(architecture, model_json)
    except FileNotFoundError as error:
        raise ModelError(f"{model_json} does not exist. Run train.py to make it, or give the file's place.") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(
            f"{model_json} cannot be read as JSON ({error}). Restore it, or run train.py again."
        ) from error
    except RecursionError as error:
        raise ModelError(f"{model_json} is nested too deeply for a network. Run train.py to make one.") from error
    return architecture


def _without_training(value: dict[str, Any]) -> dict[str, Any]:
    """Keras writes optimizer and loss of a compiled network beside any layer that is a network itself."""
    return {key: item for key, item in value.items() if key != "compile_config"}


def _refuse_strangers(value: Any, file: Path) -> None:
    """Nothing that a model file brings is executed: classes must be on the lists, functions stock ones."""
    if isinstance(value, list):
        for item in value:
            _refuse_strangers(item, file)
    if not isinstance(value, dict):
        return
    name, module = value.get("class_name"), value.get("module")
    if name is not None:
        stock = module is None or module == "builtins" or str(module).split(".")[0] == "keras"
        function = value.get("config") if name == "function" else None
        known = isinstance(name, str) and (
            name in ALLOWED_LAYERS or name in ALLOWED_PARTS or (isinstance(function, str) and function in FUNCTIONS)
        )
        if not (stock and known) or value.get("registered_name") not in (None, name):
            raise ModelError(
                f"{file} brings {name!r}, which is not on the list of layers that only compute, so it was not loaded. "
                "Build the network from stock layers such as Conv2D, Dense and ReLU."
            )
    for item in value.values():
        _refuse_strangers(item, file)


def unsure_threshold(model_json: Path) -> float:
    """The confidence below which the guesses are too often wrong, as `train.py` wrote it into `model.json`.

    Raises ModelError where it is not a number from 0 to 1.
    """
    threshold = _calibration(model_json).get("unsure_below", UNSURE_BELOW)
    if not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise ModelError(
            f"{model_json}: the calibration's unsure_below must be a number from 0 to 1, not {threshold!r}. "
            "Restore the file, or run train.py again."
        )
    return float(threshold)


def said_of_majority(model_json: Path) -> NDArray[np.int64] | None:
    """(7, 8) how many validation pictures of each majority of people were called each emotion, or unsure (last).

    None where the weights were calibrated without votes. Raises ModelError where it is not such a table.
    """
    table = _calibration(model_json).get("confusion")
    if table is None:
        return None
    try:
        counts = np.array(table, np.int64)
    except (TypeError, ValueError, OverflowError):
        counts = np.zeros(0, np.int64)
    if counts.shape != (len(EMOTIONS), len(EMOTIONS) + 1) or (counts < 0).any():
        raise ModelError(
            f"{model_json}: the calibration's confusion must be {len(EMOTIONS)} rows of {len(EMOTIONS) + 1} counts. "
            "Restore the file, or run train.py again."
        )
    return counts


def labels_share(model_json: Path) -> float:
    """The label head's share in the joined answer; 0 for a network that does not say."""
    return float(_calibration(model_json).get("labels_share", 0.0))


def _calibration(model_json: Path) -> dict[str, Any]:
    calibration = read_architecture(model_json).get("calibration", {})
    if not isinstance(calibration, dict):
        raise ModelError(
            f"{model_json}: the calibration must name its parts, as unsure_below with a number from 0 to 1, "
            f"and is {calibration!r}. Restore the file, or run train.py again."
        )
    return calibration


def compiled_form(model_json: Path, model_weights: Path) -> bytes:
    """The compiled network that belongs to exactly these two files; made now if there is none."""
    read_architecture(model_json)
    if not model_weights.is_file():
        raise ModelError(f"{model_weights} does not exist. Run train.py to make it, or give the file's place.")
    compiled = read_compiled(model_json, model_weights)
    if compiled is None:
        say(f"Compiling {model_json.name} with {model_weights.name}: they are new, this happens once.", error=True)
        _compile_elsewhere(model_json, model_weights)
        compiled = read_compiled(model_json, model_weights)
    if compiled is None:
        raise ModelError(f"{model_json} or {model_weights} changed while it was compiled. Start again.")
    return compiled


def read_compiled(model_json: Path, model_weights: Path) -> bytes | None:
    """The compiled form beside the two files, or None where it is missing, damaged or stale."""
    form, sums = _places(model_json)
    try:
        content, written = form.read_bytes(), sums.read_text(encoding="utf-8")
    except OSError:
        return None  # the caller compiles it; a folder that cannot be read shows itself there
    return content if written == _checksums(model_json, model_weights, content) else None


def write_compiled(model_json: Path, model_weights: Path, content: bytes) -> None:
    form, sums = _places(model_json)
    for file, new in ((form, content), (sums, _checksums(model_json, model_weights, content).encode())):
        with whole_file(file) as part:
            part.write_bytes(new)


def _places(model_json: Path) -> tuple[Path, Path]:
    return model_json.with_suffix(".tflite"), model_json.with_suffix(".sha256")


def _checksums(model_json: Path, model_weights: Path, compiled: bytes) -> str:
    contents = ((model_json, model_json.read_bytes()), (model_weights, model_weights.read_bytes()))
    named = [(file.name, content) for file, content in contents] + [(_places(model_json)[0].name, compiled)]
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in named)


def _compile_elsewhere(model_json: Path, model_weights: Path) -> None:
    """In a process of its own, so that the one that serves never loads TensorFlow."""
    packages = ("tensorflow", "keras", "h5py")
    need(*packages, purpose=f"Compiling {model_json.name} with new weights", requirements="requirements.txt")
    files = (str(model_json.resolve()), str(model_weights.resolve()))
    command = [sys.executable, "-m", "learn.compile", *files, WITH_PARENT]
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
    held, holding = os.pipe()  # it closes with this process, and then the other one ends, too
    run = partial(subprocess.run, cwd=PROGRAM, env=environment, capture_output=True, text=True, check=False)
    try:
        done = run(command, stdin=held, timeout=COMPILE_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise ModelError(
            f"{model_json} and {model_weights} were not compiled within {COMPILE_SECONDS} seconds: they are probably "
            "damaged. Restore them, or run train.py."
        ) from error
    finally:
        os.close(held)
        os.close(holding)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it ended without a word"]
        raise ModelError(f"{model_json} and {model_weights} could not be compiled: {lines[-1]}")
