"""Networks for signals that are vectors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

Side = Literal["", "inputs", "outputs"]


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
        standardised: side on which the network works in units of the training data's standard
            deviations, about their means, which `learn_scale` keeps with the weights.
    """

    means: Tensor
    deviations: Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        width: int = 1024,
        blocks: int = 2,
        dropout: float = 0.2,
        standardised: Side = "",
    ) -> None:
        super().__init__()
        self.standardised = standardised
        self.architecture = {
            "inputs": inputs,
            "outputs": outputs,
            "width": width,
            "blocks": blocks,
            "dropout": dropout,
            **({"standardised": standardised} if standardised else {}),
        }
        if standardised:
            size = inputs if standardised == "inputs" else outputs
            self.register_buffer("means", torch.zeros(size))
            self.register_buffer("deviations", torch.ones(size))
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
        outputs: Tensor = self.last(self.hidden(x))
        if self.standardised == "outputs":
            return outputs * self.deviations + self.means
        return outputs

    def hidden(self, x: Tensor) -> Tensor:
        """Map (n, inputs) to what the last layer is given, (n, width)."""
        hidden: Tensor = self.first(self.standard(x) if self.standardised == "inputs" else x)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        return hidden

    def learn_scale(self, arrays: Tensor) -> None:
        """Keep means and standard deviations of training arrays (n, size), where they count."""
        if self.standardised:
            deviations = arrays.std(0, correction=0)
            self.means.copy_(arrays.mean(0))
            self.deviations.copy_(torch.where(deviations > 0, deviations, 1.0))

    def standard(self, arrays: Tensor) -> Tensor:
        """Return (n, size) arrays in the units in which the network works."""
        return (arrays - self.means) / self.deviations if self.standardised else arrays
