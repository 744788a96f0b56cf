"""Chemception: an Inception-ResNet for drawings of molecules (Goh et al., arXiv 1706.06689).

One Inception-ResNet block of each kind (the paper's "T1"), batch normalisation after every
convolution, then an explicit embedding layer of 512, which is the hub vector before its linear
map. Every training target is a linear head on that layer, so that what the heads can read lies
in the geometry of the embedding.

Before the first convolution stands a palette. A drawing codes element, bond order, valence and
hybridisation as shades, which a convolution can only tell apart by thresholds that it must learn
first; the palette gives every usual shade a channel of its own.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

EMBEDDING = 512
PALETTE = {
    0: (0.1, (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.4, 1.5, 1.6, 1.7, 3.5, 5.3)),
    2: (0.25, (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)),
    3: (0.25, (0.5, 0.75, 1.0, 1.5, 1.75)),
}
"""Per channel of the drawing: the step between its shades, and the usual ones.

Bonds of order 1, 1.5, 2 and 3 (of the shade of carbon) and B C N O F Si P S Cl Br I; valences 1
to 6; sp, sp2, sp3, sp3d and sp3d2.
"""


class Palette(nn.Module):
    """Append to a drawing one channel per usual shade: 1 where a pixel has it, 0 elsewhere."""

    channel: Tensor
    shade: Tensor
    sharpness: Tensor

    def __init__(self) -> None:
        super().__init__()
        rows = [(c, shade, step) for c, (step, shades) in PALETTE.items() for shade in shades]
        channel, shade, step = zip(*rows, strict=True)
        self.register_buffer("channel", torch.tensor(channel))
        self.register_buffer("shade", torch.tensor(shade)[:, None, None])
        self.register_buffer("sharpness", 2 / torch.tensor(step)[:, None, None])

    def forward(self, x: Tensor) -> Tensor:
        """Map drawings (n, 4, h, w) to (n, 4 + 25, h, w)."""
        distance = (x[:, self.channel] - self.shade).abs() * self.sharpness
        return torch.cat([x, (1 - distance).clamp(min=0)], 1)


class Conv(nn.Sequential):
    """Convolution, batch normalisation and (unless `linear`) ReLU, padded to keep the size."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: int | tuple[int, int] = 1,
        stride: int = 1,
        linear: bool = False,
    ) -> None:
        kernel = (size, size) if isinstance(size, int) else size
        padding = ((kernel[0] - 1) // 2, (kernel[1] - 1) // 2)
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        super().__init__(*layers, *([] if linear else [nn.ReLU(inplace=True)]))


class Block(nn.Module):
    """Inception-ResNet block: parallel branches, joined by a 1x1 convolution, plus the input."""

    def __init__(self, width: int, branches: list[nn.Module], joined: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)
        self.join = Conv(joined, width, linear=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, width, h, w) to the same shape."""
        return torch.relu(x + self.join(torch.cat([branch(x) for branch in self.branches], 1)))


class Reduction(nn.Module):
    """Parallel strided branches beside a max pooling: half the height and width."""

    def __init__(self, branches: list[nn.Module]) -> None:
        super().__init__()
        self.branches = nn.ModuleList([nn.MaxPool2d(3, 2, 1), *branches])

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, c, h, w) to (n, c', h / 2, w / 2)."""
        return torch.cat([branch(x) for branch in self.branches], 1)


class Chemception(nn.Module):
    """Drawing -> 512 outputs.

    The pooled width caps the rank of the embedding, and width is cheap once the picture is small:
    so the layers after the first reduction may be wider than those before it.

    Args:
        filters: base number of filters n at 16 x 32 pixels.
        late: base number of filters m at 8 x 16 pixels and below; the pooled width is 7.875 m.
    """

    def __init__(self, filters: int = 32, late: int = 64) -> None:
        super().__init__()
        n, m = filters, late

        def w(factor: float) -> int:
            return round(factor * m)

        wide = 4 * m
        pooled = wide + w(1.5) + w(1.125) + w(1.25)
        self.features = nn.Sequential(
            Palette(),
            Conv(4 + sum(len(shades) for _, shades in PALETTE.values()), n, 4, stride=2),
            Block(
                n,
                [
                    Conv(n, n),
                    nn.Sequential(Conv(n, n), Conv(n, n, 3)),
                    nn.Sequential(
                        Conv(n, n), Conv(n, round(1.5 * n), 3), Conv(round(1.5 * n), 2 * n, 3)
                    ),
                ],
                4 * n,
            ),
            Reduction(
                [
                    Conv(n, w(1.5), 3, stride=2),
                    nn.Sequential(
                        Conv(n, n), Conv(n, n, 3), Conv(n, wide - n - w(1.5), 3, stride=2)
                    ),
                ]
            ),
            Block(
                wide,
                [
                    Conv(wide, m),
                    nn.Sequential(
                        Conv(wide, m), Conv(m, w(1.25), (1, 7)), Conv(w(1.25), w(1.5), (7, 1))
                    ),
                ],
                m + w(1.5),
            ),
            Reduction(
                [
                    nn.Sequential(Conv(wide, m), Conv(m, w(1.5), 3, stride=2)),
                    nn.Sequential(Conv(wide, m), Conv(m, w(1.125), 3, stride=2)),
                    nn.Sequential(
                        Conv(wide, m), Conv(m, w(1.125), 3), Conv(w(1.125), w(1.25), 3, stride=2)
                    ),
                ]
            ),
            Block(
                pooled,
                [
                    Conv(pooled, m),
                    nn.Sequential(
                        Conv(pooled, m), Conv(m, w(1.16), (1, 3)), Conv(w(1.16), w(1.33), (3, 1))
                    ),
                ],
                m + w(1.33),
            ),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.embedding = nn.Sequential(
            nn.Linear(pooled, EMBEDDING),
            nn.BatchNorm1d(EMBEDDING),
            nn.ReLU(inplace=True),
            nn.Linear(EMBEDDING, EMBEDDING),
        )
        self.filters, self.late = filters, late

    def forward(self, images: Tensor) -> Tensor:
        """Map drawings (n, 4, 32, 64) to the embedding layer's outputs (n, 512)."""
        outputs: Tensor = self.embedding(self.features(images))
        return outputs


class Heads(nn.Module):
    """Linear heads for the training targets, on the embedding layer.

    Args:
        sizes: name of each group of targets and its number of outputs.
    """

    def __init__(self, sizes: dict[str, int]) -> None:
        super().__init__()
        self.groups = nn.ModuleDict({name: nn.Linear(EMBEDDING, n) for name, n in sizes.items()})

    def head(self, name: str) -> nn.Linear:
        """Return the head of one group."""
        return cast(nn.Linear, self.groups[name])

    def forward(self, outputs: Tensor) -> dict[str, Tensor]:
        """Map (n, 512) to the raw outputs of each group, (n, size)."""
        return {name: head(outputs) for name, head in self.groups.items()}
