"""What a structure says of its spectrum: its mass, its substructures, and where it can break.

Fragments are enumerated as in MetFrag (Wolf et al. 2010, 10.1186/1471-2105-11-148): one bond that
is in no ring is cut, or two of one ring. Each cut gives two fragments, with the sites that were cut
and what they consist of, from which a network can learn which of them keeps the charge. Of what is
left when two bonds outside rings are cut, the masses alone count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemtranslate_mass_spec.molecules import ends_of, molecules

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Mol

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
RADIUS = 2
"""Bonds from its centre to which a substructure reaches (Morgan fingerprint)."""
MOST = 96
"""Fragments of a molecule that are described, at most: those of bonds outside rings first, in the
order of the structure as it is written."""
WAYS = 3
_SITES = 11
_HALOGENS = (9, 17, 35, 53)
_HETERO = (7, 8, 16)
_OTHERS = {7: 5, 8: 6, 16: 7, 14: 8} | dict.fromkeys(_HALOGENS, 9)
_CONTENTS = 10
_ELEMENTS = {6: 0, 7: 1, 8: 2, 16: 3, 14: 4} | dict.fromkeys(_HALOGENS, 5)
DESCRIBED = 2 * _SITES + _CONTENTS + 3
"""Numbers by which a fragment is described."""
_TEN, _HEAVY = 10.0, 200.0


@dataclass(frozen=True)
class Structures:
    """What n structures say; rows of zeros where one cannot be read.

    Structures are standardised ones: one molecule, no isotopes.

    Attributes:
        ends: (n, 2), as of `mass_and_reach`.
        counts: (n, k) log(1 + how often) each of k substructures occurs.
        masses: (n, MOST) whole m/z of the fragments, 0 beyond the last.
        about: (n, MOST, DESCRIBED) sites at which they were cut off, on either side; contents;
            whether of a ring; share of the molecule's mass, and mass.
        numbers: (n, WAYS, bins) log(1 + how many) fragments have each whole m/z, from 1: those of
            a bond outside rings, of two such bonds, and of two bonds of a ring.
    """

    ends: Numbers
    counts: Floats
    masses: Numbers
    about: NDArray[np.float16]
    numbers: NDArray[np.float16]

    @classmethod
    def of(cls, smiles: Sequence[str], substructures: Numbers, bins: int) -> Structures:
        """Read n structures.

        Args:
            substructures: (k,) those to be counted, as of `commonest`.
            bins: of the spectra.
        """
        n = len(smiles)
        places = {one: place for place, one in enumerate(substructures.tolist())}
        ends = np.zeros((n, 2), np.int64)
        counts = np.zeros((n, len(substructures)), np.float32)
        masses = np.zeros((n, MOST), np.int64)
        about = np.zeros((n, MOST, DESCRIBED), np.float16)
        numbers = np.zeros((n, WAYS, bins), np.float16)
        for row, mol in molecules(smiles):
            ends[row] = ends_of(mol)
            for one, count in _substructures(mol).items():
                if one in places:
                    counts[row, places[one]] = count
            ways, described = _broken(mol)
            found = np.concatenate([ways[0], ways[2]])[:MOST]
            masses[row, : len(found)], about[row, : len(found)] = found, described
            for way, every in enumerate(ways):
                there = every[(every > 0) & (every <= bins)]
                numbers[row, way] = np.log1p(np.bincount(there - 1, minlength=bins))
        return cls(ends, np.log1p(counts), masses, about, numbers)


def commonest(smiles: Sequence[str], k: int) -> Numbers:
    """Return the k substructures that most structures have, (k,) or fewer; sorted."""
    found: Counter[int] = Counter()
    for _, mol in molecules(smiles):
        found.update(_substructures(mol).keys())
    return np.array(sorted(sorted(found, key=lambda one: (-found[one], one))[:k]), np.int64)


def _substructures(mol: Mol) -> dict[int, int]:
    from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator

    found: dict[int, int] = (
        GetMorganGenerator(radius=RADIUS).GetSparseCountFingerprint(mol).GetNonzeroElements()
    )
    return found


def _broken(mol: Mol) -> tuple[tuple[Numbers, Numbers, Numbers], Floats]:
    """Return the fragments of a molecule.

    Returns:
        whole m/z of those of one cut outside rings, of two such cuts, and of two cuts of a ring;
        and what describes those of one cut outside rings, then those of a ring, (f, DESCRIBED), f
        being MOST or less.
    """
    from rdkit.Chem import GetPeriodicTable

    table = GetPeriodicTable()
    atoms = list(mol.GetAtoms())
    numbers = [atom.GetAtomicNum() for atom in atoms]
    hydrogens = np.array([atom.GetTotalNumHs() for atom in atoms])
    weights = np.array([table.GetMostCommonIsotopeMass(number) for number in numbers])
    weights += hydrogens * table.GetMostCommonIsotopeMass(1)
    contents = np.zeros((len(atoms), _CONTENTS), np.float32)
    contents[np.arange(len(atoms)), [_ELEMENTS.get(number, 6) for number in numbers]] = 1
    contents[:, 7] = hydrogens
    contents[:, 8] = [atom.GetIsAromatic() for atom in atoms]
    contents[:, 9] = [not _saturated(atom) for atom in atoms]

    graph = _Graph(mol)
    outside, rings = list(graph.outside_rings()), list(graph.in_rings())
    ends = np.array([cut.ends for cut in outside + rings], np.intp).reshape(-1, 4)
    sides = graph.members([cut.side for cut in outside + rings])
    parts = np.stack([sides, ~sides], 1).reshape(-1, len(atoms))
    masses, chains = parts @ weights, 2 * len(outside)
    two = _between(sides[: len(outside)], weights)

    parts, ends = parts[:MOST], np.repeat(ends, 2, 0)[:MOST]
    kinds = np.eye(_SITES, dtype=np.float32)[[_site(atom) for atom in atoms]][ends]
    kinds[:chains, 2:] = 0  # one bond has two ends
    within = parts[np.arange(len(parts))[:, None], ends][..., None]
    about = np.zeros((len(parts), DESCRIBED), np.float32)
    about[:, :_SITES] = (kinds * within).sum(1)
    about[:, _SITES : 2 * _SITES] = (kinds * ~within).sum(1)
    about[:, 2 * _SITES : -3] = parts @ contents / _TEN
    about[chains:, -3] = 1
    about[:, -2] = masses[:MOST] / max(weights.sum(), 1)
    about[:, -1] = masses[:MOST] / _HEAVY
    return (_whole(masses[:chains]), _whole(two), _whole(masses[chains:])), about


class _Cut(NamedTuple):
    """A way to break a molecule in two.

    Attributes:
        side: the atoms of one fragment, a bit for each.
        ends: of the bonds that are cut; those of one bond stand twice.
    """

    side: int
    ends: tuple[int, int, int, int]


class _Graph:
    """Which atoms are bound to which."""

    def __init__(self, mol: Mol) -> None:
        self.size = mol.GetNumAtoms()
        self.rings: tuple[tuple[int, ...], ...] = mol.GetRingInfo().AtomRings()
        self.neighbours: list[list[int]] = [[] for _ in range(self.size)]
        self.chains = []
        for bond in mol.GetBonds():
            one, other = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            self.neighbours[one].append(other)
            self.neighbours[other].append(one)
            if not bond.IsInRing():
                self.chains.append((one, other))

    def outside_rings(self) -> Iterator[_Cut]:
        """Yield the cuts of one bond that is in no ring."""
        for one, other in self.chains:
            yield _Cut(self._hanging_on(one, {(one, other)}), (one, other, one, other))

    def in_rings(self) -> Iterator[_Cut]:
        """Yield the cuts of two bonds of a ring that break the molecule, each once."""
        seen: set[frozenset[frozenset[int]]] = set()
        for ring in self.rings:
            bonds = list(zip(ring, (*ring[1:], ring[0]), strict=True))
            gone = {*bonds, *(bond[::-1] for bond in bonds)}
            own = [self._hanging_on(atom, gone) for atom in ring]
            for first, last in combinations(range(len(ring)), 2):
                cut = frozenset(map(frozenset, (bonds[first], bonds[last])))
                if cut in seen:
                    continue
                seen.add(cut)
                side = reduce(or_, own[first + 1 : last + 1])
                if not side & reduce(or_, own[: first + 1] + own[last + 1 :]):
                    yield _Cut(side, (*bonds[first], *bonds[last]))

    def members(self, sides: Sequence[int]) -> NDArray[np.bool_]:
        """Return sets of atoms as (len(sides), atoms)."""
        length = self.size // 8 + 1
        packed = np.frombuffer(b"".join(side.to_bytes(length, "little") for side in sides), "u1")
        bits = np.unpackbits(packed.reshape(-1, length), 1, self.size, "little")
        return bits.astype(bool)

    def _hanging_on(self, start: int, gone: set[tuple[int, int]]) -> int:
        """Return the atoms that hang together with one, if some bonds were not there.

        Args:
            gone: those of the bonds that lead away from the atoms on this side.
        """
        found, waiting = 1 << start, [start]
        while waiting:
            one = waiting.pop()
            for other in self.neighbours[one]:
                if not found >> other & 1 and (one, other) not in gone:
                    found |= 1 << other
                    waiting.append(other)
        return found


def _between(sides: NDArray[np.bool_], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the masses of what lies between two cuts outside rings, for each pair of them.

    Args:
        sides: (c, atoms) one side of each cut. Those of two cuts are nested, share nothing, or make
            up the whole molecule together.
        weights: (atoms,).
    """
    rows, columns = np.triu_indices(len(sides), 1)
    counts, masses = sides.sum(1), sides @ weights
    shared = (sides.astype(np.float32) @ sides.T.astype(np.float32))[rows, columns]
    one, other = masses[rows], masses[columns]
    nested = (shared == counts[rows]) | (shared == counts[columns])
    together: NDArray[np.float64] = np.where(
        nested, np.abs(one - other), np.abs(weights.sum() - one - other)
    )
    return together


def _whole(masses: NDArray[np.float64]) -> Numbers:
    """Return masses rounded half up, as peaks are binned."""
    return np.floor(masses + 0.5).astype(np.int64)


def _saturated(atom: Atom) -> bool:
    from rdkit.Chem import HybridizationType

    return atom.GetHybridization() == HybridizationType.SP3


def _site(atom: Atom) -> int:
    """Return which of the kinds of atoms this is, between which bonds break differently.

    Carbon that is aromatic, of a carbonyl or the like, otherwise unsaturated, beside nitrogen,
    oxygen or sulfur, or none of these; nitrogen; oxygen; sulfur; silicon; a halogen; another.
    """
    number = atom.GetAtomicNum()
    if number != 6:
        return _OTHERS.get(number, 10)
    if atom.GetIsAromatic():
        return 0
    double = (bond for bond in atom.GetBonds() if bond.GetBondTypeAsDouble() == 2)
    if any(bond.GetOtherAtom(atom).GetAtomicNum() in _HETERO for bond in double):
        return 1
    if not _saturated(atom):
        return 2
    beside = any(one.GetAtomicNum() in _HETERO for one in atom.GetNeighbors())
    return 3 if beside else 4
