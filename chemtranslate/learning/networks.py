"""Networks for signals that are vectors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


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


class Residual(nn.Module):
    """Blocks of two fully connected layers, each of which adds to what it is given.

    Args:
        inputs, outputs: widths of what goes in and comes out.
        width: of everything between.
        blocks: how many.
        dropout: share of each block's hidden values that is left out while it learns.
    """

    def __init__(
        self, inputs: int, outputs: int, width: int = 1024, blocks: int = 2, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.architecture = {
            "inputs": inputs,
            "outputs": outputs,
            "width": width,
            "blocks": blocks,
            "dropout": dropout,
        }
        self.first = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(width),
                nn.Linear(width, width),
                nn.GELU(),
                nn.Dropout(dropout),
                nn.Linear(width, width),
            )
            for _ in range(blocks)
        )
        self.last = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inputs) to (n, outputs)."""
        hidden = self.first(x)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        outputs: Tensor = self.last(hidden)
        return outputs
