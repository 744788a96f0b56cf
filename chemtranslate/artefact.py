"""Trained models on disk: a folder with `model.safetensors` and `card.json`, written whole.

The card says what the model is, what it was made for and from what, so that a folder found
years later can be used, refused or retrained without asking anybody. Beside them may lie
`training.safetensors`: marks by which a sample that the model has learned from is known again.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chemtranslate.errors import ArtefactError
from chemtranslate.files import folder_written_whole, written_whole

CARD = "card.json"
TENSORS = "model.safetensors"
TRAINING = "training.safetensors"
MARKS = "marks"
ERROR_FILE, ERROR = "error.safetensors", "error"
Tensors = Mapping[str, NDArray[Any]]


class ModelCard(BaseModel):
    """What stands beside every set of weights.

    Attributes:
        role: what the model does.
        name: the registered model that loads it ("mass_spec/table1").
        modality: the modality of an encoder or decoder.
        hub: id of the hub it was made for; of itself, for a hub.
        base: digest of the model that an adapter builds on.
        architecture: what is needed to build the network again.
        settings: hyper-parameters of the training.
        data: what it was trained on: sources, counts, digest of the records.
        data_licence: terms under which the weights may be used.
        split: name of the rule that kept chemicals apart, and the part trained on.
        seed: of everything random in the training.
        versions: of the software that trained it.
        metrics: what it reached, and on what.
        temperature: of an encoder: the cosines of its vectors with chemicals' points, divided by
            it, are log odds of the chemicals, as measured on some that it has not learned from;
            None where that was not measured.
        expected: of an encoder: offset and slope of the line by which the cosine of a vector with
            its own chemical's point follows, on average, from its nearness to the hub's reference
            chemicals (`chemtranslate.hub.Hub.nearness`), measured likewise.
        command: trains it again.
        digest: of the tensors; checked when the model is read.
        marks: digest of the marks of its training samples, checked likewise; empty where the
            folder does not say from which samples the model has learned.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["chemtranslate-model-1"] = "chemtranslate-model-1"
    role: Literal["hub", "encoder", "decoder", "identifier"]
    name: str
    modality: str | None = None
    hub: str
    base: str | None = None
    description: str = ""
    architecture: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, Any] = Field(default_factory=dict)
    data_licence: str
    split: str
    seed: int = 0
    versions: dict[str, str] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)
    temperature: float | None = Field(None, gt=0)
    expected: tuple[float, float] | None = None
    command: str = ""
    digest: str = ""
    marks: str = ""


def write_model(
    folder: Path,
    tensors: Tensors,
    card: ModelCard,
    *,
    force: bool = False,
    marks: NDArray[np.uint64] | None = None,
    error: NDArray[np.float32] | None = None,
) -> ModelCard:
    """Write a model folder whole, or not at all, and return the card with its digests.

    Args:
        error: of an encoder, (d,): its mean square error along each axis of the hub
            (`chemtranslate.axes.Axes.error`), on chemicals that it has not learned from.
        marks: of the samples that the model has learned from (`chemtranslate.marks.marks`), of
            any shape; stored sorted, each once.
    """
    from safetensors.numpy import save

    stored = {name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}
    learned = {} if marks is None else {MARKS: np.unique(np.asarray(marks, np.uint64))}
    card = card.model_copy(
        update={"digest": digest(stored, {}), "marks": digest(learned, {}) if learned else ""}
    )
    with folder_written_whole(folder, force, CARD) as aside:
        (aside / TENSORS).write_bytes(save(stored))
        if learned:
            (aside / TRAINING).write_bytes(save(learned))
        if error is not None:
            (aside / ERROR_FILE).write_bytes(save({ERROR: np.asarray(error, np.float32)}))
        (aside / CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return card


def write_metrics(folder: Path, metrics: Mapping[str, Any]) -> ModelCard:
    """Put what a model reached on its card, once it has been measured.

    Raises:
        OutputError: the card cannot be written.
    """
    card = read_card(folder).model_copy(update={"metrics": dict(metrics)})
    with written_whole(folder / CARD, force=True) as stream:
        stream.write((card.model_dump_json(indent=2) + "\n").encode())
    return card


def read_card(folder: Path) -> ModelCard:
    """Read a model folder's card.

    Raises:
        ArtefactError: the folder or its card is missing, damaged or of an unknown form.
    """
    path = folder / CARD
    try:
        return ModelCard.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise ArtefactError(
            f"{folder}: not a model folder, expected {CARD} and {TENSORS} in it"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ArtefactError(f"{path}: not a model card: {place}: {first['msg']}") from None
    except OSError as error:
        raise ArtefactError(f"{path}: cannot be read: {error.strerror}") from None


def read_model(folder: Path) -> tuple[dict[str, NDArray[Any]], ModelCard]:
    """Read tensors and card of a model folder, and check that they belong together.

    Raises:
        ArtefactError: as `read_card`, or the tensors or marks are damaged, or not those of the
            card.
    """
    card = read_card(folder)
    tensors = read_tensors(folder / TENSORS)
    if digest(tensors, {}) != card.digest:
        raise ArtefactError(
            f"{folder}: {TENSORS} is not the one that {CARD} describes (its digest differs)"
        )
    read_marks(folder)
    return tensors, card


def read_marks(folder: Path) -> NDArray[np.uint64] | None:
    """Read the marks of the samples that a model has learned from.

    Returns:
        (m,) uint64, sorted; None where the card names none.

    Raises:
        ArtefactError: as `read_card`, or the marks are missing, damaged or not those of the card.
    """
    card = read_card(folder)
    if not card.marks:
        return None
    stored = read_tensors(folder / TRAINING)
    if digest(stored, {}) != card.marks:
        raise ArtefactError(
            f"{folder}: {TRAINING} is not the one that {CARD} describes (its digest differs)"
        )
    return stored[MARKS]


def read_error(folder: Path) -> NDArray[np.float32] | None:
    """Read an encoder's mean square error along each axis of the hub, (d,); None if not stated.

    Raises:
        ArtefactError: it is damaged.
    """
    if not (folder / ERROR_FILE).exists():
        return None
    stored = read_tensors(folder / ERROR_FILE).get(ERROR)
    if stored is None or stored.ndim != 1 or not (np.isfinite(stored) & (stored >= 0)).all():
        raise ArtefactError(f"{folder / ERROR_FILE}: expected errors, one number an axis")
    return stored.astype(np.float32)


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Read a safetensors file as numpy arrays; ArtefactError if it is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except FileNotFoundError:
        raise ArtefactError(f"{path}: no such file") from None
    except (SafetensorError, OSError, ValueError) as error:
        raise ArtefactError(f"{path}: damaged or truncated: {error}") from None


def mapped_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """Open a safetensors file as read-only memory maps, so that only what is used is read.

    The format is a length, a JSON header and the bytes of the tensors
    (https://huggingface.co/docs/safetensors); its own Python functions read tensors whole.

    Raises:
        ArtefactError: missing, truncated or damaged.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            size = path.stat().st_size
            if not 2 <= length <= size - 8:
                raise ValueError(f"a header of {length} bytes in a file of {size}")
            header = json.loads(file.read(length))
        whole = np.memmap(path, np.uint8, "r")  # one for all tensors: each holds a file handle
        tensors = {}
        for name, about in header.items():
            if name != "__metadata__":
                start, end = about["data_offsets"]
                tensors[name] = _part(whole, 8 + length + start, 8 + length + end, about)
    except FileNotFoundError:
        raise ArtefactError(f"{path}: no such file") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtefactError(f"{path}: damaged or truncated: {error}") from None
    return tensors


_DTYPES = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "U8": np.uint8, "I64": np.int64}


def _part(whole: NDArray[np.uint8], start: int, end: int, about: Mapping[str, Any]) -> NDArray[Any]:
    dtype, shape = np.dtype(_DTYPES[about["dtype"]]), tuple(map(int, about["shape"]))
    if end > len(whole) or end - start != dtype.itemsize * math.prod(shape):
        raise ValueError(
            f"bytes {start} to {end} for a tensor of shape {shape} in a file of {len(whole)}"
        )
    tensor: NDArray[Any] = whole[start:end].view(dtype).reshape(shape)
    return tensor


def digest(tensors: Tensors, description: Mapping[str, Any]) -> str:
    """Return 16 hexadecimal digits that change with any tensor or any part of a description."""
    state = hashlib.sha256(json.dumps(description, sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = np.asarray(tensors[name], order="C")
        state.update(f"{name}|{tensor.dtype.str}|{tensor.shape}|".encode())
        state.update(tensor.tobytes())
    return state.hexdigest()[:16]


def digest_of_records(ids: Iterable[str]) -> str:
    """Return 16 hexadecimal digits for a set of records, whatever their order."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:16]


def halved(tensors: Tensors) -> dict[str, NDArray[Any]]:
    """Return matrices as float16, for small files; vectors (biases, norms) keep float32."""
    return {
        name: tensor.astype(np.float16)
        if tensor.dtype == np.float32 and tensor.ndim > 1
        else tensor
        for name, tensor in tensors.items()
    }


def versions(*distributions: str) -> dict[str, str]:
    """Return the versions of Python, chemtranslate and the named distributions."""
    found = {"python": platform.python_version()}
    for name in ("chemtranslate", *distributions):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found
