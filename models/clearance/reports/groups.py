"""Groups that are large enough to be shown: small ones are pooled, so that no firm can be found in a report.

A group is small where, in a period in which it has any declaration, it has fewer declarations or fewer firms than are
asked for. The small ones form the group ``other``; while that is small itself, the smallest remaining group joins it,
since otherwise the total less the groups shown would give it away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.object_]
Integers = npt.NDArray[np.intp]
OTHER, TOTAL, NOT_STATED = "other", "total", ""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """How many declarations and how many firms a group has at least, for its figures to be shown."""

    least_declarations: int = 5
    least_firms: int = 3

    def allows(self, rows: int, firms: int) -> bool:
        """Whether a group of this size may be shown."""
        return rows >= self.least_declarations and firms >= self.least_firms


PUBLIC = Disclosure()
OWN_ROWS = Disclosure(1, 1)  # for whoever sees only declarations of its own


def firm_numbers(firms: npt.ArrayLike) -> Integers:
    """A number from 0 for each row's firm; rows without a firm share one."""
    texts = np.asarray(firms, dtype=object)
    known = np.array([str(text) if isinstance(text, str) else "" for text in texts], dtype=object)
    return np.unique(known.astype(str), return_inverse=True)[1]


def pooled(codes: Codes, firms: Integers, part: Integers, disclosure: Disclosure) -> tuple[Codes, bool]:
    """Codes with those of small groups replaced by ``other``, and whether ``other`` is shown at all.

    codes, firms, part : group, number of the firm, and number of the period of each row; shape (n,)
    """
    names, number = np.unique(codes.astype(str), return_inverse=True)
    sizes = np.bincount(number, minlength=len(names))
    small = np.zeros(len(names), dtype=bool)
    for period in np.unique(part):
        rows = part == period
        n = np.bincount(number[rows], minlength=len(names))
        pairs = np.unique(np.column_stack([number[rows], firms[rows]]), axis=0)
        n_firms = np.bincount(pairs[:, 0], minlength=len(names))
        small |= (n > 0) & ((n < disclosure.least_declarations) | (n_firms < disclosure.least_firms))
    shown = True
    if small.any():
        rest = [at for at in np.argsort(sizes, kind="stable") if not small[at]]
        while not (shown := _allowed(small[number], firms, part, disclosure)) and rest:
            small[rest.pop(0)] = True
    return np.where(small[number], OTHER, codes.astype(str)).astype(object), shown


def _allowed(rows: npt.NDArray[np.bool_], firms: Integers, part: Integers, disclosure: Disclosure) -> bool:
    """Whether these rows may be shown as one group in every period in which there are any."""
    return all(
        disclosure.allows(int(chosen.sum()), len(np.unique(firms[chosen])))
        for chosen in (rows & (part == period) for period in np.unique(part[rows]))
    )
