"""The paper's networks: plain stacks of fully connected layers with leaky ReLU.

Layer sizes of Table I (encoder) and Table II (general decoder) of the GC-MS paper; the output
layer is linear, as hub vectors are signed and intensities are clipped when a spectrum is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

TABLE_1 = (797, 765, 733, 701, 669, 637, 605, 573, 541, 512)
"""Width of every layer of the encoder; the decoder has them in reverse (Table II)."""


def sizes(bins: int) -> tuple[int, ...]:
    """Return Table I's widths; for another number of bins, as many that narrow as evenly."""
    if bins == TABLE_1[0]:
        return TABLE_1
    steps = len(TABLE_1) - 1
    return tuple(round(bins + (TABLE_1[-1] - bins) * i / steps) for i in range(steps + 1))


class Stack(nn.Module):
    """Fully connected layers with leaky ReLU between them.

    Args:
        sizes: width of the input, of each hidden layer and of the output.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.sizes = tuple(sizes)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            linear = nn.Linear(inputs, outputs)
            nn.init.kaiming_normal_(linear.weight, a=0.01, nonlinearity="leaky_relu")
            nn.init.zeros_(linear.bias)
            layers += [linear, nn.LeakyReLU()]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, sizes[0]) to (n, sizes[-1])."""
        outputs: Tensor = self.layers(x)
        return outputs
