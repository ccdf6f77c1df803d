"""The simulated cases as an office's log: one row an event in order of arrival, damaged as real logs are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import yaml

from data.approvals.records import ApprovalEvent
from data.beijing import BEIJING
from data.codebook import reference_path
from data.synthetic.approvals_courses import AS_OF, NOBODY, Courses
from data.synthetic.approvals_params import SyntheticApprovalsParams
from data.synthetic.cohort import stream
from data.uscc import fictitious_uscc

STEPS = {"first_examination": "初审", "site_visit": "现场核查", "sign_off": "签批"}
PAPERS = ("营业执照复印件", "法定代表人身份证明", "场地使用证明", "工程图纸", "检验报告", "安全管理制度")
JOINT_WITH = "natural_resources;water"
BASIS = "行政许可法第四十五条"
WITHOUT_ITEM, WITHOUT_ZONE = 0.15, 0.25  # shares of rows
UNREADABLE = ("待定", "2023-02-30 10:00", "上午九点", "20230")


@cache
def meanings(section: str) -> Mapping[str, str]:
    """Names in the log and what they mean: ``columns`` or ``activities`` of simulated_log.yaml."""
    text = reference_path("approvals/simulated_log.yaml").read_text(encoding="utf-8")
    found: Mapping[str, str] = yaml.safe_load(text)[section]
    return found


def log_rows(courses: Courses, params: SyntheticApprovalsParams) -> pd.DataFrame:
    """The log in order of arrival as texts, columns as in simulated_log.yaml; nothing after AS_OF."""
    rng = stream(params, "approvals-log")
    table = courses.table
    firms = rng.integers(1, 400, len(table))
    applicants = [fictitious_uscc(81_000_000 + int(one)) if one < 300 else "" for one in firms]
    rows = pd.DataFrame(list(_events(courses, rng)))
    last = (np.datetime64(AS_OF, "D") + 1).astype(np.int64) * 1440
    rows = rows[rows["minute"] < last]
    case = rows["case"].to_numpy()
    officer = table["office"].map({one: at for at, one in enumerate(sorted(set(table["office"])))}).to_numpy()[case]
    rows = rows.assign(
        case_number=table["case_number"].to_numpy()[case],
        item=np.where(rng.random(len(rows)) < WITHOUT_ITEM, "", table["item"].to_numpy()[case]),
        office=table["office"].to_numpy()[case],
        officer=[f"SIM{one:02d}{two}" for one, two in zip(officer, rng.integers(1, 8, len(rows)), strict=True)],
        applicant=np.where(rows["activity"] == _name("applied"), np.array(applicants)[case], ""),
    )
    return _damaged(rows.reset_index(drop=True), params, rng)


def events_of(rows: pd.DataFrame) -> tuple[ApprovalEvent, ...]:
    """The log's rows as events; those without a case number are left out."""
    found = []
    for row in rows.rename(columns=dict(meanings("columns"))).to_dict("records"):
        texts = {str(name): str(text) for name, text in row.items() if text}
        activity, at_text = texts.pop("activity"), texts.pop("at", "")
        members = {name: texts.pop(name, "") for name in ("case_number", "item", "office", "officer")}
        kind: Any = meanings("activities").get(activity, "step")
        if members["case_number"]:
            step = activity if kind == "step" else ""
            found.append(ApprovalEvent(kind=kind, at=_instant(at_text), at_text=at_text, activity=step, values=texts,
                                       **members))  # fmt: skip
    return tuple(found)


def _events(courses: Courses, rng: np.random.Generator) -> Iterator[Mapping[str, Any]]:
    """Case, activity, minute and values of everything that happens."""
    table, accepted = courses.table, courses.at["accepted"] != NOBODY  # noqa: PD008  # a dictionary
    for name, minutes in courses.at.items():
        kind = name.removesuffix("_again")
        for case in np.flatnonzero(minutes != NOBODY):
            row, values = table.iloc[case], {}
            again = "_again" if name.endswith("_again") else ""
            if kind in ("suspended", "resumed"):
                values = {"reason": row[f"reason{again}"]}
            if kind == "suspended":
                values |= {"basis": BASIS, "days": str(row[f"announced_days{again}"])}
            elif kind == "correction_requested":
                values = {"list": ";".join(rng.choice(PAPERS, 2, replace=False))}
            elif kind == "refused":
                values = {"reason": "不属于本部门职权范围"}
            elif kind == "returned":
                values = {"reason": "申请人要求" if accepted[case] else "材料不全"}
            elif kind == "joint_begun":
                values = {"with": JOINT_WITH}
            elif kind == "extended":
                values = {"by": "head", "informed": str(row["informed"]), "reason": "情况复杂"}
            elif kind == "decided":
                values = {"outcome": row["outcome"]}
            activity = STEPS.get(kind) or _name(kind)
            yield {"case": case, "activity": activity, "minute": int(minutes[case]), **values}


def _damaged(rows: pd.DataFrame, params: SyntheticApprovalsParams, rng: np.random.Generator) -> pd.DataFrame:
    decided = rows[rows["activity"] == _name("decided")]
    other = decided[rng.random(len(decided)) < params.contradictory_share]
    other = other.assign(
        minute=other["minute"] + rng.integers(30, 600, len(other)),
        outcome=np.where(other["outcome"] == "granted", "refused", "granted"),
    )
    rows = pd.concat([rows, other], ignore_index=True)
    late = np.where(rng.random(len(rows)) < params.out_of_order_share, rng.integers(60, 9 * 1440, len(rows)), 0)
    rows = rows.assign(arrival=rows["minute"] + late, at=_texts(rows["minute"], params, rng))
    twice = rows[rng.random(len(rows)) < params.duplicate_share]
    twice = twice.assign(arrival=twice["arrival"] + rng.integers(1, 3 * 1440, len(twice)))
    rows = pd.concat([rows, twice], ignore_index=True).sort_values(["arrival", "case"], kind="stable")
    rows.loc[rng.random(len(rows)) < params.no_number_share, "case_number"] = ""
    heads = {name: head for head, name in meanings("columns").items()}
    found = rows.rename(columns=heads).reindex(columns=list(heads.values())).astype(object)
    return found.fillna("").reset_index(drop=True)


def _texts(minutes: pd.Series, params: SyntheticApprovalsParams, rng: np.random.Generator) -> list[str]:
    """Instants as they are written: with an offset, in the office's own time, as a day, or not at all."""
    n = len(minutes)
    plain = pd.Series(minutes.to_numpy().astype("datetime64[m]"))
    kind, odd = rng.random(n), rng.choice(UNREADABLE, n)
    shares = np.cumsum([params.missing_instant_share, params.unreadable_share, params.day_only_share, WITHOUT_ZONE])
    texts = [plain.dt.strftime(form).to_numpy() for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:00+08:00")]
    choices = [np.full(n, ""), odd, texts[0], texts[1], texts[2]]
    return [str(choices[which][row]) for row, which in enumerate(np.searchsorted(shares, kind, side="right"))]


def _name(kind: str) -> str:
    return next(name for name, one in meanings("activities").items() if one == kind)


def _instant(text: str) -> dt.datetime | None:
    """An instant of the log, in Beijing time where it names no zone; None for none and an unreadable one."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)
