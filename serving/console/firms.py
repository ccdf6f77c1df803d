"""Every firm of the packed snapshot as columns, for lists, filters, pictures and peers.

Points, outcomes and quotas are those of the models, the standard policy and the safeguard as a single request meets
them; nothing is decided here. What is personal is left out of the points, as for every caller without that permission.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import compute as pc

from data.codebook import Codebook, read_credit_facts
from data.growth_stages import GROWTH_STAGES, UNKNOWN
from data.ingest.rules import INDUSTRIES
from data.sizes import SIZE_CLASSES
from features.point_in_time import NOT_GIVEN
from models.quota.decision import Outcome
from models.quota.policy import CreditPolicy
from serving.contract.refusals import Refusal
from serving.decide.decision_service import DecisionService
from serving.decide.personal_points import visible_points
from serving.decide.safeguard import findings, settle
from serving.decide.safeguard_facts import SafeguardFacts
from serving.decide.table_job import safeguard_columns

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
BANK = "standard"  # whose policy the quotas of the list are by
OUTCOMES: tuple[Outcome, ...] = ("preapproved", "manual_review", "declined", "insufficient_data")
OF_RELEASE = ("model_stale", "drift_alarm")  # rules of the safeguard that are against every firm or against none
VETO, STAGE = "veto", "stage_unknown"
CODED = ("stage", "size", "industry", "district", "grade", "outcome")
USUAL_ORDER = (("points", True),)
KEPT_ORDERS = 12  # of one table; then all are made anew
OLDEST_S = 300.0  # after which placements that persons corrected meanwhile are read again


@dataclass(eq=False)  # not frozen: it keeps the orders in which it was looked at
class FirmTable:
    """One row a firm, by USCC.

    frame : uscc, name ("" where unknown), CODED as ordered categories, points, base, bonus, dim_NAME (all without what
        personal indicators earn; NaN where the stage is unknown), coverage, quota_wan (0 unless pre-approved), fresh
        (whether every source is fresh today), fresh_until, oldest_days (age of the oldest source), alarms (how many),
        alarm_keys and chains (keys joined by a space)
    earned : points of each indicator that is not personal, shape (n, k), in the order of ``keys``; source_days : days
        since each agency delivered, shape (n, agencies), NaN where it never did, in the order of ``agencies``
    placed : rows by chain ("iot") and by node ("iot/sensors")
    """

    frame: pd.DataFrame
    earned: Floats
    keys: tuple[str, ...]
    source_days: Floats
    agencies: tuple[str, ...]
    placed: Mapping[str, Rows]
    as_of: date
    today: date
    release: str
    policy: CreditPolicy
    stale_models: bool
    drift_alarm: bool
    _orders: dict[tuple[tuple[str, bool], ...], Rows] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.frame)

    def row_of(self, uscc: str) -> int | None:
        """The row of a firm, None where the snapshot has no such firm."""
        at = int(self._codes.get_indexer(pd.Index([uscc]))[0])
        return at if at >= 0 else None

    def cell(self, row: int, column: str) -> Any:
        """One firm's value of a column of ``frame``."""
        return self.frame[column].iloc[row]

    def peers(self, stage: str) -> Rows:
        """Rows of the firms of a stage."""
        return np.flatnonzero(self.frame["stage"] == stage)

    def holding(self, words: str) -> Array:
        """Which firms have the words in their code or name, whatever their case; shape (n,)."""
        found: Array = pc.match_substring(self._words, words.lower()).to_numpy(zero_copy_only=False)
        return found

    def ordered(self, sort: Sequence[tuple[str, bool]]) -> Rows:
        """All rows by columns and whether each falls, the first before the others; by USCC where these are equal.

        What is missing comes last.
        """
        key = tuple(sort)
        if (held := self._orders.get(key)) is not None:
            return held
        order = np.arange(len(self))
        for column, falls in reversed(sort):
            order = self._sorted(column, order, falls=falls)
        if len(self._orders) >= KEPT_ORDERS:
            self._orders.clear()
        self._orders[key] = order
        return order

    def prepare(self) -> None:
        """Make what the first look at the list needs: the words that are searched, and the usual order."""
        self.holding("")
        self.ordered(USUAL_ORDER)

    def page(
        self, mask: Array | None, sort: Sequence[tuple[str, bool]], start: int, end: int
    ) -> tuple[pd.DataFrame, int]:
        """Rows ``start`` to ``end`` of those in ``mask``, all where it is None, and how many there are in all."""
        order = self.ordered(sort)
        chosen = order if mask is None else order[mask[order]]
        return self.frame.iloc[chosen[max(start, 0) : max(end, 0)]], len(chosen)

    @cached_property
    def _codes(self) -> pd.Index:
        return pd.Index(self.frame["uscc"])

    @cached_property
    def _words(self) -> pa.Array:
        return pc.utf8_lower(pa.array(self.frame["uscc"] + " " + self.frame["name"]))

    def _sorted(self, column: str, order: Rows, *, falls: bool) -> Rows:
        values = self.frame[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            key = values.cat.codes.to_numpy()
        elif values.dtype.kind in "iufbM":
            key = values.to_numpy()
        else:
            key = pc.rank(pa.array(values.astype(str)), tiebreaker="dense").to_numpy()
        key = key[order]
        if not falls:
            return order[np.argsort(key, kind="stable")]
        if key.dtype.kind in "Mub":
            key = key.astype("int64").astype(float)  # NaT is the least integer, which has no negative
        return order[np.argsort(-key, kind="stable")]


def build_firm_table(
    service: DecisionService, policy: CreditPolicy, facts: SafeguardFacts,
    names: Mapping[str, str], placements: pd.DataFrame | None,
) -> FirmTable:  # fmt: skip
    """The table of one release on one day; every firm as one request for the largest cap of a stage meets it.

    names : of the register, by USCC; placements : of firms on chains, as persons left them; None where there are none
    """
    book, engine = service.models.engine.codebook, service.models.engine
    codes = sorted(service.snapshot.cases)
    observed = [service.snapshot.cases[code] for code in codes]
    cases = pd.DataFrame([one.row for one in observed])
    largest = min(max(policy.stage_cap_wan.values()), policy.exposure_cap_wan)
    requested = pd.DataFrame({"uscc": codes, "requested_amount_cny": round(largest * 10_000)})
    decided = engine.decide_table(cases, requested, policy, facts.covered_grants)
    ends = np.array([one.fresh_until for one in observed], dtype="datetime64[D]")
    columns = safeguard_columns(decided, cases, requested, ends, np.zeros(len(codes), dtype=bool), book)
    nothing = np.zeros(len(codes), dtype=bool)
    found = findings(columns | {"contradicts": nothing, "unchecked": nothing}, policy, facts)
    outcome = settle(columns["outcome"], found)
    approved = outcome == "preapproved"
    today = np.datetime64(facts.today, "D")
    earned = engine.points.contributions(cases)
    shown = tuple(item.key for item in book if not item.personal)
    agencies, days = _source_days([one.known for one in observed], book, today)
    alarms = {rule: found[rule] for rule in found if rule not in OF_RELEASE}
    stage = cases["growth_stage"].astype(str)
    alarms |= {VETO: columns["veto"], STAGE: (stage == UNKNOWN).to_numpy()}
    district = pd.Series([service.snapshot.districts.get(code, NOT_GIVEN) for code in codes])
    known_districts = [name for name in district.value_counts().index if name != NOT_GIVEN]
    frame = pd.DataFrame(
        {
            "uscc": codes,
            "name": [names.get(code, "") for code in codes],
            "stage": pd.Categorical(stage, [*GROWTH_STAGES, UNKNOWN], ordered=True),
            "size": _sizes(cases["size_class"]),
            "industry": pd.Categorical(cases["industry"], INDUSTRIES, ordered=True),
            "district": pd.Categorical(district, [*known_districts, NOT_GIVEN], ordered=True),
            "grade": pd.Categorical(decided["risk_grade"], [one.name for one in engine.risk.grades], ordered=True),
            "outcome": pd.Categorical(outcome, OUTCOMES, ordered=True),
            **visible_points(engine.points.score_columns(cases), earned, book),
            "quota_wan": np.where(approved, decided["amount_wan"], 0).astype(float),
            "fresh": ~found["data_stale"],
            "fresh_until": ends,
            "oldest_days": np.fmax.reduce(days, axis=1),
            "alarms": np.sum(list(alarms.values()), axis=0).astype(int),
            "alarm_keys": _joined(alarms),
        }
    )
    placed = _placed(placements, frame["uscc"])
    chains = {key: _flags(rows, len(codes)) for key, rows in placed.items() if "/" not in key}
    frame["chains"] = _joined(chains) if chains else ""
    table = FirmTable(
        frame, earned[list(shown)].to_numpy(dtype=float), shown, days, agencies, placed, service.snapshot.as_of.date(),
        date.fromisoformat(facts.today), service.models.release, policy, bool(found["model_stale"].any()),
        facts.drift_alarm,
    )  # fmt: skip
    table.prepare()
    return table


def _source_days(
    known: Sequence[Mapping[str, date | None]], book: Codebook, today: np.datetime64
) -> tuple[tuple[str, ...], Floats]:
    """Every agency, and the days since it delivered the newest of its values, shape (n, agencies)."""
    keys_of: dict[str, list[str]] = {}
    for item in (*book, *read_credit_facts()):
        keys_of.setdefault(item.agency, []).append(item.key)
    columns = []
    for keys in keys_of.values():
        newest = [max((day for key in keys if (day := one.get(key)) is not None), default=None) for one in known]
        age = (today - np.array(newest, dtype="datetime64[D]")).astype("timedelta64[D]")
        columns.append(np.where(np.isnat(age), np.nan, age.astype(float)))
    return tuple(keys_of), np.stack(columns, axis=1)


def _sizes(classes: pd.Series) -> pd.Categorical:
    return pd.Categorical(classes, [*SIZE_CLASSES, *sorted(set(classes.dropna()) - set(SIZE_CLASSES))], ordered=True)


def _placed(placements: pd.DataFrame | None, uscc: pd.Series) -> dict[str, Rows]:
    """Rows of the firms placed on each chain and on each node."""
    if placements is None:
        return {}
    own = placements[(placements["kind"] == "firm") & (placements["band"] == "placed")]
    rows = pd.Index(uscc).get_indexer(own["item_id"].astype(str))
    own = own.assign(row=rows)[rows >= 0]
    found: dict[str, Rows] = {}
    for keys, name in ((["chain_id"], "{0}"), (["chain_id", "node_id"], "{0}/{1}")):
        for key, part in own.groupby(keys, sort=True):
            found[name.format(*key)] = np.unique(part["row"].to_numpy(dtype=np.int64))
    return found


def _flags(rows: Rows, n: int) -> Array:
    flags = np.zeros(n, dtype=bool)
    flags[rows] = True
    return flags


def _joined(flags: Mapping[str, Array]) -> list[str]:
    """For each row the keys that are true of it, with a space between."""
    names = np.array(list(flags), dtype=object)
    hits = np.stack(list(flags.values()), axis=1)
    texts = [""] * len(hits)
    for row in np.flatnonzero(hits.any(axis=1)).tolist():
        texts[row] = " ".join(names[hits[row]])
    return texts


_lock, _renewing = threading.Lock(), threading.Lock()


def firm_table(state: Any) -> FirmTable:
    """The table of the release that answers, on the service's day; made at its first use and when these change.

    Placements are read again every ``OLDEST_S`` seconds; meanwhile the table that is there answers.
    state : of the API's application; raises a Refusal until its models are loaded
    """
    if state.worker is None:
        raise Refusal("not-ready", "the models are not loaded yet")
    with _lock:
        held: tuple[Any, FirmTable, float] | None = getattr(state, "firm_table", None)
        if held is None or held[0] != _key(state):
            held = _made(state)
    if time.monotonic() - held[2] > OLDEST_S and _renewing.acquire(blocking=False):
        threading.Thread(target=_renew, args=(state,), name="firm-table", daemon=True).start()
    return held[1]


def warm(state: Any) -> None:
    """Begin to make the table beside what the process does, so that the first page need not wait for it."""

    def make() -> None:
        with suppress(Refusal):  # not ready yet: the first page makes it
            firm_table(state)

    threading.Thread(target=make, name="firm-table", daemon=True).start()


def _renew(state: Any) -> None:
    try:
        _made(state)
    finally:
        _renewing.release()


def _key(state: Any) -> tuple[Any, ...]:
    """What a table holds for: it is made anew when any of it changes."""
    service: DecisionService = state.worker.ready()
    return service.models.release, state.worker.policies.policy_of(BANK).digest, _facts(state)


def _facts(state: Any) -> SafeguardFacts:
    """What is known beside the cases; a certificate's count only once it is used up, as until then it moves nothing."""
    worker = state.worker
    facts: SafeguardFacts = worker.facts(BANK)
    engine, policy = worker.service.models.engine, worker.policies.policy_of(BANK)
    issued, granted = engine.issued(policy, facts.covered_grants)
    return facts if issued.used_up(granted) else replace(facts, covered_grants={}, covered_short={})


def _made(state: Any) -> tuple[Any, FirmTable, float]:
    key, service = _key(state), state.worker.ready()
    filings = getattr(state, "filings", None)
    names = {} if filings is None else filings.names
    policy = state.worker.policies.policy_of(BANK)
    made = build_firm_table(service, policy, _facts(state), names, _placements(state.chain))
    state.firm_table = (key, made, time.monotonic())
    return key, made, state.firm_table[2]


def _placements(chain: Any) -> pd.DataFrame | None:
    """Placements as persons left them, without the firms that have withdrawn; None where the release has none."""
    if chain is None:
        return None
    try:
        table: pd.DataFrame = chain.placing.corrected(chain.current().tables["placements"])
    except Refusal:
        return None
    return table
