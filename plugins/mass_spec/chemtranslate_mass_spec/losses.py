"""The loss that pulls decoded spectra towards measured ones where it matters, at high m/z."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def weighted_cosine_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Return 1 - Sim (Eq. 1 of the paper), averaged over the batch.

    Args:
        predicted: (n, bins).
        target: (n, bins).

    Returns:
        A scalar; gradients are finite, for all-zero spectra as well (whose similarity is 0).
    """
    import torch

    weights = torch.arange(
        1, predicted.shape[-1] + 1, dtype=predicted.dtype, device=predicted.device
    )
    product = (weights * predicted * target).sum(-1)
    squares = (weights * predicted**2).sum(-1) * (weights * target**2).sum(-1)
    # The floor keeps the root's gradient finite at zero; spectra have squares above 1e4.
    return 1.0 - (product / squares.clamp(min=1e-12).sqrt()).mean()
