"""Single sentences of a long text that as a whole is on no node: where one would be placed, a person looks.

A text is placed by all that it says, so one sentence that fits is lost among many that say nothing of any node.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.matching import sentences
from models.chain.bands import PLACED, TO_PERSON
from models.chain.items import Encoder, make_items
from models.chain.placement import Placer

MOST = 8  # sentences that are encoded: those whose characters fit a node best


def answers_by_sentence(placer: Placer, item_id: str, text: str, encoder: Encoder | None) -> pd.DataFrame:
    """Answers of ``Placer.place`` with evidence, all of them to a person: nodes on which a sentence would be placed.

    A node has the probability of its likeliest sentence, of that sentence alone; the passage is the sentence. No rows
    where none of the MOST sentences whose character part of the ridge is largest would be placed by itself.
    """
    found = list(dict.fromkeys(sentences(text)))
    known = placer.knowledge
    fit = (known.rows.characters.scores(found)[:, : known.rows.learned] @ known.weights).max(axis=1)
    best = [found[at] for at in np.argsort(-np.asarray(fit), kind="stable")[:MOST]]
    rows = pd.DataFrame({"item_id": [str(at) for at in range(len(best))], "text": best})
    answers = placer.place(make_items(rows, encoder), evidence=True).answers
    placed = answers[answers["band"] == PLACED].sort_values("probability", ascending=False, kind="stable")
    return placed.drop_duplicates("node_id", ignore_index=True).assign(item_id=item_id, band=TO_PERSON)
