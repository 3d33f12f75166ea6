"""Keras layers that keep the torch backend's own memory layout while training.

Keras copies every picture batch to channels-first before each convolution and pooling, and normalises a batch in
several passes. These three do the same arithmetic through torch's fused operations without the copies: measured on
two cores in bfloat16, 157 ms instead of 476 ms a step of 64 for the compact network. Weights and names are Keras' own,
so that trained weights load into the ordinary network.
"""

from typing import Any

import keras
import torch
from torch.nn import functional


class Conv2D(keras.layers.Conv2D):
    """Convolution with padding "same", stride 1 and no bias: all that the network uses."""

    def call(self, inputs: Any) -> Any:
        kernel = self.kernel.value.to(inputs.dtype).permute(3, 2, 0, 1)
        kernel = kernel.contiguous(memory_format=torch.channels_last)
        return functional.conv2d(inputs.permute(0, 3, 1, 2), kernel, padding="same").permute(0, 2, 3, 1)


class MaxPooling2D(keras.layers.MaxPooling2D):
    def call(self, inputs: Any) -> Any:
        return functional.max_pool2d(inputs.permute(0, 3, 1, 2), self.pool_size, self.strides).permute(0, 2, 3, 1)


class BatchNormalization(keras.layers.BatchNormalization):
    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        outputs = functional.batch_norm(
            torch.movedim(inputs, -1, 1),
            self.moving_mean.value,
            self.moving_variance.value,
            self.gamma.value,
            self.beta.value,
            bool(training) and self.trainable,
            1 - self.momentum,
            self.epsilon,
        )
        return torch.movedim(outputs, 1, -1)
