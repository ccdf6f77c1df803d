"""Everything that is said about the simulated declarations, one row a message: what is sent, answered and received.

Planted faults: receipts that are lost, doubled, late, in the wrong sequence, of unknown codes, or contradictory.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.synthetic.clearance_params import SyntheticClearanceParams
from data.synthetic.clearance_world import AS_OF, IMPORT, seconds, weekday
from data.synthetic.cohort import Ints, stream

NOTES = {
    "7": "直接申报成功",
    "L": "海关入库成功",
    "J": "通关无纸化审结",
    "G": "接单交单",
    "T": "需交税费",
    "C": "查验通知",
    "S": "施检",
    "H": "海关挂起，需手工申报",
    "P": "放行",
    "K": "担保放行",
    "R": "结关",
    "E": "海关退单",
    "Z": "退回修改",
    "A": "放行前删除",
    "D": "放行后删除",
}
UNKNOWN_CODE, UNKNOWN_NOTE = "Q7", "舱单运抵信息已比对"
OTHER_NOTE = "审结（人工复核）"  # of a second receipt of the same instant
CUT_SHARE = 0.15  # of the lost receipts, that arrive cut in half and cannot be read
DECLARATION, RESPONSE, RECEIPT = "declaration", "import_response", "receipt"
HOUR = 3600


def plan_events(table: pd.DataFrame, params: SyntheticClearanceParams) -> pd.DataFrame:
    """The messages of declarations with their course, by the time that they are received.

    number : of the declaration; kind : declaration, import_response or receipt; code : of the receipt, the
        response's, or a rule error that the declaration has; note; at (seconds UTC; of a response, when it was written)
    numbered : whether the entry number is given; other_number : whether it is a wrong one; episode : from 1
    received (seconds UTC); lost, duplicate, late : whether planted so; cut : whether what is lost arrives in part
    planted : name of a contradiction, or ""
    Nothing is in it that was written or received after AS_OF.
    """
    rng, n = stream(params, "clearance-events"), len(table)
    col = {name: table[name].to_numpy() for name in table}
    course, back = col["course"], col["course"] == "returned"
    gone = np.isin(course, ["withdrawn", "withdrawn_after_release"])
    refused, broken = col["rule_error"] == "unknown_hs", (col["rule_error"] != "") & (col["rule_error"] != "unknown_hs")
    wait = rng.integers(1 * HOUR, 5 * HOUR, n)
    review = col["released"] - col["examined"]
    parts: list[pd.DataFrame] = []

    def add(kind: str, code: str | np.ndarray, where: np.ndarray, at: Ints, **more: object) -> None:
        rows = np.flatnonzero(where)
        values: dict[str, object] = {"number": rows, "kind": kind, "at": at[rows]}
        values["code"] = code if isinstance(code, str) else code[rows]
        values |= {name: value[rows] if isinstance(value, np.ndarray) else value for name, value in more.items()}
        parts.append(pd.DataFrame(values))

    def some(share: float) -> np.ndarray:
        return rng.random(n) < share

    def within(low: float, high: float) -> Ints:
        return np.asarray(col["examined"] + rng.uniform(low, high, n) * review).astype(np.int64)

    every, first = np.ones(n, dtype=bool), col["first_declared"]
    add(DECLARATION, col["rule_error"].astype(object), refused, first - wait)
    add(RESPONSE, "-1", refused, first - wait + 20)
    add(DECLARATION, np.where(broken, col["rule_error"], "").astype(object), every, first - 90)
    add(RESPONSE, "0", every, first - 60)
    add(RECEIPT, "7", back, first)
    add(RECEIPT, "L", back, first + 60, numbered=True)
    add(RECEIPT, np.where(some(0.5), "E", "Z").astype(object), back, col["returned_at"], numbered=True)
    add(DECLARATION, "", back, col["declared"] - 90, episode=2)
    later = {"episode": np.where(back, 2, 1)}
    add(RECEIPT, "7", every, col["declared"], **later)
    later["numbered"] = np.ones(n, dtype=np.bool_)
    add(RECEIPT, "L", every, col["accepted"], **later)
    add(RECEIPT, np.where(some(0.06), "G", "J").astype(object), every, col["examined"], **later)
    taxed = (col["direction"] == IMPORT) & (col["supervision_mode"] == "0110") & some(0.7)
    add(RECEIPT, "H", col["suspended"], within(0.05, 0.15), **later)
    add(RECEIPT, "T", taxed, within(0.01, 0.1), **later)
    notified = within(0.1, 0.2)
    add(RECEIPT, "C", col["inspected"], notified, **later)
    seen = _at_work(within(0.45, 0.7))
    add(RECEIPT, "S", col["inspected"] & (seen > notified) & (seen < col["released"]), seen, **later)
    left, right = course == "withdrawn", course == "earlier_than_previous_stage"
    add(RECEIPT, "A", left, within(0.2, 0.9), **later)
    add(RECEIPT, np.where(some(0.03), "K", "P").astype(object), ~left, col["released"], **later)
    add(RECEIPT, "D", course == "withdrawn_after_release", col["released"] + rng.integers(HOUR, 20 * HOUR, n), **later)
    earlier = col["examined"] - 60 - rng.integers(60, HOUR, n)
    add(RECEIPT, "R", ~gone, np.where(right, earlier, col["completed"]), planted=np.where(right, course, ""), **later)
    add(RECEIPT, UNKNOWN_CODE, some(params.unknown_code_share), col["accepted"] + 30, **later)
    two = course == "two_numbers"
    add(RECEIPT, "P", two, col["released"], **later, other_number=True, planted="two_numbers")
    add(RECEIPT, "J", course == "two_contents", col["examined"], **later, note=OTHER_NOTE, planted="two_contents")
    both = course == "released_and_rejected"
    add(RECEIPT, "E", both, col["released"] + rng.integers(HOUR, 8 * HOUR, n), **later, planted="released_and_rejected")
    events = pd.concat(parts, ignore_index=True)
    for name, value in (("episode", 1), ("numbered", False), ("other_number", False), ("planted", "")):
        events[name] = events[name].astype(object).where(events[name].notna(), value).astype(type(value))
    said = events["code"].where(events["kind"] == RECEIPT).map({**NOTES, UNKNOWN_CODE: UNKNOWN_NOTE})
    events["note"] = events["note"].astype(object).where(events["note"].notna(), said.fillna(""))
    return _received(events, col["same_second"], params, rng)


def _at_work(at: Ints) -> Ints:
    """Moved to the next working hour, 9 to 17 of a weekday in ZONE; what is moved is spread over three hours."""
    local = at + 8 * HOUR
    day, second = local // 86400, local % 86400
    day = day + (second >= 17 * HOUR)
    spread = 9 * HOUR + second % (3 * HOUR)
    second = np.where((second < 9 * HOUR) | (second >= 17 * HOUR), spread, second)
    free = np.array([0, 0, 0, 0, 0, 2, 1])[weekday(day)]
    return np.asarray((day + free) * 86400 + second - 8 * HOUR)


def _received(
    events: pd.DataFrame, same_second: np.ndarray, params: SyntheticClearanceParams, rng: np.random.Generator
) -> pd.DataFrame:
    n, receipt = len(events), (events["kind"] == RECEIPT).to_numpy()
    delay = np.rint(np.exp(rng.normal(np.log(25), 0.8, n))).astype(np.int64)
    late = receipt & (rng.random(n) < params.late_share)
    delay = np.where(late, rng.integers(2 * HOUR, 60 * HOUR, n), delay)
    delay = np.where(receipt, delay, 0)
    reversed_pair = same_second[events["number"]] & (events["code"] == "R").to_numpy()
    delay = np.where(reversed_pair & ~late, 1, delay)  # before the release of the same second
    lost = receipt & (rng.random(n) < params.lost_share) & (events["planted"] == "").to_numpy()
    cut = lost & (rng.random(n) < CUT_SHARE)
    events = events.assign(received=events["at"] + delay, lost=lost, cut=cut, late=late, duplicate=False)
    again = np.flatnonzero(receipt & ~lost & (rng.random(n) < params.duplicate_share))
    doubles = events.iloc[again].assign(duplicate=True)
    doubles["received"] += np.rint(np.exp(rng.uniform(np.log(30), np.log(72 * HOUR), len(again)))).astype(np.int64)
    events = pd.concat([events, doubles], ignore_index=True)
    events["gbk"] = rng.random(len(events)) < params.gbk_share
    events["enveloped"] = (rng.random(len(events)) < params.envelope_share) & (events["kind"] == RECEIPT).to_numpy()
    whole = np.flatnonzero(events["duplicate"].to_numpy())  # seven in ten doubles are the same bytes
    same = whole[rng.random(len(whole)) < 0.7]
    first = again[same - n]
    for name in ("gbk", "enveloped"):
        flags = events[name].to_numpy().copy()
        flags[same] = flags[first]
        events[name] = flags
    events = events.loc[(events["at"] <= seconds(AS_OF)) & (events["received"] <= seconds(AS_OF))]
    return events.sort_values(["received", "number", "at", "code"], kind="stable", ignore_index=True)
