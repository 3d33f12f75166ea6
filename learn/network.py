"""The networks of four blocks: grey 48x48 pictures in, three answers of seven probabilities out.

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
    dense: tuple[int, ...]  # units of the fully connected layers of each head
    block_dropout: float
    dense_dropout: float
    whole_maps: bool  # dropout of whole feature maps (Tompson et al., 2015) instead of single values
    crop: int = 0  # pixels that are cut from every side, so that the shifted copies show the rest
    average: bool = False  # the mean of each feature map goes to the heads, not every value of it
    residual: bool = False  # convolutions in pairs with a way around them (He et al., 2016)
    mirrored: bool = False  # the finished network looks at the face and at its mirror image, and takes the mean


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
    ),
    # Wider and deeper, one view: to be taught by several others.
    "small": Architecture(
        blocks=((40, 3, 1), (80, 3, 2), (160, 3, 2), (320, 3, 2)),
        dense=(),
        block_dropout=0.1,
        dense_dropout=0.25,
        whole_maps=True,
        average=True,
    ),
    # Two teachers that differ from it and from each other, both too slow to be shipped.
    "vgg": Architecture(
        blocks=((64, 3, 2), (128, 3, 2), (256, 3, 2), (256, 3, 2)),
        dense=(512, 512),
        block_dropout=0.15,
        dense_dropout=0.4,
        whole_maps=True,
        crop=4,
    ),
    "half_resnet": Architecture(
        blocks=((32, 3, 4), (64, 3, 4), (128, 3, 4), (256, 3, 4)),
        dense=(),
        block_dropout=0.1,
        dense_dropout=0.25,
        whole_maps=True,
        crop=4,
        average=True,
        residual=True,
    ),
}


HEADS = ("labels", "people")
"""What each head is taught: the dataset's own labels, and the votes of ten people on each picture."""


@dataclass(frozen=True)
class Joining:
    """How the two heads become one answer, and what makes the confidence of each answer honest.

    The label head's logits are moved by `labels_offset`, a number for each emotion, so that on average it says each as
    often as the labels do (Saerens et al., 2002). Each head's logits are then divided by its temperature (Guo et al.,
    2017). The joined logits are `labels_share` times the label head's plus the rest times the people's head's, divided
    by a temperature of their own. `train.py` sets the offset by the training pictures, the rest by the validation
    pictures.
    """

    labels_offset: tuple[float, ...] = (0.0,) * len(EMOTIONS)
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
    offsets = {"labels": [each / joining.labels_temperature for each in joining.labels_offset], "people": 0.0}
    shares = {"labels": joining.labels_share, "people": 1 - joining.labels_share}
    calm = {}
    for head, temperature in temperatures.items():
        settings = {"scale": 1 / temperature, "offset": offsets[head]}
        calm[head] = _float32("Rescaling", f"{head}_temperature", **settings)(logits[head])
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
        seen = _through(self.trunk, picture)
        return {head: _through(steps, seen) for head, steps in self.heads.items()}


def _through(steps: list[Any], x: Any) -> Any:
    for step in steps:
        x = step(x)
    return x


def _learned(*, fast: bool) -> Any:
    """The module with the layers that learn."""
    if fast:
        from learn import torch_layers

        return torch_layers
    return layers


def _trunk(plan: Architecture, *, fast: bool) -> list[Any]:
    """The layers from the picture to the values that both heads see."""
    block_dropout = layers.SpatialDropout2D if plan.whole_maps else layers.Dropout
    # float32 also under mixed precision: bfloat16 would round the pixels. The epsilon keeps a blank picture finite.
    steps = [
        layers.LayerNormalization(
            axis=[1, 2, 3], center=False, scale=False, epsilon=1e-6, dtype="float32", name="standardise"
        )
    ]
    if plan.crop:
        steps.insert(0, layers.Cropping2D(plan.crop, dtype="float32", name="crop"))
    build = _residual_block if plan.residual else _block
    for block, (filters, kernel, convolutions) in enumerate(plan.blocks, 1):
        steps += build(f"block{block}", filters, kernel, convolutions, _learned(fast=fast))
        steps.append(block_dropout(plan.block_dropout, name=f"block{block}_dropout"))
    flatten = layers.GlobalAveragePooling2D if plan.average else layers.Flatten
    return [*steps, flatten(name="flatten")]


def _block(name: str, filters: int, kernel: int, convolutions: int, learned: Any) -> list[Any]:
    steps = []
    for i in range(1, convolutions + 1):
        steps += [
            learned.Conv2D(filters, kernel, padding="same", use_bias=False, name=f"{name}_conv{i}"),
            learned.BatchNormalization(name=f"{name}_norm{i}"),
        ]
        if i == convolutions:
            steps.append(learned.MaxPooling2D(name=f"{name}_pool"))
        steps.append(layers.ReLU(name=f"{name}_relu{i}"))
    return steps


def _residual_block(name: str, filters: int, kernel: int, convolutions: int, learned: Any) -> list[Any]:
    """Pairs of convolutions, then pooling, which halves the picture where ResNet's next stage has strides."""
    pairs = [
        _ConvolutionPair(f"{name}_pair{i}", filters, kernel, learned, first=i == 1)
        for i in range(1, convolutions // 2 + 1)
    ]
    return [*pairs, learned.MaxPooling2D(name=f"{name}_pool")]


class _ConvolutionPair:
    """Two convolutions with a way around them; in the `first` pair of a block one by one pixel fits the filters."""

    def __init__(self, name: str, filters: int, kernel: int, learned: Any, *, first: bool) -> None:
        def convolution(part: str, side: int) -> list[keras.layers.Layer]:
            return [
                learned.Conv2D(filters, side, padding="same", use_bias=False, name=f"{name}_conv{part}"),
                learned.BatchNormalization(name=f"{name}_norm{part}"),
            ]

        middle = layers.ReLU(name=f"{name}_relu1")
        self.through = [*convolution("1", kernel), middle, *convolution("2", kernel)]
        self.around = convolution("0", 1) if first else []
        self.add, self.relu = layers.Add(name=f"{name}_add"), layers.ReLU(name=f"{name}_relu2")

    def __call__(self, x: Any) -> Any:
        return self.relu(self.add([_through(self.through, x), _through(self.around, x)]))


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
