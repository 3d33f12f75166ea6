"""Write and read `model.json` and `model_weights.h5`: the only code that knows their layout.

`model_weights.h5` has the layout that Keras has used for `.h5` weights since version 1: a group per layer with its
arrays by name. Keras 3 reads it under that name (`model.load_weights("model_weights.h5")`), which its own layout, tied
to names ending in `.weights.h5`, does not offer.
"""

import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from faces.emotions import EMOTIONS
from faces.errors import ModelError
from faces.files import whole_file
from faces.prepare import SIDE
from learn.compiled import ANSWERS, read_architecture


def save_network(network: keras.Model, folder: Path, calibration: Mapping[str, Any]) -> tuple[Path, Path]:
    """Write both files, each completely or not at all; `calibration` stands beside the architecture in `model.json`."""
    model_json, model_weights = folder / "model.json", folder / "model_weights.h5"
    architecture = {**json.loads(network.to_json()), "calibration": calibration}
    with whole_file(model_json) as part, whole_file(model_weights) as part_weights:
        part.write_text(json.dumps(architecture, indent=1) + "\n", encoding="utf-8")
        part_weights.write_bytes(_hdf5(network))
    return model_json, model_weights


def _hdf5(network: keras.Model) -> bytes:
    """In memory, since HDF5 ends the process where a disk is full."""
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        layers = [layer for layer in network.layers if layer.weights]
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", keras.__version__.encode()
        for layer in layers:
            group = file.create_group(layer.name)
            # Keras reads by position: trainable weights first, then the moving averages.
            weights = layer.trainable_weights + layer.non_trainable_weights
            group.attrs["weight_names"] = [f"{layer.name}/{weight.name}".encode() for weight in weights]
            for weight in weights:
                array = np.asarray(keras.ops.convert_to_numpy(weight), np.float32)
                group.create_dataset(f"{layer.name}/{weight.name}", data=array)
    return memory.getvalue()


def load_network(model_json: Path, model_weights: Path) -> keras.Model:
    """The network with its weights. Raises ModelError where a file is missing, damaged, unsafe or of another shape."""
    architecture = read_architecture(model_json)
    try:
        network = keras.models.model_from_json(json.dumps(_for_keras_3(architecture)))
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"{model_json} cannot be rebuilt by Keras {keras.__version__} ({_first_line(error)}). "
            "Write it again with network.to_json() of the Keras that made it, or run train.py."
        ) from error
    given, answers = network.input_shape[1:], _answers_of(network)
    if given != (SIDE, SIDE, 1) or set(answers.values()) != {(len(EMOTIONS),)} or not set(answers) <= set(ANSWERS):
        raise ModelError(
            f"{model_json} takes {given} and answers {answers}; this project needs {(SIDE, SIDE, 1)} and "
            f"{(len(EMOTIONS),)}, once or as {', '.join(ANSWERS)}. Run train.py to make such a network."
        )
    if not model_weights.is_file():
        raise ModelError(f"{model_weights} does not exist. Run train.py to make it, or give the file's place.")
    try:
        _load_weights(network, model_weights)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{model_weights} does not fit {model_json.name}, or is damaged ({_first_line(error)}). "
            "Both must come from the same training run: restore them together, or run train.py."
        ) from error
    if not all(np.isfinite(weight).all() for weight in network.get_weights()):
        raise ModelError(f"{model_weights} holds weights that are NaN or infinite. Restore it, or run train.py.")
    return network


def _answers_of(network: keras.Model) -> dict[str, tuple[int, ...]]:
    """The shape of each answer; a network with one nameless answer gives that as the joined one."""
    tensors = network.outputs
    names = network.output_names if len(tensors) > 1 else ["joined"]
    return {name: tuple(tensor.shape[1:]) for name, tensor in zip(names, tensors, strict=True)}


def _load_weights(network: keras.Model, model_weights: Path) -> None:
    with h5py.File(model_weights) as file:
        old_layout = "layer_names" in file.attrs or "model_weights" in file
    if old_layout:
        network.load_weights(model_weights)
        return
    with tempfile.TemporaryDirectory() as folder:  # Keras 3's own layout, renamed: give it the ending that Keras wants
        named = Path(folder) / "renamed.weights.h5"
        named.write_bytes(model_weights.read_bytes())
        network.load_weights(named)


PARTS_OF_KERAS_2 = {
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
}
GONE_SINCE_KERAS_2 = {"fused", "renorm", "virtual_batch_size", "ragged", "sparse", "batch_input_shape"}


def _for_keras_3(architecture: dict[str, Any]) -> dict[str, Any]:
    """What Keras 2 wrote, in Keras 3's words; what Keras 3 wrote, as it is. Our own calibration is taken out."""
    architecture = {key: value for key, value in architecture.items() if key != "calibration"}
    if "module" in architecture:
        return architecture
    config = architecture["config"]
    old_layers = config["layers"] if isinstance(config, dict) else config  # before 2.2.3 a Sequential was just a list
    layers = [_layer_for_keras_3(layer) for layer in old_layers]
    shape = old_layers[0]["config"].get("batch_input_shape")
    sequential = architecture["class_name"] == "Sequential"
    if sequential and layers[0]["class_name"] != "InputLayer" and shape:
        layers.insert(0, {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": shape}})
    rest = config if isinstance(config, dict) else {"name": "sequential"}
    kind = "Sequential" if sequential else "Functional"
    module = "keras" if sequential else "keras.src.models.functional"
    return {"module": module, "class_name": kind, "config": {**rest, "layers": layers}, "registered_name": kind}


def _layer_for_keras_3(layer: dict[str, Any]) -> dict[str, Any]:
    old = layer["config"]
    config = {key: value for key, value in old.items() if key not in GONE_SINCE_KERAS_2}
    if layer["class_name"] == "InputLayer":
        config["batch_shape"] = old["batch_input_shape"]
    if isinstance(config.get("axis"), list):
        (config["axis"],) = config["axis"]
    for key, value in config.items():
        if isinstance(value, dict) and "class_name" in value:
            config[key] = {"module": PARTS_OF_KERAS_2[key.split("_")[-1]], "registered_name": None, **value}
    return {**layer, "module": "keras.layers", "registered_name": None, "config": config}


def _first_line(error: Exception) -> str:
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return line if len(line) <= 200 else line[:200] + "..."
