"""Which queries' wording occurs in no training text: on them nothing could be learned by heart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from features.matching import clean_text
from training.matching.folder import Task

COMPARED = 30  # characters from the start of a query: a longer one that begins like a training text counts as seen


def training_text(tasks: Iterable[Task]) -> str:
    """All texts of the train splits, one a line, in lower case without spaces."""
    lines = set()
    for task in tasks:
        for table in (task.queries, task.documents):
            lines |= {plain(text) for text in table.loc[table["split"] == "train", "text"]}
    return "\n".join(sorted(lines))


def is_unseen(queries: Sequence[str], training: str) -> npt.NDArray[np.bool_]:
    """True where the query's first COMPARED characters occur nowhere in the training texts."""
    return np.array([plain(text)[:COMPARED] not in training for text in queries], dtype=bool)


def plain(text: str) -> str:
    """In lower case without spaces and markup."""
    return clean_text(text).lower().replace(" ", "")
