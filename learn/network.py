"""The four-block network: grey 48x48 pictures in, seven probabilities out.

Each block is convolution and batch normalisation (once or twice), max pooling, ReLU, dropout; the filters grow
by powers of two. Two fully connected layers of the same kind follow, then softmax.
"""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from faces.emotions import EMOTIONS
from faces.prepare import SIDE


@dataclass(frozen=True)
class Architecture:
    """What one four-block network is made of."""

    blocks: tuple[tuple[int, int, int], ...]  # per block: filters, kernel size, how many convolutions
    dense: tuple[int, int]  # units of the two fully connected layers
    block_dropout: float
    dense_dropout: float
    whole_maps: bool  # dropout of whole feature maps (Tompson et al., 2015) instead of single values
    mirrored: bool  # the finished network looks at the face and at its mirror image, and takes the mean


ARCHITECTURES = {
    "compact": Architecture(
        blocks=((32, 3, 1), (64, 3, 2), (128, 3, 2), (256, 3, 2)),
        dense=(256, 256),
        block_dropout=0.1,
        dense_dropout=0.25,
        whole_maps=True,
        mirrored=True,
    ),
    # The network of "Convolutional Neural Networks for Facial Expression Recognition" (Alizadeh and Fazel,
    # Stanford CS231n report, 2016) as its many relatives have it.
    "classic": Architecture(
        blocks=((64, 3, 1), (128, 5, 1), (512, 3, 1), (512, 3, 1)),
        dense=(256, 512),
        block_dropout=0.25,
        dense_dropout=0.25,
        whole_maps=False,
        mirrored=False,
    ),
}


def build_network(
    arch: str = "compact", *, temperature: float = 1.0, fast: bool = False, mirrored: bool = False
) -> keras.Model:
    """The untrained network; input (N, 48, 48, 1) grey of any scale and offset, output (N, 7) probabilities.

    The first layer brings every picture to mean 0 and variance 1, so that brightness and contrast of the room do not
    matter, nor whether pixels run to 255 or to 1.

    - fast: with layers that the torch backend runs faster; they have the same weights in the same order.
    - mirrored: with the mean of the logits for the picture and for its mirror image: the same weights, twice the work.
    """
    steps = _steps(ARCHITECTURES[arch], fast=fast)

    def logits(picture: Any) -> Any:
        for step in steps:
            picture = step(picture)
        return picture

    inputs = layers.Input((SIDE, SIDE, 1), name="picture")
    x = logits(inputs)
    if mirrored:
        x = layers.Average(dtype="float32", name="both")([x, logits(keras.ops.flip(inputs, axis=2))])
    # Calibration divides the logits by a temperature (Guo et al., 2017); it is 1 until `train.py` has measured it.
    x = layers.Rescaling(1 / temperature, dtype="float32", name="temperature")(x)
    outputs = layers.Softmax(dtype="float32", name="probabilities")(x)
    return keras.Model(inputs, outputs, name=arch)


def build_finished(arch: str) -> keras.Model:
    """As it will be used, before it is calibrated: mirrored where its architecture says so, quick on this backend."""
    fast = keras.backend.backend() == "torch"
    return build_network(arch, fast=fast, mirrored=ARCHITECTURES[arch].mirrored)


def _steps(plan: Architecture, *, fast: bool) -> list[keras.layers.Layer]:
    """The layers from the picture to the seven logits."""
    if fast:
        from learn import torch_layers as learned
    else:
        learned = layers
    block_dropout = layers.SpatialDropout2D if plan.whole_maps else layers.Dropout
    # float32 also under mixed precision: bfloat16 would round the pixels. The epsilon keeps a blank picture finite.
    steps = [
        layers.LayerNormalization(
            axis=[1, 2, 3], center=False, scale=False, epsilon=1e-6, dtype="float32", name="standardise"
        )
    ]
    for block, (filters, kernel, convolutions) in enumerate(plan.blocks, 1):
        for i in range(1, convolutions + 1):
            steps += [
                learned.Conv2D(filters, kernel, padding="same", use_bias=False, name=f"block{block}_conv{i}"),
                learned.BatchNormalization(name=f"block{block}_norm{i}"),
            ]
            if i == convolutions:
                steps.append(learned.MaxPooling2D(name=f"block{block}_pool"))
            steps.append(layers.ReLU(name=f"block{block}_relu{i}"))
        steps.append(block_dropout(plan.block_dropout, name=f"block{block}_dropout"))
    steps.append(layers.Flatten(name="flatten"))
    for i, units in enumerate(plan.dense, 1):
        steps += [
            layers.Dense(units, use_bias=False, name=f"dense{i}"),
            learned.BatchNormalization(name=f"dense{i}_norm"),
            layers.ReLU(name=f"dense{i}_relu"),
            layers.Dropout(plan.dense_dropout, name=f"dense{i}_dropout"),
        ]
    return [*steps, layers.Dense(len(EMOTIONS), dtype="float32", name="logits")]
