"""Checkpoints of a training run: safetensors, written aside and renamed, no pickle.

A run that stops loses what it did since the last checkpoint and nothing else: schedules and
shuffles are functions of the step number, so model, optimiser and step are the whole state.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from chemtranslate.errors import ArtefactError, OutputError

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer


def work_folder(folder: Path) -> Path:
    """Return where a training that will write `folder` keeps its checkpoint meanwhile."""
    return folder.with_name(folder.name + ".training")


def save_checkpoint(
    path: Path, model: nn.Module, optimizer: Optimizer, step: int, settings: Mapping[str, str]
) -> None:
    """Write model, optimiser state and step number.

    Args:
        path: the checkpoint file; an older one is replaced whole.
        settings: what the run was asked for; `load_checkpoint` refuses another run's file.

    Raises:
        OutputError: the disk refused; the older checkpoint stays.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    tensors: dict[str, Tensor] = {
        f"model.{k}": v.contiguous() for k, v in model.state_dict().items()
    }
    for index, state in optimizer.state_dict()["state"].items():
        tensors.update({f"optimizer.{index}.{k}": v.contiguous() for k, v in state.items()})
    aside = path.with_name(path.name + ".part")
    try:
        save_file(tensors, aside, metadata={**settings, "step": str(step)})
        os.replace(aside, path)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"{path}: cannot be written: {reason}") from None
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def load_checkpoint(
    path: Path, model: nn.Module, optimizer: Optimizer, settings: Mapping[str, str]
) -> int:
    """Restore what `save_checkpoint` wrote and return the step number.

    Raises:
        ArtefactError: the file is damaged, or belongs to a run with other settings.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            stored = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ArtefactError(f"cannot read checkpoint {path}: {error}") from None
    step = int(stored.pop("step", "0"))
    if stored != dict(settings):
        changed = sorted(k for k in {*stored, *settings} if stored.get(k) != settings.get(k))
        raise ArtefactError(
            f"checkpoint {path} belongs to another run: {', '.join(changed)} differ; start in an "
            "empty folder or leave out --resume"
        )
    model.load_state_dict(
        {k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")}
    )
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".")
            state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    return step
