"""The four-block network: grey 48x48 pictures in, three answers of seven probabilities out.

Each block is convolution and batch normalisation (once or twice), max pooling, ReLU, dropout; the filters grow
by powers of two. On this trunk stand two heads of the same form, fully connected layers and softmax: one is taught the
dataset's labels, the other how people vote. The third answer joins both.
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


HEADS = ("labels", "people")
"""What each head is taught: the dataset's own labels, and the votes of ten people on each picture."""


@dataclass(frozen=True)
class Joining:
    """How the two heads become one answer, and what makes the confidence of each answer honest.

    Each head's logits are divided by its temperature (Guo et al., 2017). The joined logits are `labels_share` times
    the label head's plus the rest times the people's head's, divided by a temperature of their own. `train.py` sets
    all four by the validation pictures.
    """

    labels_share: float = 0.5
    labels_temperature: float = 1.0
    people_temperature: float = 1.0
    joined_temperature: float = 1.0


def build_network(arch: str = "compact", *, fast: bool = False) -> keras.Model:
    """The untrained network; input (N, 48, 48, 1) grey of any scale and offset, output {head: (N, 7) probabilities}.

    The first layer brings every picture to mean 0 and variance 1, so that brightness and contrast of the room do not
    matter, nor whether pixels run to 255 or to 1.

    - fast: with layers that the torch backend runs faster; they have the same weights in the same order.
    """
    inputs = layers.Input((SIDE, SIDE, 1), name="picture")
    logits = _Heads(ARCHITECTURES[arch], fast=fast)(inputs)
    outputs = {head: layers.Softmax(dtype="float32", name=head)(logits[head]) for head in HEADS}
    return keras.Model(inputs, outputs, name=arch)


def build_finished(arch: str, joining: Joining | None = None, *, fast: bool = False) -> keras.Model:
    """As it will be used: output {"joined", "labels", "people": (N, 7) probabilities}, weights as in `build_network`.

    Where its architecture says so it takes the mean of the logits for the picture and for its mirror image: the same
    weights, twice the work.
    """
    joining = joining or Joining()
    heads = _Heads(ARCHITECTURES[arch], fast=fast)
    inputs = layers.Input((SIDE, SIDE, 1), name="picture")
    logits = heads(inputs)
    if ARCHITECTURES[arch].mirrored:
        other = heads(keras.ops.flip(inputs, axis=2))
        logits = {head: _float32("Average", f"{head}_both")([logits[head], other[head]]) for head in HEADS}
    temperatures = {"labels": joining.labels_temperature, "people": joining.people_temperature}
    shares = {"labels": joining.labels_share, "people": 1 - joining.labels_share}
    calm = {
        head: _float32("Rescaling", f"{head}_temperature", scale=1 / temperatures[head])(logits[head]) for head in HEADS
    }
    parts = [
        _float32("Rescaling", f"{head}_share", scale=shares[head] / joining.joined_temperature)(calm[head])
        for head in HEADS
    ]
    answers = {"joined": _float32("Add", "join")(parts), **calm}
    outputs = {answer: _float32("Softmax", answer)(x) for answer, x in answers.items()}
    return keras.Model(inputs, outputs, name=arch)


def _float32(kind: str, name: str, **settings: Any) -> keras.layers.Layer:
    return getattr(layers, kind)(dtype="float32", name=name, **settings)


class _Heads:
    """The layers from a picture to the logits of each head; called twice, they are the same layers."""

    def __init__(self, plan: Architecture, *, fast: bool) -> None:
        self.trunk = _trunk(plan, fast=fast)
        self.heads = {head: _head(plan, head, fast=fast) for head in HEADS}

    def __call__(self, picture: Any) -> dict[str, Any]:
        for layer in self.trunk:
            picture = layer(picture)
        return {head: _through(steps, picture) for head, steps in self.heads.items()}


def _through(steps: list[keras.layers.Layer], x: Any) -> Any:
    for step in steps:
        x = step(x)
    return x


def _learned(*, fast: bool) -> Any:
    """The module with the layers that learn."""
    if fast:
        from learn import torch_layers

        return torch_layers
    return layers


def _trunk(plan: Architecture, *, fast: bool) -> list[keras.layers.Layer]:
    """The layers from the picture to the values that both heads see."""
    learned = _learned(fast=fast)
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
    return [*steps, layers.Flatten(name="flatten")]


def _head(plan: Architecture, head: str, *, fast: bool) -> list[keras.layers.Layer]:
    """The layers from the trunk to the seven logits of one head."""
    learned = _learned(fast=fast)
    steps = []
    for i, units in enumerate(plan.dense, 1):
        steps += [
            layers.Dense(units, use_bias=False, name=f"{head}_dense{i}"),
            learned.BatchNormalization(name=f"{head}_dense{i}_norm"),
            layers.ReLU(name=f"{head}_dense{i}_relu"),
            layers.Dropout(plan.dense_dropout, name=f"{head}_dense{i}_dropout"),
        ]
    return [*steps, layers.Dense(len(EMOTIONS), dtype="float32", name=f"{head}_logits")]
