"""A `model.json` and `model_weights.h5` as Keras 2 wrote them for this family of projects, in small."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "conv2d_1": {"kernel:0": (3, 3, 1, 4), "bias:0": (4,)},
    "batch_normalization_1": {"gamma:0": (4,), "beta:0": (4,), "moving_mean:0": (4,), "moving_variance:0": (4,)},
    "dense_1": {"kernel:0": (2304, 8), "bias:0": (8,)},
    "dense_2": {"kernel:0": (8, 7), "bias:0": (7,)},
}


def _initialiser(name: str) -> dict[str, Any]:
    return {"class_name": name, "config": {}}


def _layers(*, batch_norm_axis: Any) -> list[dict[str, Any]]:
    kernel = {
        "class_name": "VarianceScaling",
        "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
    }
    learned = {
        "use_bias": True,
        "kernel_initializer": kernel,
        "bias_initializer": _initialiser("Zeros"),
        "kernel_regularizer": None,
        "bias_regularizer": None,
        "activity_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
    }
    conv = {
        "name": "conv2d_1",
        "trainable": True,
        "batch_input_shape": [None, 48, 48, 1],
        "dtype": "float32",
        "filters": 4,
        "kernel_size": [3, 3],
        "strides": [1, 1],
        "padding": "same",
        "data_format": "channels_last",
        "dilation_rate": [1, 1],
        "activation": "linear",
    }
    norm = {
        "name": "batch_normalization_1",
        "trainable": True,
        "axis": batch_norm_axis,
        "momentum": 0.99,
        "epsilon": 0.001,
        "center": True,
        "scale": True,
        "beta_initializer": _initialiser("Zeros"),
        "gamma_initializer": _initialiser("Ones"),
        "moving_mean_initializer": _initialiser("Zeros"),
        "moving_variance_initializer": _initialiser("Ones"),
        "beta_regularizer": None,
        "gamma_regularizer": None,
        "beta_constraint": None,
        "gamma_constraint": None,
    }
    pool = {"name": "max_pooling2d_1", "trainable": True, "pool_size": [2, 2], "padding": "valid", "strides": [2, 2]}
    return [
        {"class_name": "Conv2D", "config": conv | learned},
        {"class_name": "BatchNormalization", "config": norm},
        {"class_name": "Activation", "config": {"name": "activation_1", "trainable": True, "activation": "relu"}},
        {"class_name": "MaxPooling2D", "config": pool | {"data_format": "channels_last"}},
        {"class_name": "Dropout", "config": {"name": "dropout_1", "rate": 0.25, "noise_shape": None, "seed": None}},
        {"class_name": "Flatten", "config": {"name": "flatten_1", "data_format": "channels_last"}},
        {"class_name": "Dense", "config": {"name": "dense_1", "units": 8, "activation": "relu"} | learned},
        {"class_name": "Dense", "config": {"name": "dense_2", "units": 7, "activation": "softmax"} | learned},
    ]


def _chained(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """The same layers as a Model, each fed by the one before."""
    names = [layer["config"]["name"] for layer in layers]
    for layer, name, before in zip(layers, names, [None, *names], strict=False):
        layer |= {"name": name, "inbound_nodes": [[[before, 0, 0, {}]]] if before else []}
    ends = {"input_layers": [[names[0], 0, 0]], "output_layers": [[names[-1], 0, 0]]}
    return {"name": "model_1", "layers": layers, **ends}


FORMS = ("list", "sequential", "tf_keras", "functional")
"""Before 2.2.3 a Sequential was just a list; the Keras of TensorFlow 2 gave it an InputLayer; then there are Models."""


def write_keras_2_files(folder: Path, form: str) -> dict[str, np.ndarray]:
    """Both files in one of the FORMS; the weights by name, in the order of the layers."""
    tf_keras = form in ("tf_keras", "functional")
    layers = _layers(batch_norm_axis=[3] if tf_keras else -1)
    if tf_keras:
        shape = layers[0]["config"].get("batch_input_shape")
        given = {
            "batch_input_shape": shape,
            "dtype": "float32",
            "sparse": False,
            "ragged": False,
            "name": "conv2d_1_input",
        }
        layers.insert(0, {"class_name": "InputLayer", "config": given})
    architecture: dict[str, Any] = {
        "class_name": "Sequential",
        "config": {"name": "sequential_1", "layers": layers},
        "keras_version": "2.9.0" if tf_keras else "2.2.4",
        "backend": "tensorflow",
    }
    if form == "list":
        architecture["config"] = layers
    if form == "functional":
        architecture |= {"class_name": "Model", "config": _chained(layers)}
    (folder / "model.json").write_text(json.dumps(architecture))
    rng = np.random.default_rng(0)
    written = {}
    with h5py.File(folder / "model_weights.h5", "w") as file:
        file.attrs["layer_names"] = [layer["config"]["name"].encode() for layer in layers]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", b"2.2.4"
        for layer in layers:
            name = layer["config"]["name"]
            group = file.create_group(name)
            arrays = SHAPES.get(name, {})
            group.attrs["weight_names"] = [f"{name}/{weight}".encode() for weight in arrays]
            for weight, shape in arrays.items():
                array = (rng.uniform(0.1, 1, shape) / np.prod(shape[:-1] or 1) ** 0.5).astype(np.float32)
                group.create_dataset(f"{name}/{weight}", data=array)
                written[f"{name}/{weight}"] = array
    return written
