"""Placements of one text, firm or patent on the nodes of the chains; and what a person decides on them.

A text is placed now, by the model that the release holds. A firm or patent has the placements that were made with the
release, as persons have corrected them since. A text of few letters, or of digits alone, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.chain.corrections import correction_event, correction_table
from data.chain.patent_numbers import PatentNumberError, parse_publication_number
from data.chain_requests import InvestorsRequest, PlacementCorrection, PlacementRequest
from data.events import EventStoreError
from data.texts.sentences import label, sentence
from models.chain.corrections import apply_corrections
from models.chain.hierarchy import SEPARATOR
from serving.auth.access import Caller
from serving.chain.packed import PackedChains
from serving.contract.refusals import Fault, Refusal
from serving.matching.event_store import append, store_refusal
from serving.matching.packed import FirstUse
from serving.matching.query_text import query_text
from serving.matching.service import MatchingService
from serving.matching.visibility import may_see_passage

if TYPE_CHECKING:  # loaded with the first text or number, so that a worker starts without them
    from features.text import TextEncoder
    from models.chain.investors.shortlist import InvestorFinder
    from models.chain.placement import Placer

TEXT = "text"
SHOWN = ("probability", "band", "is_parent", "evidence", "passage", "document_id", "corrected")


@dataclass(frozen=True)
class Models:
    """What places a text and what finds investors, with the encoder of both; None for a placer that learned none."""

    encoder: TextEncoder | None
    placer: Placer
    finder: InvestorFinder | None

    @classmethod
    def load(cls, chain: Path, encoder_folder: Path) -> Models:
        """Read the release's files; raises a ValueError or OSError that names what is missing or does not fit."""
        from features.text import TextEncoder
        from models.chain.investors.shortlist import InvestorFinder
        from models.chain.placement import Placer

        encoder = TextEncoder.load(encoder_folder)
        placer = Placer.load(chain / "model")
        placer.check_encoder(encoder.digest)
        investors = chain / "investors"
        finder = InvestorFinder.load(investors, encoder) if investors.is_dir() else None
        return cls(encoder, placer, finder)


@dataclass(frozen=True)
class Placing:
    """Placements and investors of one release."""

    current: Callable[[], PackedChains]
    models: FirstUse[Models]
    matching: MatchingService

    def place(self, given: PlacementRequest, caller: Caller) -> dict[str, Any]:
        """Nodes for what the request names, the likeliest first."""
        packed = self.current()
        if given.chain_id is not None and given.chain_id not in packed.chains:
            raise Refusal(
                "not-found",
                faults=[Fault("chain_id", given.chain_id, sentence("fault.one_of", list=list(packed.chains)))],
            )
        if given.text is not None:
            item, table, versions = None, *self._of_text(given.text)
        elif given.uscc is not None:
            item, table, versions = given.uscc, self._on_file(packed, "firm", given.uscc, "uscc"), {}
        else:
            number = normal_number(str(given.publication_number))
            item, table, versions = number, self._on_file(packed, "patent", number, "publication_number"), {}
        if given.chain_id is not None:
            table = table[table["chain_id"] == given.chain_id]
        ordered = table.sort_values(["probability", "chain_id", "node_id"], ascending=[False, True, True])
        return {
            "item": item,
            "placements": [
                self._row(packed, {str(key): value for key, value in row.items()}, caller, item)
                for row in ordered.to_dict("records")
            ],
            "error_rate": self.models.get().placer.bands.error_rate if given.text is not None else None,
            "versions": {"chains": packed.digest, **versions},
        }

    def correct(self, given: PlacementCorrection, caller: Caller) -> bool:
        """Keep a person's decision; whether it is new."""
        packed = self.current()
        chain = packed.chains.get(given.chain_id)
        if chain is None or given.node_id not in {node.id for node in chain.nodes}:
            raise Refusal("not-found", faults=[Fault("node_id", given.node_id, label("chain.allowed.node"))])
        placements = packed.tables["placements"]
        known = (placements["kind"] == given.kind) & (placements["item_id"] == given.item_id)
        if not known.any():
            raise Refusal("not-found", faults=[Fault("item_id", given.item_id, label("chain.allowed.item"))])
        if given.at > datetime.now(UTC):
            ahead = Fault("at", given.at.isoformat(), label("match.allowed.not_ahead"))
            raise Refusal.invalid(ahead)
        event = correction_event(
            f"{caller.name}:{given.correction_id}", given.at, given.kind, given.item_id, given.chain_id,
            given.node_id, right=given.right, decided_by=caller.role, reason=given.reason,
        )  # fmt: skip
        return append(self.matching.store, event, "correction_id", "item_id")

    def corrected(self, placements: pd.DataFrame) -> pd.DataFrame:
        """Placements as persons left them until now."""
        try:
            return apply_corrections(placements, correction_table(self.matching.store))
        except EventStoreError as fault:
            raise store_refusal(fault) from fault

    def investors(self, given: InvestorsRequest) -> dict[str, Any]:
        """Investors for a patent number as of a day."""
        packed, models = self.current(), self.models.get()
        if models.finder is None:
            raise Refusal("chain-unavailable", "the release holds no deals")
        day = given.on or self.matching.today()
        number = normal_number(given.publication_number)
        found = models.finder.find(number, day, given.count, self.matching.withdrawn())
        answer = found.as_dict()
        return {
            "publication_number": number,
            "status": found.status,
            "answer": answer,
            "versions": {"chains": packed.digest, "investors": found.model},
        }

    def _of_text(self, text: str) -> tuple[pd.DataFrame, dict[str, str]]:
        from features.matching import split_text
        from models.chain.bands import NOT_PLACED
        from models.chain.items import make_items
        from models.chain.sentences import answers_by_sentence

        models = self.models.get()
        query = query_text(text, TEXT)
        passages = pd.DataFrame({"item_id": TEXT, TEXT: split_text(query.text)})
        found = models.placer.place(make_items(passages, models.encoder), evidence=True).answers.copy()
        if len(passages) > 1 and (found["band"] == NOT_PLACED).all():
            by_sentence = answers_by_sentence(models.placer, TEXT, query.text, models.encoder)
            found = by_sentence if len(by_sentence) else found
        names = found["node_id"].str.split(SEPARATOR, n=1, expand=True)
        found["chain_id"], found["node_id"], found["corrected"] = names[0], names[1], False
        return found, {"placement": models.placer.digest, "encoder": models.placer.encoder_digest or ""}

    def _on_file(self, packed: PackedChains, kind: str, item: str, where: str) -> pd.DataFrame:
        placements = packed.tables["placements"]
        own = placements[(placements["kind"] == kind) & (placements["item_id"] == item)]
        if own.empty:
            raise Refusal("not-found", faults=[Fault(where, item, label("chain.allowed.item"))])
        return self.corrected(own)

    def _row(self, packed: PackedChains, row: dict[str, Any], caller: Caller, item: str | None) -> dict[str, Any]:
        node = packed.chains[row["chain_id"]].node(row["node_id"])
        kind = packed.document_kinds.get(str(row.get("document_id")), "")
        seen = item is None or may_see_passage(kind, item, caller, ())
        shown = {name: row.get(name) for name in SHOWN}
        for name in ("passage", "document_id"):
            shown[name] = shown[name] if seen and isinstance(shown[name], str) and shown[name] else None
        shown["evidence"] = shown["evidence"] if seen and isinstance(shown["evidence"], str) else ""
        return {
            "chain_id": row["chain_id"],
            "node_id": node.id,
            "name_zh": node.name_zh,
            "name_en": node.name_en,
            **shown,
            "probability": float(row["probability"]),
            "is_parent": bool(row.get("is_parent")),
            "corrected": bool(row.get("corrected")),
        }


def normal_number(text: str) -> str:
    """A publication number in its normal form; refused where its form is unknown."""
    try:
        return str(parse_publication_number(text))
    except PatentNumberError as fault:
        allowed = label("chain.allowed.number")
        raise Refusal.invalid(Fault("publication_number", text[:40], allowed)) from fault
