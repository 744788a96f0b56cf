"""Exact search by cosine, in blocks: a product, then only what beats the k-th best so far.

The rows of a table come in chunks, each three times as large as all before it. After the first,
hardly any product passes the best k found, so almost all the time goes into the matrix product and
none into sorting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_FIRST, _GROWTH = 1024, 3
"""Rows of the first chunk, and how many times all before it each further one holds."""
_QUERIES = 1024
_PRODUCTS = 1 << 24
"""Cosines held at once: 64 MB."""
_PLACES = 22
_CANDIDATES = 1 << _PLACES
"""What is ranked at once: its place takes 22 bits of a sort key, its query 10, its cosine 32."""


def unit(vectors: NDArray[np.floating]) -> Floats:
    """Scale vectors (..., d) to length 1, as float32; zero vectors stay zero."""
    scaled = np.array(vectors, np.float32)
    scaled /= np.maximum(np.linalg.norm(scaled, axis=-1, keepdims=True), 1e-12)
    return scaled


def cosine(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the cosine of (..., d) vectors, pair by pair: (...,); 0 where one is all zero."""
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    product = (a * b).sum(-1)
    lengths = np.sqrt((a**2).sum(-1) * (b**2).sum(-1))
    alike: NDArray[np.float64] = np.divide(
        product, lengths, out=np.zeros_like(product), where=lengths > 0
    )
    return alike


def nearest_rows(
    queries: NDArray[np.floating], table: NDArray[np.floating], k: int
) -> tuple[NDArray[np.intp], Floats]:
    """Search an array by cosine.

    Args:
        queries: (n, d).
        table: (m, d).
        k: how many rows to find; at most m are returned.

    Returns:
        rows (n, k) and their cosines (n, k), the largest first; ties go to the earlier row.
    """
    return search(unit(queries), [unit(table)], k)


def search(queries: Floats, blocks: Sequence[Floats], k: int) -> tuple[NDArray[np.intp], Floats]:
    """Search a table that is held in blocks; all vectors have length 1.

    Args:
        queries: (n, d).
        blocks: each (rows, d), together m rows.
        k, returns: as `nearest_rows`.
    """
    k = min(k, sum(map(len, blocks)))
    rows = np.full((len(queries), k), -1, np.intp)
    cosines = np.full((len(queries), k), -np.inf, np.float32)
    if k == 0 or len(queries) == 0:
        return rows, cosines
    largest = _PRODUCTS // min(len(queries), _QUERIES)
    for first, chunk in _chunks(blocks, largest):
        for start in range(0, len(queries), _QUERIES):
            part = slice(start, start + _QUERIES)
            _improve(rows[part], cosines[part], queries[part] @ chunk.T, first)
    return rows, cosines


def _chunks(blocks: Sequence[Floats], largest: int) -> Iterator[tuple[int, Floats]]:
    """Cut blocks into chunks that grow; yield them with their first row."""
    seen = 0
    for block in blocks:
        start = 0
        while start < len(block):
            chunk = block[start : start + min(max(_GROWTH * seen, _FIRST), largest)]
            yield seen, chunk
            start += len(chunk)
            seen += len(chunk)


def _improve(rows: NDArray[np.intp], cosines: Floats, products: Floats, first: int) -> None:
    """Put those of the products (n, c) that beat the k-th best of their query in their places."""
    n, k = rows.shape
    beaten = cosines[:, -1]
    if first == 0 and products.shape[1] > k:  # nothing to beat yet: what will be the k-th best?
        beaten = np.nextafter(np.partition(products, -k, 1)[:, -k], np.float32(-np.inf))
    better = np.flatnonzero(products > beaten[:, None])
    if not better.size:
        return
    if n > 1 and better.size + rows.size > _CANDIDATES:
        for half in (slice(n // 2), slice(n // 2, n)):
            _improve(rows[half], cosines[half], products[half], first)
        return
    query, column = np.divmod(better, products.shape[1])
    owner = np.concatenate([np.repeat(np.arange(n), k), query])
    values = np.concatenate([cosines.ravel(), products.ravel()[better]])
    names = np.concatenate([rows.ravel(), column + first])
    order = _ranked(owner, values)
    counts = k + np.bincount(query, minlength=n)
    chosen = order[(np.cumsum(counts) - counts)[:, None] + np.arange(k)]
    rows[:], cosines[:] = names[chosen], values[chosen]


def _ranked(owner: NDArray[np.intp], values: Floats) -> NDArray[np.intp]:
    """Return the order by owner, then by value, the largest first, then by place.

    All three stand in one number of 64 bits each, because numpy sorts numbers several times faster
    than it sorts by several keys.
    """
    if len(values) > _CANDIDATES:  # one query, millions of rows in ascending order
        return np.lexsort((-values, owner))
    bits = (values + np.float32(0)).view(np.uint32)  # -0 would not equal 0
    ascending = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    key = owner.astype(np.uint64) << np.uint64(32) | (~ascending).astype(np.uint64)
    place = np.uint64(_PLACES)
    key = key << place | np.arange(len(values), dtype=np.uint64)
    key.sort()
    order: NDArray[np.intp] = (key & np.uint64((1 << _PLACES) - 1)).astype(np.intp)
    return order
