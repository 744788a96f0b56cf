"""From files and names to answers: loads an identifier with its models, candidates and library."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chemtranslate.artefact import read_card
from chemtranslate.batching import OnReject, refuse, unusable
from chemtranslate.candidates import Candidates
from chemtranslate.chemical import standardise
from chemtranslate.errors import ArtefactError, InputError, StructureError
from chemtranslate.hub import Hub
from chemtranslate.identification.calibration import Calibration
from chemtranslate.identification.evidence import Library
from chemtranslate.identification.identifier import ROLE, Identifier, load_identifier
from chemtranslate.learning.folder import FEWEST
from chemtranslate.models import load_decoder, load_encoder
from chemtranslate.protocols import Array
from chemtranslate.sample import Sample
from chemtranslate.table import EmbeddingTable, Entry, TableCard
from chemtranslate.translator import Translator


def identifier_of(
    translator: Translator, modality: str, reference: str | Path | None = None
) -> Identifier:
    """Load the identifier of a modality, with the models that it was trained with.

    Args:
        translator: its encoder and decoder, where some were chosen; else those that the
            identifier's card names.
        reference: folder of an identifier; the one that ships with the modality by default.

    Raises:
        ArtefactError: there is none, or it does not fit the models or the hub.
    """
    spec, plugins, hub = translator.plugins.modality(modality), translator.plugins, translator.hub
    folder = spec.identifier if reference is None else Path(reference)
    if folder is None:
        raise ArtefactError(
            f"modality {modality!r} has no identifier: train one, `chemtranslate train {modality} "
            f"DATA --role {ROLE}`, and name its folder"
        )
    card = read_card(folder)
    if card.role != ROLE or card.modality != modality:
        raise ArtefactError(
            f"{folder}: holds a model of role {card.role} for {card.modality}, expected an "
            f"{ROLE} for {modality}"
        )
    named = card.architecture
    encoder = (
        translator.encoder(modality)
        if translator.chose("encoder", modality)
        else load_encoder(named.get("encoder"), modality, hub, plugins)
    )
    decoder = (
        translator.decoder(modality)
        if translator.chose("decoder", modality)
        else load_decoder(named.get("decoder"), modality, hub, plugins)
    )
    return load_identifier(folder, hub, encoder, decoder, plugins)


@dataclass(frozen=True)
class Measured:
    """Measured samples of known chemicals.

    Attributes:
        samples, keys: n samples, and of what chemical each is.
        arrays: (n, *shape), in the decoder's form.
        entries: one for each chemical, with its standardised structure.
    """

    samples: list[Sample]
    keys: list[str]
    arrays: Array
    entries: list[Entry]

    @classmethod
    def of(
        cls, identifier: Identifier, samples: Iterable[Sample], on_reject: OnReject = refuse
    ) -> Measured:
        """Return samples that state their structures.

        Args:
            on_reject: called with each sample that states none, or that has no form.

        Raises:
            InputError: no sample can be used.
        """
        usable, keys, arrays, entries = [], [], [], dict[str, Entry]()
        form, seen_by = identifier.evidence.decoder.form, identifier.evidence.encoder.form
        for sample in samples:
            try:
                smiles, key = standardise(sample.chemical.smiles if sample.chemical else "")
                seen_by.to_array(sample)
                arrays.append(form.to_array(sample))
            except (InputError, StructureError) as error:
                on_reject(unusable(sample, str(error)))
                continue
            usable.append(sample)
            keys.append(key)
            chemical = sample.chemical
            name = sample.name or (chemical.name if chemical else "")
            entries.setdefault(key, Entry(sample.id, name, smiles, key))
        if not keys:
            raise InputError(
                "found no usable sample with a structure in the library or to calibrate on, "
                "expected some"
            )
        return cls(usable, keys, np.stack(arrays), list(entries.values()))

    def library(self, identifier: Identifier, tolerance: float | None = None) -> Library:
        """Return them ready to be compared.

        Args:
            tolerance: by which retention indices of samples of one chemical may differ, where both
                state one; None passes them over.

        Raises:
            InputError: there is a tolerance, and samples of the modality have no such index.
        """
        signatures = identifier.evidence.signature(self.arrays)
        if tolerance is None:
            return Library.of(self.keys, signatures)
        indices = identifier.evidence.indices(self.samples)
        return Library.of(self.keys, signatures, indices, tolerance)


def recalibrated(identifier: Identifier, hub: Hub, known: Measured) -> Identifier:
    """Return an identifier that trusts its evidence as far as it was right of these samples.

    Probabilities and sets then hold for what one instrument measures, whatever those measured that
    the models have learned from. Among isomers alone, they stay those that were learned.

    Args:
        known: measured as the unknowns are; of `FEWEST` chemicals or more, best of some that the
            models have not learned from.

    Raises:
        InputError: they are fewer.
    """
    if len(known.entries) < FEWEST:
        raise InputError(
            f"found samples of {len(known.entries)} known chemicals to calibrate on, expected at "
            f"least {FEWEST}"
        )
    evidence, entries = identifier.evidence, known.entries
    card = TableCard(hub=hub.id, dimensions=hub.dimensions)
    points = hub.model.embed([entry.smiles for entry in entries])
    lineup = evidence.lineup(Candidates.of(EmbeddingTable(card, entries, points)))
    encodable = np.stack([evidence.encoder.form.to_array(sample) for sample in known.samples])
    seen = evidence.seen(known.arrays, encodable)
    places = {entry.chemical.key: number for number, entry in enumerate(entries)}
    own = np.array([places[key] for key in known.keys], np.intp)
    found = evidence.of(seen, lineup)[:, np.arange(len(own)), own]
    other = copy(identifier)
    other.calibration = Calibration.of(known.keys, seen, found)
    return other


def joined(hub: Hub, table: EmbeddingTable, entries: Iterable[Entry]) -> EmbeddingTable:
    """Return a table with further chemicals, those that it lacks, in memory.

    Args:
        entries: with standardised structures.
    """
    known = {entry.chemical.key for entry in table.entries}
    new = [entry for entry in entries if entry.chemical.key not in known]
    if not new:
        return table
    card = TableCard(hub=hub.id, dimensions=hub.dimensions)
    points = hub.model.embed([entry.smiles for entry in new])
    return EmbeddingTable(card, [*table.entries, *new], table.vectors, points)
