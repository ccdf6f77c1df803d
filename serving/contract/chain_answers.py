"""What the routes of industry chains answer; rows of lists have the columns of ``models.chain.pages.lists``."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from serving.contract.answers import AnswerPart

Status = Literal["ok", "no_data"]


class LayerAnswer(AnswerPart):
    """Who answers for a kind of content, the day that it is of, and where it comes from."""

    owner: str
    as_of: date
    source: str


class ChainVersions(AnswerPart):
    """What an answer was made from."""

    chains: str
    placement: str | None = None
    encoder: str | None = None
    investors: str | None = None


class ChainRow(AnswerPart):
    """One chain; flagged : nodes with a raised flag, by flag."""

    chain_id: str
    name_zh: str
    name_en: str
    ribs: int
    nodes: int
    flagged: dict[str, int]
    layers: dict[str, LayerAnswer]


class ChainsAnswer(AnswerPart):
    """Every chain of the release; as_of : day of the scores."""

    as_of: date
    chains: list[ChainRow]
    versions: ChainVersions


class NodeScoreAnswer(AnswerPart):
    """A score with its 90 % interval; n : sample size in units of basis; no_data : no value, and not 0."""

    score: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    basis: str
    status: Status


class NodeFlagAnswer(AnswerPart):
    """A flag; distance : value less threshold; uncertain : the interval contains the threshold.

    flip_count, flip_unit : the least change that flips it, as 2 local_firms
    """

    flag: str
    status: Status
    raised: bool | None
    uncertain: bool | None
    score: str | None
    value: float | None
    threshold: float | None
    distance: float | None
    n: int | None
    flip_count: int | None
    flip_unit: str | None


class NodeAnswer(AnswerPart):
    """One node; a list is null where its table was not brought, which is not an empty list."""

    chain_id: str
    node_id: str
    name_zh: str
    name_en: str
    position: str | None
    gb4754: list[str]
    ipc: list[str]
    parent: str | None
    children: list[str]
    feeds: list[str]
    fed_by: list[str]
    as_of: date
    scores: list[NodeScoreAnswer]
    flags: list[NodeFlagAnswer]
    lists: dict[str, list[dict[str, Any]] | None]
    layers: dict[str, LayerAnswer]
    versions: ChainVersions


class NodeLossAnswer(AnswerPart):
    """A node that the firm is on, and whether it is its only or main maker there."""

    node_id: str
    role: str
    probability: float
    others: float
    share: float | None
    basis: str


class StepAnswer(AnswerPart):
    """A node downstream that loses sources, so many steps of supply away."""

    step: int
    node_id: str
    firms: float
    sources: int
    sources_left: int
    lost: bool


class LossText(AnswerPart):
    """One sentence of what is lost."""

    zh: str
    en: str


class RemovalAnswer(AnswerPart):
    """What the chain loses without the firm, in this library; share_of_reach : of the chain's supply.

    texts : a sentence for each of its nodes, then for each step downstream
    """

    chain_id: str
    as_of: date
    firm_id: str
    nodes: list[NodeLossAnswer]
    steps: list[StepAnswer]
    share_of_reach: float | None
    nodes_lost: list[str]
    firms_affected: float
    texts: list[LossText]
    versions: ChainVersions


class PlacementRow(AnswerPart):
    """A node for the item.

    band : placed (by itself), to_person (a person decides), or not_placed (the likeliest node all the same)
    evidence : the words that decided; passage : in which they are; is_parent : a node above, as none below is sure
    """

    chain_id: str
    node_id: str
    name_zh: str
    name_en: str
    probability: float
    band: Literal["placed", "to_person", "not_placed"]
    is_parent: bool
    evidence: str
    passage: str | None
    document_id: str | None
    corrected: bool


class PlacementsAnswer(AnswerPart):
    """Nodes of one item, the likeliest first; error_rate : promised of what is placed by itself."""

    item: str | None
    placements: list[PlacementRow]
    error_rate: float | None
    versions: ChainVersions


class CorrectionAnswer(AnswerPart):
    """A correction that is kept; new : it was not known before."""

    correction_id: str
    new: bool


class CampaignAnswer(AnswerPart):
    """Where the campaign for a firm on a node is after this step."""

    record_id: str
    new: bool
    chain_id: str
    node_id: str
    firm_id: str
    status: str
    since: date
    role: str
    reason: str
    first_on: date
    records: int


class InvestorsAnswer(AnswerPart):
    """Investors of firms with similar technology, or that the number is unknown; members as the finder gives them."""

    publication_number: str
    status: Literal["found", "unknown_patent", "no_deals"]
    answer: dict[str, Any]
    versions: ChainVersions
