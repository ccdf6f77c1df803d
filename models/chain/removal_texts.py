"""What a chain loses with a firm, in sentences; their figures are those of ``models.chain.removal``."""

from __future__ import annotations

from data.chain.tree import Chain
from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import read_sentences
from models.chain.removal import Removal

SENTENCES = "chain_removal_sentences.csv"


def removal_texts(removal: Removal, chain: Chain, firm_name: str) -> list[Text]:
    """One sentence for each node of the firm, then one for each step downstream; one sentence where it is on none."""
    write = read_sentences(reference_path(SENTENCES))
    name = {node.id: (node.name_zh, node.name_en) for node in chain.nodes}
    found = []
    for loss in removal.nodes:
        figures = {"firm": firm_name, "node": name[loss.node_id], "others": loss.others}
        basis = write[f"basis.{loss.basis}"].fill({})
        found.append(write[f"removal.{loss.role}"].fill({**figures, "share": loss.share or 0.0, "basis": basis}))
    for step in removal.steps:
        figures = {"step": step.step, "node": name[step.node_id], "firms": step.firms}
        key = "removal.lost" if step.lost else "removal.step"
        found.append(write[key].fill({**figures, "sources": step.sources, "left": step.sources_left}))
    return found or [write["removal.none"].fill({"firm": firm_name})]
