"""Queries that no firm can answer, by rule: letters, figures and characters at random, of no language and no trade."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LETTERS = "abcdefghijklmnopqrstuvwxyz"
UNITS = ("", "", "元", "个", "kg", "%", "mm")
FIRST_CHARACTER, LAST_CHARACTER = 0x4E00, 0x9FA5  # of the common block of Chinese characters, most of them rare


def strange_queries(count: int, seed: int) -> Sequence[str]:
    """Texts, a third of each kind: words of random letters, figures with units, random characters."""
    rng = np.random.default_rng(seed)
    makers = (_letters, _figures, _characters)
    return [makers[number % len(makers)](rng) for number in range(count)]


def _letters(rng: np.random.Generator) -> str:
    return " ".join("".join(rng.choice(list(LETTERS), int(rng.integers(3, 8)))) for _ in range(int(rng.integers(1, 6))))


def _figures(rng: np.random.Generator) -> str:
    figures = [
        f"{rng.integers(1, 10 ** int(rng.integers(2, 7)))}{UNITS[int(rng.integers(len(UNITS)))]}"
        for _ in range(int(rng.integers(1, 5)))
    ]
    return " ".join([*figures, "".join(rng.choice(list(LETTERS), 2))])


def _characters(rng: np.random.Generator) -> str:
    return "".join(chr(int(one)) for one in rng.integers(FIRST_CHARACTER, LAST_CHARACTER + 1, int(rng.integers(4, 30))))
