"""Who was measured, where a sensor's records do not say: a list of chemicals to look it up in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePath

from chemtranslate.chemical import Chemical
from chemtranslate.sample import Reject, Sample

BY = ("file", "id", "cas", "name")
"""What a sample is looked up by, in this order."""


class Identities:
    """Chemicals by file, id, CAS number and name.

    A key under which the list has chemicals of different structures finds none of them.

    Args:
        samples: of the hub's modality of structures; a field `file` names the file of a record.
    """

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._known: dict[tuple[str, str], Chemical | None] = {}
        for sample in samples:
            for key in _keys(sample, _file(sample)):
                chemical = sample.chemical or Chemical()
                other = self._known.get(key, chemical)
                same = other is not None and other.smiles == chemical.smiles
                self._known[key] = chemical if same else None

    def named(self, records: Iterable[Sample | Reject]) -> Iterator[Sample | Reject]:
        """Yield every record again, those without a structure with the one that the list has."""
        for record in records:
            stated = not isinstance(record, Reject) and record.chemical and record.chemical.smiles
            yield record if isinstance(record, Reject) or stated else self._named(record)

    def _named(self, sample: Sample) -> Sample:
        for key in _keys(sample, sample.place.file if sample.place else ""):
            if found := self._known.get(key):
                own = sample.chemical or Chemical()
                return replace(
                    sample,
                    chemical=Chemical(
                        found.smiles,
                        own.inchikey or found.inchikey,
                        own.name or found.name,
                        own.cas or found.cas,
                    ),
                )
        return sample


def _keys(sample: Sample, file: str) -> Iterator[tuple[str, str]]:
    chemical = sample.chemical or Chemical()
    base = PurePath(file.rpartition(":")[2]).name
    stated = (base, sample.id, chemical.cas, sample.name or chemical.name)
    return ((by, text.casefold()) for by, text in zip(BY, stated, strict=True) if text)


def _file(sample: Sample) -> str:
    return next((text for name, text in sample.metadata.items() if name.lower() == "file"), "")
