"""What the objects behind a plugin's specs must be able to do.

These are structural protocols: a class fits by having the methods, nothing is inherited.
The core checks what crosses the boundary (shapes, types, finiteness) and names the plugin
that breaks its word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from chemtranslate.sample import Reject, Sample

if TYPE_CHECKING:
    import numpy as np

    from chemtranslate.artefact import ModelCard
    from chemtranslate.candidates import Candidates
    from chemtranslate.hub import Hub

Array = NDArray[Any]
Vectors = NDArray["np.float32"]
Progress = Callable[[int, int, float], None]
"""Called with steps done, steps in all and the current loss."""


@runtime_checkable
class ArrayForm(Protocol):
    """How the signals of one modality become numbers for a model, and back.

    A form may also have `left_out(sample) -> int`, which counts the parts of a signal that
    `to_array` leaves out (peaks out of range); translations report it.

    Attributes:
        shape: shape of one sample's array, without the batch dimension.
        dtype: "float32", or "str" for modalities whose samples are texts.
    """

    shape: tuple[int, ...]
    dtype: str

    def to_array(self, sample: Sample) -> Array:
        """Return one sample as an array of `shape`; InputError says why one cannot be used."""
        ...

    def to_signal(self, array: Array) -> Any:
        """Return the modality's own form of one array; InputError where it holds no signal."""
        ...


@runtime_checkable
class HubModel(Protocol):
    """The model that places chemicals in a hub; it sees structures, never sensor data.

    It may also have `in_bulk()`, a context manager in which `embed` is called with thousands of
    structures and may use more processes.
    """

    card: ModelCard

    def embed(self, smiles: Sequence[str]) -> Vectors:
        """Map canonical SMILES of n standardised structures to (n, dimensions) float32.

        Raises:
            StructureError: a structure cannot be drawn; it is never embedded as zeros.
        """
        ...


@runtime_checkable
class Encoder(Protocol):
    """Sensor -> hub."""

    card: ModelCard
    form: ArrayForm

    def encode(self, arrays: Array) -> Vectors:
        """Map (n, *form.shape) to finite float32 (n, 512)."""
        ...


@runtime_checkable
class Decoder(Protocol):
    """Hub -> sensor."""

    card: ModelCard
    form: ArrayForm

    def decode(self, vectors: Vectors) -> Array:
        """Map float32 (n, 512) to (n, *form.shape)."""
        ...


@runtime_checkable
class Generator(Decoder, Protocol):
    """A decoder that also makes new samples from measured ones, by itself.

    `augment` then damages nothing: what differs between two measurements of a chemical is the
    generator's own to know.
    """

    def generate(
        self, arrays: Array, vectors: Vectors, rngs: Sequence[np.random.Generator]
    ) -> Array:
        """Map n measured arrays to one new array each, as another measurement might have been.

        Args:
            arrays: (n, *form.shape), as measured.
            vectors: float32 (n, 512), where their chemicals lie in the hub.
            rngs: n generators, one for each row; a row draws from its own alone, so that a batch
                gives what its rows would give one by one.

        Returns:
            (n, *form.shape), each row the same chemical as the row it was made from.
        """
        ...


@runtime_checkable
class Regional(Decoder, Protocol):
    """A decoder of several parts, each of them for a region of the hub."""

    def regions(self, vectors: Vectors) -> Sequence[str]:
        """Map float32 (n, 512) to n names: which part decodes each; records state them."""
        ...


@runtime_checkable
class Informed(Decoder, Protocol):
    """A decoder that does better where it also knows the structures whose points it decodes."""

    def decode_structures(self, vectors: Vectors, smiles: Sequence[str]) -> Array:
        """Map points and their structures to signals.

        Args:
            vectors: float32 (n, 512).
            smiles: n canonical SMILES of standardised structures.

        Returns:
            (n, *form.shape).
        """
        ...


@runtime_checkable
class Augmenter(Protocol):
    """Sample -> slightly damaged sample, true to what the sensor could have measured."""

    def augment(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Return a damaged copy; nothing is added that would speak of another chemical."""
        ...


class Reader(Protocol):
    """Bytes of one file -> its records, one after the other."""

    def __call__(self, stream: IO[bytes], file: str) -> Iterator[Sample | Reject]:
        """Yield a Sample or a Reject for each record; `file` is the name for messages.

        Raises:
            InputError: the file as a whole is not of this format.
        """
        ...


class Writer(Protocol):
    """Samples -> bytes of one file."""

    def __call__(self, samples: Iterable[Sample], stream: IO[bytes]) -> None:
        """Write all samples, consuming them one by one."""
        ...


class Preparer(Protocol):
    """Records -> the records fit for training, and the others with a reason each."""

    def __call__(self, records: Iterable[Sample | Reject]) -> Iterator[Sample | Reject]:
        """Yield every record again, as a Sample or as a Reject."""
        ...


class Metrics(Protocol):
    """Predicted against measured arrays of a modality."""

    def __call__(self, predicted: Array, measured: Array) -> Mapping[str, NDArray[np.float64]]:
        """Map two (n, *shape) arrays to named (n,) figures."""
        ...


class Signature(Protocol):
    """Arrays of a modality -> vectors whose inner products say how alike two samples are."""

    def __call__(self, arrays: Array) -> Array:
        """Map (n, *shape), in the form that decoders make, to (n, s) of length 1 or less."""
        ...


class Clues(Protocol):
    """What signals say of their molecule besides its place in the hub, as of its mass.

    Attributes:
        names: of the clues.
    """

    names: tuple[str, ...]

    def learn(self, arrays: Array, smiles: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Learn from n samples.

        Args:
            arrays: (n, *shape), in the form that decoders make.
            smiles: n standardised structures of their chemicals.

        Returns:
            tensors, by name: what `weigh` is given again.
        """
        ...

    def weigh(
        self, learned: Mapping[str, NDArray[Any]], arrays: Array, candidates: Candidates
    ) -> NDArray[np.float32]:
        """Return the clues of n unknowns for m candidates, (len(names), n, m).

        The larger, the better they fit; 0 where nothing can be said.
        """
        ...


@dataclass(frozen=True)
class Training:
    """What a trainer is asked to do.

    Attributes:
        samples: the measurements; the trainer keeps to the train part of them.
        hub: the space to train for.
        folder: where the model folder and its checkpoint go.
        encoder: for decoders, the encoder whose vectors they decode; for identifiers, the one
            that places unknowns.
        epochs: overrides the model's own number.
        settings: further hyper-parameters of the model, by name, as texts.
        resume: go on from the checkpoint in `folder`.
        seed: of everything random.
        progress: called as the training goes on.
        command: what the user typed, for the card.
        force: replace an existing model folder.
        decoder: for identifiers, the one that predicts candidates' signals.
    """

    samples: Iterable[Sample]
    hub: Hub
    folder: Path
    encoder: Encoder | None = None
    epochs: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    resume: bool = False
    seed: int = 0
    progress: Progress = lambda step, steps, loss: None
    command: str = ""
    force: bool = False
    decoder: Decoder | None = None


class Trainer(Protocol):
    """Trains one model and writes its folder."""

    def __call__(self, training: Training) -> ModelCard:
        """Train, write `training.folder`, return the card written there."""
        ...


@dataclass(frozen=True)
class HubTraining:
    """What a hub's trainer is asked to do.

    Attributes:
        data: folder with the labelled chemicals.
        folder: where the model folder goes.
        structures: SMILES of further chemicals, without labels.
        epochs: overrides the model's own number.
        resume: go on from the last checkpoint.
        seed: of everything random.
        progress: called as the training goes on.
        command: what the user typed, for the card.
        force: replace an existing model folder.
    """

    data: Path
    folder: Path
    structures: Iterable[str] = ()
    epochs: int | None = None
    resume: bool = False
    seed: int = 0
    progress: Progress = lambda step, steps, loss: None
    command: str = ""
    force: bool = False


@dataclass(frozen=True)
class Predicted:
    """One property of n chemicals, as a hub predicts it.

    Attributes:
        name: of the property; a column in files.
        unit: "probability", "kcal/mol", ...
        values: (n,) float32.
    """

    name: str
    unit: str
    values: NDArray[np.float32]


class HubPredictor(Protocol):
    """Reads properties of chemicals off a hub's model."""

    def __call__(self, hub: Hub, smiles: Sequence[str]) -> Sequence[Predicted]:
        """Map canonical SMILES of n standardised structures to their predicted properties.

        Raises:
            StructureError: one of them cannot be drawn.
        """
        ...


class HubTrainer(Protocol):
    """Trains a hub and writes its folder, reference chemicals included."""

    def __call__(self, training: HubTraining) -> ModelCard:
        """Train, write `training.folder`, return the card written there."""
        ...
