"""Sums over firms under many weights at once: the firms as they are, and each replicate of a Poisson bootstrap.

A replicate counts each firm as often as a Poisson variable of mean 1 has it. Firms are taken by tiles of a fixed
length, each with a generator of its own, and every column holds whole numbers, so that the sums are exact: neither the
number of workers nor the order of tiles changes a bit.
source: Hanley and MacGibbon 2006; Chamandy et al. 2012, on Poisson weights in place of multinomial ones
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import exp, factorial
from typing import Any

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]
EXACT = 2**53  # a float64 holds every whole number up to it
_POISSON = np.searchsorted(  # 65,536 equally likely counts: the Poisson law of mean 1 to five digits
    np.cumsum([exp(-1.0) / factorial(count) for count in range(9)]), (np.arange(2**16) + 0.5) / 2**16
).astype(np.float64)
LARGEST_WEIGHT = float(_POISSON.max())


@dataclass(frozen=True)
class Groups:
    """One way to group firms; codes : position in ``names`` of each firm, shape (n,)."""

    names: tuple[str, ...]
    codes: npt.NDArray[np.intp]


@dataclass(frozen=True)
class Bootstrap:
    """replicates : of the firms; 0 gives the firms as they are alone."""

    replicates: int = 400
    seed: int = 7
    tile: int = 8_192

    def sums(self, columns: Sequence[Column], groupings: Mapping[str, Groups], workers: int = 1) -> dict[str, Floats]:
        """Sums of each column in each group, by grouping: shape (1 + replicates, groups, columns), row 0 unweighted.

        raises : OverflowError where a sum could be too large to be exact
        """
        n = len(columns[0])
        if max(float(np.abs(column).sum(dtype=float)) for column in columns) * LARGEST_WEIGHT > EXACT:
            raise OverflowError("sums above 2 ** 53 are not exact; the figures are too large")
        starts = range(0, n, self.tile)
        with ThreadPoolExecutor(max(workers, 1)) as pool:
            tiles = pool.map(lambda start: self._tile(start, columns, groupings), starts)
            found: dict[str, Floats] = {
                name: np.zeros((1 + self.replicates, len(groups.names), len(columns)))
                for name, groups in groupings.items()
            }
            for tile in tiles:
                for name, sums in tile.items():
                    found[name] += sums
        return found

    def weights(self, start: int, n: int) -> Floats:
        """Weights of one tile's firms: one, then each replicate's, shape (n, 1 + replicates)."""
        generator = np.random.default_rng([self.seed, start // self.tile])
        # By firm, so that where a tile ends changes no other firm's weights.
        drawn = generator.integers(0, len(_POISSON), (n, self.replicates), dtype=np.uint16)
        found = np.ones((n, 1 + self.replicates))
        found[:, 1:] = _POISSON[drawn]
        return found

    def _tile(self, start: int, columns: Sequence[Column], groupings: Mapping[str, Groups]) -> dict[str, Floats]:
        rows = slice(start, start + self.tile)
        values = np.stack([column[rows] for column in columns], axis=1).astype(float)
        weights, found = self.weights(start, len(values)), {}
        for name, groups in groupings.items():
            codes = groups.codes[rows]
            order = np.argsort(codes, kind="stable")
            ends = np.searchsorted(codes[order], np.arange(len(groups.names) + 1))
            sorted_weights, sorted_values = weights[order], values[order]
            found[name] = np.stack(
                [
                    sorted_weights[ends[group] : ends[group + 1]].T @ sorted_values[ends[group] : ends[group + 1]]
                    for group in range(len(groups.names))
                ],
                axis=1,
            )
        return found
