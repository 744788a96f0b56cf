"""The main road: samples in, through the hub, samples out; in batches, in constant memory.

Every record that goes in comes out as a sample or as a reject with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.augmentation import augmented, region_of, without_traces
from chemtranslate.batching import OnReject, applied, as_arrays, batches, refuse, unusable
from chemtranslate.chemical import Chemical, standardise
from chemtranslate.errors import InputError, StructureError, UnknownNameError
from chemtranslate.expectation import Expectation
from chemtranslate.files import inputs_of, name_of
from chemtranslate.formats import format_for, records_of
from chemtranslate.fusion import Fused, fuse
from chemtranslate.hub import Hub, Match, load_hub
from chemtranslate.models import (
    GuardedDecoder,
    GuardedEncoder,
    Kind,
    load_decoder,
    load_encoder,
)
from chemtranslate.plugins import Registry, registry
from chemtranslate.protocols import ArrayForm
from chemtranslate.sample import Place, Reject, Sample
from chemtranslate.table import EmbeddingTable, Entry, TableCard

Choice = str | Path | Mapping[str, str | Path] | None
"""A registered name or a model folder, for whatever modality or by modality."""
BATCH = 256
_KEY = re.compile("[A-Z]{14}")


@dataclass(frozen=True)
class Embedded:
    """A batch of samples and their hub vectors, (n, 512) float32."""

    samples: list[Sample]
    vectors: NDArray[np.float32]

    @property
    def structures(self) -> list[str]:
        """Standardised structures of samples that are chemicals, canonical SMILES."""
        return [standardise(sample.signal.smiles)[0] for sample in self.samples]


class Translator:
    """Reads, embeds, translates, identifies and augments samples of any registered modality.

    Args:
        hub: a hub, or what `load_hub` takes.
        encoder, decoder: a registered name or a model folder; the modality's own by default. The
            decoder "auto" is the one that the modality has for choosing by region of the hub.
            Models of several modalities are given by modality.
        plugins: everything installed by default.
        batch: samples that go through the models at once.

    Attributes:
        left_out: parts of translated signals that their array form left out (peaks out of range).
    """

    def __init__(
        self,
        hub: Hub | str | Path | None = None,
        *,
        encoder: Choice = None,
        decoder: Choice = None,
        plugins: Registry | None = None,
        batch: int = BATCH,
    ) -> None:
        self.encoder_choice = encoder
        self.decoder_choice = decoder
        self.plugins = plugins or registry()
        self.batch = batch
        self._hub = hub
        self.left_out = 0
        self._encoders: dict[str, GuardedEncoder] = {}
        self._decoders: dict[str, GuardedDecoder] = {}
        self._generators: dict[str, GuardedDecoder] = {}

    @cached_property
    def hub(self) -> Hub:
        """The hub, loaded when first used."""
        return self._hub if isinstance(self._hub, Hub) else load_hub(self._hub, self.plugins)

    def chose(self, role: Kind, modality: str) -> bool:
        """Return whether the encoder or decoder of a modality is not the modality's own."""
        choice = self.encoder_choice if role == "encoder" else self.decoder_choice
        return _chosen(choice, modality) is not None

    def encoder(self, modality: str) -> GuardedEncoder:
        """Return the encoder of a modality, loaded when first used."""
        if modality not in self._encoders:
            self._encoders[modality] = load_encoder(
                _chosen(self.encoder_choice, modality), modality, self.hub, self.plugins
            )
        return self._encoders[modality]

    def decoder(self, modality: str) -> GuardedDecoder:
        """Return the decoder of a modality, loaded when first used."""
        if modality not in self._decoders:
            self._decoders[modality] = load_decoder(
                _chosen(self.decoder_choice, modality), modality, self.hub, self.plugins
            )
        return self._decoders[modality]

    def generator(self, modality: str) -> GuardedDecoder:
        """Return the decoder that makes new samples of a modality, loaded when first used.

        The chosen decoder if one was chosen, else the modality's generator, else its decoder.
        """
        name = self.plugins.modality(modality).generator
        if _chosen(self.decoder_choice, modality) is not None or name is None:
            return self.decoder(modality)
        if modality not in self._generators:
            self._generators[modality] = load_decoder(name, modality, self.hub, self.plugins)
        return self._generators[modality]

    def read(
        self,
        *files: str | Path,
        modality: str,
        format: str | None = None,
        on_reject: OnReject = refuse,
    ) -> Iterator[Sample]:
        """Yield the samples of files, one by one.

        Args:
            files: paths; "-" is standard input; of a zip archive, all files in it are read.
            modality: whose formats to read.
            format: name of the format; by the file name's ending, or the modality's first.
            on_reject: called with each record that is malformed; raises InputError by default.
        """
        for record in self.records(*files, modality=modality, format=format):
            if isinstance(record, Reject):
                on_reject(record)
            else:
                yield record

    def records(
        self,
        *files: str | Path,
        modality: str,
        format: str | None = None,
    ) -> Iterator[Sample | Reject]:
        """Yield every record of files, as a sample or as a reject.

        A file in a zip archive that cannot be read is a reject, and the others are read.

        Raises:
            InputError: a file is missing, empty, or not of the format; an archive is damaged.
            UnknownNameError: the modality has no such format, or none for a file's ending.
        """
        spec = self.plugins.modality(modality)
        if format is not None:
            format_for(spec, "", format, "read")
        for file in map(str, files):
            for name, opened in inputs_of(file):
                try:
                    yield from records_of(spec, name, opened, format)
                except (InputError, UnknownNameError) as error:
                    if name == name_of(file):
                        raise
                    reason = str(error).removeprefix(f"{name}: ")
                    yield Reject(Place(name, 0), "", reason, "other file")

    def embed(
        self,
        samples: Iterable[Sample],
        *,
        source: str,
        on_reject: OnReject = refuse,
    ) -> Iterator[Embedded]:
        """Yield batches of samples with their hub vectors.

        Args:
            samples: of modality `source`.
            source: the modality.
            on_reject: called with each sample that the encoder cannot take.
        """
        encoder = self.encoder(source)
        for batch in batches(samples, self.batch):
            usable, arrays = as_arrays(batch, encoder.form, on_reject)
            for taken, vectors in applied(encoder.encode, usable, arrays, on_reject):
                yield Embedded(taken, vectors)

    def translate(
        self,
        samples: Iterable[Sample],
        *,
        source: str,
        target: str,
        decoder: GuardedDecoder | None = None,
        expected: bool = False,
        on_reject: OnReject = refuse,
    ) -> Iterator[Sample]:
        """Yield each sample, translated; its metadata say from what and by which models.

        Args:
            samples: of modality `source`; they are translated as they are, never damaged.
            source, target: modalities.
            decoder: of modality `target`; the chosen one by default.
            expected: whether to give what is expected of the hub's reference chemicals, each as
                likely as the encoder says (`Expectation`), and not what its one vector decodes to.
            on_reject: called with each sample that cannot be translated.

        Raises:
            InputError: `expected`, and the encoder states no odds or the target has no mean.
        """
        encoder, decoder = self.encoder(source), decoder or self.decoder(target)
        provenance = {"Translated_from": source, **self.provenance(encoder, decoder)}
        decode, regions_of = decoder.decode, decoder.regions
        if expected:
            table = self.hub.reference
            structures = [entry.smiles for entry in table.entries]
            possible = Expectation(encoder, decoder, table.vectors, structures)
            decode, regions_of = possible.decode, lambda vectors: None
            provenance["Expected_of"] = f"{len(table)} chemicals"
        drawn = source == self.plugins.structures and decoder.informed and not expected
        for embedded in self.embed(samples, source=source, on_reject=on_reject):
            decoded = (
                decoder.decode_structures(embedded.vectors, embedded.structures)
                if drawn
                else decode(embedded.vectors)
            )
            regions = regions_of(embedded.vectors)
            for row, (sample, array) in enumerate(zip(embedded.samples, decoded, strict=True)):
                try:
                    signal = decoder.form.to_signal(array)
                except InputError as error:
                    on_reject(unusable(sample, f"decoded to nothing: {error}"))
                    continue
                more = {**self.counted(encoder.form, sample), **region_of(regions, row)}
                yield translated(sample, signal, {**provenance, **more})

    def provenance(self, encoder: GuardedEncoder, decoder: GuardedDecoder) -> dict[str, str]:
        """Return the metadata that say through which hub and models a sample went."""
        return {"Hub": self.hub.id, "Encoder": encoder.label, "Decoder": decoder.label}

    def counted(self, form: ArrayForm, sample: Sample) -> dict[str, str]:
        """Count what a form leaves out of a sample; return it as metadata, empty if nothing."""
        count = getattr(form, "left_out", None)
        found = int(count(sample)) if count else 0
        self.left_out += found
        return {"Left_out": str(found)} if found else {}

    def augment(
        self,
        samples: Iterable[Sample],
        *,
        modality: str,
        copies: int | Iterable[int],
        seed: int = 0,
        on_reject: OnReject = refuse,
        **settings: Any,
    ) -> Iterator[Sample]:
        """Yield new samples: generated, or damaged by the augmenter, encoded and decoded.

        Where `generator(modality)` generates, each copy is generated from the sample and the hub
        point of its chemical; from the encoder's vector where it states no structure that can
        be placed. The metadata `Hub_vector` say which.

        Args:
            samples: of modality `modality`.
            copies: how many to make of each, or of each in turn.
            seed: of all that is random; the same seed gives the same copies. A copy's id is its
                source's with "#" and the number of the copy.
            on_reject: called with each sample that cannot be used.
            settings: for the modality's augmenter.

        Raises:
            InputError: settings are given, and a generator, which damages nothing, has no use
                for them.
        """
        return augmented(
            self,
            samples,
            modality=modality,
            copies=copies,
            seed=seed,
            on_reject=on_reject,
            settings=settings,
        )

    def table(
        self,
        samples: Iterable[Sample],
        *,
        source: str,
        on_reject: OnReject = refuse,
    ) -> EmbeddingTable:
        """Return the hub vectors of samples as a table in memory, to be searched by `identify`."""
        entries: list[Entry] = []
        blocks = [np.zeros((0, self.hub.dimensions), np.float32)]
        for embedded in self.embed(samples, source=source, on_reject=on_reject):
            entries += map(entry_of, embedded.samples)
            blocks.append(embedded.vectors)
        card = TableCard(hub=self.hub.id, dimensions=self.hub.dimensions)
        return EmbeddingTable(card, entries, np.concatenate(blocks))

    def fuse(
        self,
        records: Mapping[str, Iterable[Sample | Reject]],
        *,
        on_reject: OnReject = refuse,
    ) -> Fused:
        """Combine what several sensors say of the same unknowns, each by its encoder's own error.

        Args:
            records: by modality; the samples of the first are the unknowns. A sample of another
                belongs to the one with its id or, where no id of its modality fits, to the one
                with its number. An unknown may lack some.
            on_reject: called with each reject, each sample that its encoder cannot take, and each
                that belongs to no unknown.

        Raises:
            InputError: the ids of a modality are not unique, or neither ids nor counts fit.
        """
        return fuse(self, records, on_reject)

    def identify(
        self,
        samples: Iterable[Sample],
        *,
        source: str,
        k: int = 5,
        among: EmbeddingTable | None = None,
        on_reject: OnReject = refuse,
    ) -> Iterator[tuple[Sample, list[Match]]]:
        """Yield each sample with the k chemicals nearest to its hub vector.

        Args:
            among: a table of candidates; the hub's reference chemicals by default.
        """
        for embedded in self.embed(samples, source=source, on_reject=on_reject):
            matches = self.hub.nearest(embedded.vectors, k, among)
            yield from zip(embedded.samples, matches, strict=True)


def _chosen(choice: Choice, modality: str) -> str | Path | None:
    return choice.get(modality) if isinstance(choice, Mapping) else choice


def translated(sample: Sample, signal: Any, provenance: dict[str, str]) -> Sample:
    """Return a sample's translation: a new signal, the source's identity, and where it is from."""
    return replace(
        sample,
        signal=signal,
        metadata={**without_traces(sample.metadata), "Source_id": sample.id, **provenance},
    )


def entry_of(sample: Sample) -> Entry:
    """Return the identity under which a sample stands in an embedding table.

    Its key is that of the structure it states, whatever InChIKey stands beside it; without a
    structure that can be read, the stated InChIKey, if it looks like one.
    """
    chemical = sample.chemical or Chemical()
    try:
        key = standardise(chemical.smiles)[1]
    except StructureError:
        key = chemical.key if _KEY.fullmatch(chemical.key) else ""
    return Entry(
        sample.id,
        sample.name or chemical.name,
        chemical.smiles,
        chemical.inchikey if chemical.key == key else key,
        chemical.cas,
    )
