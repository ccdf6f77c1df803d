"""A synthetic cohort for matching: demands, documents, events and outcomes of the synthetic enterprises.

Relevance is planted: a firm that applies the demand's method to the demand's object is relevant (2), one that applies
the method to another object somewhat (1), any other not (0); some methods are supplied by nobody. Figures measured
here measure the generator, not the world.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.matching import KINDS, columns
from data.splits import enterprise_share
from data.synthetic.cohort import DISTRICTS, OBSERVED_UNTIL, Ints, stream
from data.synthetic.matching_outcomes import outcome_constants, outcomes_of, shown_lists
from data.synthetic.matching_texts import (
    FIELD_NAMES,
    SOURCES,
    Method,
    Object,
    demand_texts,
    document_texts,
    methods,
    objects,
)

FIRST_DAY = pd.Timestamp("2021-01-01")  # of a demand
SETTLED_DAYS = 400  # a supplier was founded so long before the first demand
PART_FROM = {"dev": pd.Timestamp("2023-01-01"), "test": pd.Timestamp("2023-07-01")}  # by the day of the demand
PART_SHARES = {"train": 0.6, "dev": 0.8, "test": 1.0}  # askers and suppliers, by the upper end of their share
KIND_SHARES = {"product": 0.4, "patent": 0.35, "project": 0.15, "qualification": 0.1}  # after the business scope


@dataclass(frozen=True, slots=True)
class SyntheticMatchingParams:
    """Section ``synthetic_matching`` of params.yaml; shares in [0, 1]."""

    seed: int = 20240701
    n_firms: int = 1_500  # suppliers, at most; each with 2 to 6 documents
    n_demands: int = 1_200
    n_events: int = 14
    unsupplied_share: float = 0.1  # of the methods, that no firm has
    english_share: float = 0.08  # of the demands
    new_wording_share: float = 0.3  # of the demands of the last part, whose symptom no earlier demand has
    duplicate_share: float = 0.03  # of the demands, that repeat an earlier one with other figures

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {getattr(self, name)!r}, allowed: {low:g} to {high:g}"
            for name, low, high in (
                ("seed", 0, 2**63),
                ("n_firms", 20, 10**5),
                ("n_demands", 20, 10**5),
                ("n_events", 1, 1_000),
                ("unsupplied_share", 0, 0.5),
                ("english_share", 0, 1),
                ("new_wording_share", 0, 1),
                ("duplicate_share", 0, 0.5),
            )
            if not low <= getattr(self, name) <= high
        ]
        if problems:
            raise ValueError("parameters of synthetic matching out of range:\n  " + "\n  ".join(problems))


@dataclass(frozen=True, slots=True)
class MatchingCohort:
    """Tables by name as a zone would hold them; the planted truth by name; the constants; figures of the tables.

    truth : relevance (demand_id, enterprise_id, relevance), demands (demand_id, method, object, part, supplied,
        unseen_wording, lang, duplicate_of), firms (enterprise_id, part), documents (document_id, method, object)
    """

    tables: Mapping[str, pd.DataFrame]
    truth: Mapping[str, pd.DataFrame]
    constants: Mapping[str, Any]

    @property
    def figures(self) -> dict[str, float]:
        """Counts and shares of what was made; acceptance and cooperations a share of the invited and of the met."""
        outcomes, demands = self.tables["match_outcomes"], self.truth["demands"]
        known = self.truth["relevance"].groupby("demand_id").size().reindex(demands["demand_id"], fill_value=0)
        return {
            "firms": float(len(self.truth["firms"])),
            "documents": float(len(self.tables["capabilities"])),
            "demands": float(len(demands)),
            "events": float(len(self.tables["match_events"])),
            "outcomes": float(len(outcomes)),
            "relevant_firms_per_demand": float(known.mean()),
            "share_without_supplier": float((~demands["supplied"]).mean()),
            "share_in_english": float((demands["lang"] == "en").mean()),
            "share_with_new_wording": float(demands["unseen_wording"].mean()),
            "accepted_of_invited": float(outcomes.loc[outcomes["invited"], "accepted"].mean()),
            "kept_of_met": float(outcomes.loc[outcomes["met"], "kept"].mean()),
            "solved_of_kept": float(outcomes.loc[outcomes["kept"], "solved"].mean()),
        }


def synthesize_matching(enterprises: pd.DataFrame, params: SyntheticMatchingParams) -> MatchingCohort:
    """Tables and truth for these enterprises (uscc, founded_on, closed_on, left_on, industry).

    Only enterprises that are still on the register ask; those of them that were founded SETTLED_DAYS before the
    first demand supply. No firm asks what it supplies itself.
    raises : ValueError when fewer than 20 enterprises can supply
    """
    here = enterprises.loc[enterprises["closed_on"].isna() & enterprises["left_on"].isna()]
    here = here.sort_values("uscc", ignore_index=True)
    old = here.loc[here["founded_on"] < FIRST_DAY - pd.Timedelta(days=SETTLED_DAYS)].reset_index(drop=True)
    if len(old) < 20:
        raise ValueError(f"{len(old)} enterprises founded early enough to supply; at least 20 are needed")
    chosen = stream(params, "suppliers").permutation(len(old))[: params.n_firms]
    firms = old.loc[np.sort(chosen)].reset_index(drop=True)
    skills = _skills(firms["industry"], params)
    documents = _documents(firms, skills, params)
    events = _events(params)
    demands = _demands(here, firms, skills, params)
    relevance = _relevance(demands, firms, skills)
    outcomes = _outcomes(demands, firms, events, relevance, params)
    at, firm = np.nonzero(relevance)
    ids, codes = demands["demand_id"].to_numpy(), firms["uscc"].to_numpy()
    truth = {
        "relevance": pd.DataFrame(
            {"demand_id": ids[at], "enterprise_id": codes[firm], "relevance": relevance[at, firm]}
        ),
        "demands": demands[["demand_id", "method", "object", "part", "unseen_wording", "lang", "duplicate_of"]].assign(
            supplied=np.any(relevance, axis=1)
        ),
        "firms": pd.DataFrame({"enterprise_id": codes, "part": _part_of(firms["uscc"])}),
        "documents": documents[["document_id", "method", "object"]],
    }
    tables = {"match_events": events, "demands": demands, "capabilities": documents, "match_outcomes": outcomes}
    constants = {
        "caveat": "synthetic: any score against these labels measures the generator, not the world",
        "relevance": {"2": "method and object", "1": "method", "0": "neither"},
        "parts": {name: f"{day:%Y-%m-%d}" for name, day in PART_FROM.items()},
        "outcomes": outcome_constants(),
    }
    return MatchingCohort({name: table[list(columns(KINDS[name]))] for name, table in tables.items()}, truth, constants)


def write_matching(cohort: MatchingCohort, raw_dir: Path, truth_dir: Path) -> None:
    """One Parquet file per table in ``raw_dir``; matching_*.parquet and matching.json in ``truth_dir``."""
    for folder, tables, prefix in ((raw_dir, cohort.tables, ""), (truth_dir, cohort.truth, "matching_")):
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_parquet(folder / f"{prefix}{name}.parquet", index=False)
    text = json.dumps(cohort.constants, ensure_ascii=False, indent=2, sort_keys=True)
    (truth_dir / "matching.json").write_text(text + "\n", encoding="utf-8")


def _part_of(codes: pd.Series) -> npt.NDArray[np.object_]:
    bounds = np.array(list(PART_SHARES.values()))
    place = np.searchsorted(bounds[:-1], enterprise_share(codes, "matching"), side="right")
    return np.array(list(PART_SHARES), dtype=object)[place]


def _technologies() -> list[tuple[int, int]]:
    """Pairs of a method and an object of one field, by their places."""
    return [
        (i, j) for i, method in enumerate(methods()) for j, thing in enumerate(objects()) if method.field == thing.field
    ]


def _skills(industries: pd.Series, params: SyntheticMatchingParams) -> list[list[tuple[int, int]]]:
    """One or two technologies of each firm, nine of ten first ones in its own industry."""
    count = len(methods())
    missing = stream(params, "unsupplied").permutation(count)[: round(params.unsupplied_share * count)]
    supplied = [pair for pair in _technologies() if pair[0] not in missing]
    of_field = {name: [pair for pair in supplied if methods()[pair[0]].field == name] for name in FIELD_NAMES}
    rng = stream(params, "skills")
    skills = []
    for industry in industries:
        own = of_field[industry] if rng.random() < 0.9 else supplied
        first = own[int(rng.integers(len(own)))]
        near = [pair for pair in supplied if pair != first and (pair[0] == first[0]) != (pair[1] == first[1])]
        second = [near[int(rng.integers(len(near)))]] if near and rng.random() < 0.5 else []
        skills.append([first, *second])
    return skills


def _documents(
    firms: pd.DataFrame, skills: list[list[tuple[int, int]]], params: SyntheticMatchingParams
) -> pd.DataFrame:
    rng = stream(params, "documents")
    rows = []
    for code, founded, known in zip(firms["uscc"], firms["founded_on"], skills, strict=True):
        kinds = [
            "business_scope",
            *rng.choice(list(KIND_SHARES), int(rng.integers(1, 6)), p=list(KIND_SHARES.values())),
        ]
        for place, kind in enumerate(kinds):
            method, thing = _pair(known[max(place - 1, 0) % len(known)])
            title, text = document_texts(str(kind), method, thing, rng)
            latest = (OBSERVED_UNTIL - founded).days
            within = 30 if kind == "business_scope" else int(rng.integers(60, max(61, min(latest, 1_500))))
            rows.append(
                {
                    "enterprise_id": code,
                    "kind": str(kind),
                    "title": title,
                    "text": text,
                    "ipc": method.ipc if kind == "patent" else None,
                    "gb4754": thing.gb4754 if kind in ("business_scope", "product") else None,
                    "date": founded + pd.Timedelta(days=within),
                    "source": SOURCES[str(kind)],
                    "method": method.key,
                    "object": thing.key,
                }
            )
    table = pd.DataFrame(rows)
    return table.assign(document_id=[f"C{number:06d}" for number in range(1, len(table) + 1)])


def _pair(technology: tuple[int, int]) -> tuple[Method, Object]:
    return methods()[technology[0]], objects()[technology[1]]


def _events(params: SyntheticMatchingParams) -> pd.DataFrame:
    rng = stream(params, "events")
    names, last = list(FIELD_NAMES), OBSERVED_UNTIL - pd.Timedelta(days=60)
    days = pd.date_range(FIRST_DAY + pd.Timedelta(days=60), last, params.n_events).normalize()
    return pd.DataFrame(
        {
            "event_id": [f"E{number:03d}" for number in range(1, params.n_events + 1)],
            "theme": [f"{FIELD_NAMES[names[number % len(names)]]}技术供需对接会" for number in range(params.n_events)],
            "date": days.astype("datetime64[us]"),
            "district": [DISTRICTS[int(rng.integers(len(DISTRICTS)))] for _ in range(params.n_events)],
            "seats": rng.integers(24, 61, params.n_events),
            "rounds": 6,
            "per_firm_limit": 3,
        }
    )


def _demands(
    here: pd.DataFrame, firms: pd.DataFrame, skills: list[list[tuple[int, int]]], params: SyntheticMatchingParams
) -> pd.DataFrame:
    rng = stream(params, "demands")
    pairs = _technologies()
    own = dict(zip(firms["uscc"], skills, strict=True))
    part_of_asker = _part_of(here["uscc"])
    span = (OBSERVED_UNTIL - FIRST_DAY).days - 20
    days = FIRST_DAY + pd.to_timedelta(np.sort(rng.integers(0, span, params.n_demands)), unit="D")
    rows: list[dict[str, Any]] = []
    for number, day in enumerate(days, start=1):
        part = "test" if day >= PART_FROM["test"] else "dev" if day >= PART_FROM["dev"] else "train"
        askers = np.flatnonzero((part_of_asker == part) & (here["founded_on"] < day).to_numpy())
        if not len(askers):
            continue
        asker = here.loc[int(askers[rng.integers(len(askers))]), "uscc"]
        technology = pairs[int(rng.integers(len(pairs)))]
        while any(technology[0] == skill[0] for skill in own.get(asker, [])):
            technology = pairs[int(rng.integers(len(pairs)))]
        same_part = [row for row in rows if row["part"] == part]
        copied = None
        english, new_wording = rng.random() < params.english_share, False
        if same_part and rng.random() < params.duplicate_share:
            copied = same_part[int(rng.integers(len(same_part)))]
        else:
            new_wording = part == "test" and not english and rng.random() < params.new_wording_share
        method, thing = _pair(technology)
        texts = demand_texts(method, thing, rng, english=english, new_wording=new_wording)
        rows.append(
            {
                "demand_id": f"D{number:05d}",
                "enterprise_id": asker,
                "title": texts[0],
                "problem": texts[1],
                "requirement": texts[2],
                "field": method.field,
                "budget_wan": float(rng.integers(2, 60) * 5) if rng.random() < 0.7 else None,
                "deadline": day + pd.Timedelta(days=int(rng.integers(90, 540))) if rng.random() < 0.8 else pd.NaT,
                "district": DISTRICTS[int(rng.integers(len(DISTRICTS)))],
                "visible_to": str(rng.choice(["public", "zone", "invited"], p=[0.7, 0.25, 0.05])),
                "as_of": day,
                "source": "园区征集" if rng.random() < 0.6 else "企业自荐",
                "method": method.key,
                "object": thing.key,
                "part": part,
                "unseen_wording": new_wording,
                "lang": "en" if english else "zh",
                "duplicate_of": None,
            }
        )
        if copied:
            same = ("enterprise_id", "title", "problem", "field", "method", "object", "unseen_wording", "lang")
            rows[-1] |= {name: copied[name] for name in same} | {"duplicate_of": copied["demand_id"]}
    table = pd.DataFrame(rows)
    return table.astype({"as_of": "datetime64[us]", "deadline": "datetime64[us]", "budget_wan": "float64"})


def _relevance(demands: pd.DataFrame, firms: pd.DataFrame, skills: list[list[tuple[int, int]]]) -> Ints:
    """0, 1 or 2, shape (demands, firms); no firm is relevant to its own demand."""
    method_at = {one.key: place for place, one in enumerate(methods())}
    object_at = {one.key: place for place, one in enumerate(objects())}
    masters = np.zeros((len(methods()), len(firms)), dtype=bool)
    applies = np.zeros((len(methods()), len(objects()), len(firms)), dtype=bool)
    for firm, known in enumerate(skills):
        for method, thing in known:
            masters[method, firm] = applies[method, thing, firm] = True
    i, j = demands["method"].map(method_at).to_numpy(), demands["object"].map(object_at).to_numpy()
    asks_itself = demands["enterprise_id"].to_numpy()[:, None] == firms["uscc"].to_numpy()[None, :]
    return np.where(~asks_itself, masters[i].astype(np.int64) + applies[i, j], 0)


def _outcomes(
    demands: pd.DataFrame, firms: pd.DataFrame, events: pd.DataFrame, relevance: Ints, params: SyntheticMatchingParams
) -> pd.DataFrame:
    """Outcomes known by the last day: those of later ones are not recorded yet."""
    rng = stream(params, "outcomes")
    same_field = demands["field"].to_numpy()[:, None] == firms["industry"].to_numpy()[None, :]
    asks_itself = demands["enterprise_id"].to_numpy()[:, None] == firms["uscc"].to_numpy()[None, :]
    shown = shown_lists(relevance, same_field, ~asks_itself, rng)
    of_event = _event_of(demands, events, rng)
    demand, firm = shown["demand"].to_numpy(), shown["firm"].to_numpy()
    event = of_event[demand]
    steps = outcomes_of(shown, relevance[demand, firm], event >= 0, rng)
    known = demands["as_of"].to_numpy()[demand] + pd.to_timedelta(rng.integers(20, 91, len(shown)), unit="D").to_numpy()
    held = events["date"].to_numpy()[event] + np.timedelta64(30, "D")
    table = steps.assign(
        event_id=events["event_id"].iloc[event].reset_index(drop=True).where(event >= 0, None),
        demand_id=demands["demand_id"].to_numpy()[demand],
        enterprise_id=firms["uscc"].to_numpy()[firm],
        date=np.where(event >= 0, held, known).astype("datetime64[us]"),
    )
    return table.loc[table["date"] <= OBSERVED_UNTIL].reset_index(drop=True)


def _event_of(demands: pd.DataFrame, events: pd.DataFrame, rng: np.random.Generator) -> Ints:
    """Place of the next event of the demand's field within 200 days, for two of three such demands; -1 for none."""
    names = list(FIELD_NAMES)
    field_of = np.array([names[number % len(names)] for number in range(len(events))], dtype=object)
    day, held = demands["as_of"].to_numpy(), events["date"].to_numpy()
    after = (held[None, :] >= day[:, None]) & (held[None, :] <= day[:, None] + np.timedelta64(200, "D"))
    fits = after & (field_of[None, :] == demands["field"].to_numpy()[:, None])
    return np.where(fits.any(axis=1) & (rng.random(len(demands)) < 2 / 3), fits.argmax(axis=1), -1)
