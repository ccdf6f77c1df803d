"""What a reform simulation gives: frozen values, and their JSON.

Money is in whole yuan (``_cny``; expected loss and profit to the cent), points in points, shares between 0 and 1.
A figure with an interval is an ``Estimate``. A group of fewer than ``SMALLEST_GROUP`` firms has its count and its
intervals, and None for every point; a sum or mean to which fewer than ``FEWEST_FIRMS`` firms contribute, no interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SCHEMA = "reform/3"
SMALLEST_GROUP = 10
FEW_REFITS = 10  # refitted models, of which fewer measure loosely what refitting adds
FEWEST_FIRMS = 5  # that have to move, or to have an amount, before a sum or mean of them has an interval
ALL_BANKS = "all"
BUCKETS = ("lose_more_than_5pct", "lose_up_to_5pct", "same", "gain_up_to_5pct", "gain_more_than_5pct", "from_zero")
GROUPINGS = ("all", "growth_stage", "size_class", "industry", "district")
NOT_GIVEN = "not_given"  # group of the firms whose value the data lack
LEVER_GROUPS = ("indicator", "weight", "stage", "model", "policy")  # what a move is attributed to, in this order
TOTALS = ("credit_cny", "expected_loss_cny", "expected_profit_cny", "preapproved_share")

NoInterval = Literal["few_moved", "few_firms"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval at the level of ``Method``, and the parts of its standard error.

    value : None in a group of fewer than SMALLEST_GROUP firms, and in a quick run where there is no interval
    sd_firms : which firms, None in a quick run; sd_refit : models fitted again on resampled firms, None where no draws
    were given; sd_sample : firms that a quick run left out, 0 in a full run; sd_monte_carlo : the finite number of
    replicates and draws
    sd : sd ** 2 = sd_firms ** 2 + sd_refit ** 2 + sd_sample ** 2 + sd_monte_carlo ** 2, of the parts that are there
    low, high : ends of the interval, wider on the side to which the figure is skewed (``models.reform.estimates``);
    within 0 and 1 where the figure is a share, not below 0 where it is an amount that cannot be negative
    behind : firms whose part of the figure is not 0; None of a share, whose interval needs no fewest
    no_interval : None where there is an interval, else why there is none, and ends and standard errors are None:
    few_moved of a difference, few_firms of any other sum or mean, where ``behind`` is below FEWEST_FIRMS
    """

    value: float | None
    low: float | None
    high: float | None
    sd: float | None
    sd_firms: float | None
    sd_refit: float | None
    sd_sample: float | None
    sd_monte_carlo: float | None
    behind: int | None = None
    no_interval: NoInterval | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """One of TOTALS, of a bank or of ALL_BANKS: the banks' sum, and the share of firms that any bank approves."""

    bank_id: str
    measure: str
    baseline: Estimate
    reform: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Distribution:
    """How one group of firms moves; groups are those of the baseline.

    measure : points, or quota_cny of one bank (bank_id is "" for points)
    buckets : share of the group's firms by BUCKETS; they add up to 1
    baseline_mean, reform_mean, move_mean : per firm, of the firms with a known figure under both
    baseline_sum, reform_sum, move_sum : of the group, exact; None in a small group
    unknown : firms without a figure under either (points without a stage); in no bucket and no mean
    """

    measure: str
    bank_id: str
    grouping: str
    group: str
    firms: int
    unknown: int
    buckets: Mapping[str, Estimate]
    baseline_mean: Estimate
    reform_mean: Estimate
    move_mean: Estimate
    baseline_sum: float | None
    reform_sum: float | None
    move_sum: float | None


@dataclass(frozen=True, slots=True)
class AttributedMove:
    """What one group of levers contributes: Shapley value over the groups that differ, so that no order matters.

    total_cny : of all firms; the parts of a bank add up to its move in credit to the yuan
    points_sum : of all firms, in points; group policy has none
    total : the same over the population, with the interval of which firms alone, without refitted models
    firms : whose quota the group moves; gained_cny, lost_cny : sums of its positive and negative parts
    """

    bank_id: str
    group: str
    total_cny: int
    gained_cny: int
    lost_cny: int
    firms: int
    points_sum: float
    total: Estimate


@dataclass(frozen=True, slots=True)
class IndicatorMove:
    """Move of points by indicator, of the firms compared: exact, for points add up, and without an interval.

    mean_points : per firm; sum_points : of all firms
    """

    indicator: str
    mean_points: float
    sum_points: float
    weight_baseline: Mapping[str, float]
    weight_reform: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Cliff:
    """What the same firms get just below and at one revenue where the growth stage changes, all else unchanged.

    scenario : baseline or reform; both are there at the borders of both
    firms : whose revenue lies within ``near_share`` of it, the nearest where there are many
    points_jump, quota_jump_cny : mean of (at - below) per firm; falling : share of firms that lose by growing; their
        intervals are of which firms alone, without refitted models
    curve : by revenue
    youngest_years, oldest_years : ages that have the border; the oldest is left out where a stage becomes stable, and
        is None where every older firm has it
    begins : whether a stage begins here under the scenario's own rules
    models_step : whether quotas move here although none begins, because the default risk keeps the release's stage
    """

    scenario: str
    bank_id: str
    below: str
    above: str
    revenue_wan: float
    near_share: float
    firms: int
    points_jump: Estimate
    quota_jump_cny: Estimate
    points_falling: Estimate
    quota_falling: Estimate
    curve: tuple[CliffPoint, ...]
    youngest_years: float = 0.0
    oldest_years: float | None = None
    begins: bool = True
    models_step: bool = False


@dataclass(frozen=True, slots=True)
class CliffPoint:
    """Mean points and quota of a cliff's firms if each had this revenue."""

    revenue_wan: float
    growth_stage: str
    points: float
    quota_cny: float


@dataclass(frozen=True, slots=True)
class TypicalFirm:
    """The firm of a growth stage nearest to the stage's medians under the baseline; no name, no code.

    parts_cny : quota move by group of levers, to the yuan
    """

    bank_id: str
    growth_stage: str
    size_class: str
    industry: str
    revenue_wan: float
    age_years: float
    points_baseline: float
    points_reform: float
    quota_baseline_cny: int
    quota_reform_cny: int
    outcome_baseline: str
    outcome_reform: str
    limited_by_baseline: str
    limited_by_reform: str
    parts_cny: Mapping[str, int]
    points_by_indicator: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PointPrice:
    """What a point costs where each firm of a stage betters one indicator by one step; cheapest indicator first.

    scenario : baseline or reform; growth_stage : under the baseline, by which the firms of both are grouped
    yuan_per_point : yuan of all steps over points of all steps; None where no firm gains
    points_per_step : mean of the firms whose value is known
    gaining : share of the stage's firms that a step gains part of a point
    cheapest_for : share of them for whom no other indicator's step has cheaper points
    """

    scenario: str
    growth_stage: str
    indicator: str
    yuan_per_point: float | None
    points_per_step: float
    gaining: float
    cheapest_for: float


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """One value of the swept lever: coverage, volume, loss and profit. loss_rate : None where nothing is lent"""

    lever: str
    value: float
    bank_id: str
    preapproved_share: Estimate
    credit_cny: Estimate
    expected_loss_cny: Estimate
    expected_profit_cny: Estimate
    loss_rate: float | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Name and levers of a baseline or a reform, canonical: sorted, in one unit, without what equals the release."""

    key: str
    name_zh: str
    name_en: str
    levers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LeverChange:
    """One lever that a reform has differently, by its path, with both values; bank_id is "" where it is no bank's."""

    lever: str
    bank_id: str
    baseline: Any
    reform: Any


@dataclass(frozen=True, slots=True)
class Reform:
    """One reform beside the baseline. changed : groups of levers that differ; changes : each of the levers.

    conditions : what it assumes: certificates_carried or certificates_void (where any is certified), risk_stage_held
    """

    scenario: Scenario
    changed: tuple[str, ...]
    changes: tuple[LeverChange, ...]
    totals: tuple[Total, ...]
    distributions: tuple[Distribution, ...]
    attribution: tuple[AttributedMove, ...]
    indicators: tuple[IndicatorMove, ...]
    cliffs: tuple[Cliff, ...]
    typical: tuple[TypicalFirm, ...]
    point_prices: tuple[PointPrice, ...]
    frontier: tuple[FrontierPoint, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StackPart:
    """A provision, an interaction of provisions, or the whole stack; difference from the baseline.

    kind : provision, interaction, remainder (what provisions and pairs leave of the whole, where a stack is too large
    for every interaction) or together
    provisions : keys of the reforms; all but ``together`` add up to it, to the yuan
    """

    kind: Literal["provision", "interaction", "remainder", "together"]
    provisions: tuple[str, ...]
    bank_id: str
    credit_cny: Estimate
    expected_loss_cny: Estimate
    expected_profit_cny: Estimate
    preapproved_share: Estimate
    points_mean: Estimate


@dataclass(frozen=True, slots=True)
class Method:
    """How the intervals were made.

    sampled_firms : None in a full run; parts : those that were assessed; fewest_firms : behind an interval
    """

    level: float
    replicates: int
    seed: int
    refit_draws: int
    sampled_firms: int | None
    parts: tuple[str, ...]
    smallest_group: int = SMALLEST_GROUP
    fewest_firms: int = FEWEST_FIRMS


@dataclass(frozen=True, slots=True)
class Population:
    """The firms that the figures stand for, in a quick run more than were calculated.

    dropped : firms left out, by reason; requested_* : what each applies for
    """

    firms: int
    as_of: str
    dropped: Mapping[str, int]
    requested_cny: int
    tenor_months: int
    product: str
    purpose: str


@dataclass(frozen=True, slots=True)
class ReformResult:
    """Everything that one simulation found.

    conditions : codes of what the result assumes (those of any reform, certificates_none or certificates_some,
        banks_lend_separately) and is made of (synthetic_data where every firm's code is fictitious, else real_data)
    certificates : of the banks' ``policies``, how many have a loss certificate ``issued`` for the packed models, and
        how many are ``certified`` by it; empty in results before there was such a count
    """

    population: Population
    method: Method
    banks: tuple[str, ...]
    baseline: Scenario
    reforms: tuple[Reform, ...]
    stack: tuple[StackPart, ...] = ()
    conditions: tuple[str, ...] = ()
    certificates: Mapping[str, int] = field(default_factory=dict)
    schema: str = field(default=SCHEMA)

    def as_dict(self) -> dict[str, Any]:
        """JSON's mappings, lists and numbers, in the order of the fields; no figure is infinite or NaN."""
        return asdict(self)
