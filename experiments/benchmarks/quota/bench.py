"""The quota against its claims: the closed form, monotony, the portfolio, speed."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import orjson
import pandas as pd
import typer
from rich.console import Console
from rich.progress import track
from scipy.optimize import brentq, minimize_scalar

from data.codebook import read_credit_facts
from data.requests import QuotaRequest
from experiments.machine import machine
from features.risk import risk_matrix
from models.quota.constraints import Economics, Loan, best_amount, economics, hurdle_interval, profit_wan
from models.quota.decide import decide_columns
from models.quota.engine import QuotaEngine, case_rows, read_policies, read_policy
from models.quota.portfolio import PortfolioLimit, allocate, segments

CHUNK = 20_000
TIMED_CASES = 200
REQUESTED_CNY = 10_000_000
PEERS = {  # as they publish it, on their machines
    "toad score card, dict inference": "4 ms a row (pull requests 79 and 81; 30 ms before)",
    "scorecard (R), WOE of one row": "1.39 s (issue 39)",
    "MLflow pyfunc": "8 to 14 ms a row",
    "TreeSHAP of three 300-tree boosters": "6.5 ms a row",
    "Lending-Club-End-to-End": "no quota, no reasons in its API",
}
console = Console()


def bench(
    rows: int = typer.Option(1_000_000, help="Rows of the batch whose speed and memory are measured."),
    seed: int = typer.Option(7, help="Seed of everything planted and drawn."),
    out: Path = typer.Option(Path("artifacts/bench/quota.json"), help="Where the figures go."),
) -> None:
    """Portfolio, closed form, monotone quotas and speed; needs a finished `dvc repro`."""
    if not Path("artifacts/quota/model").exists():
        raise typer.BadParameter("artifacts/quota/model is absent; run `make run` first")
    engine = QuotaEngine.load(Path("artifacts"))
    snapshot = pd.read_parquet("artifacts/snapshot/cases.parquet")
    known = pd.read_parquet("artifacts/snapshot/known_at.parquet")
    figures = {
        "machine": machine("numpy", "pandas", "lightgbm", "scipy", "orjson"),
        "seed": seed,
        "speed": speed(engine, snapshot, known, rows),
        "portfolio": portfolio(engine, snapshot),
        "closed_form": closed_form(seed),
        "monotone": monotone(engine, snapshot, seed),
        "peers": PEERS,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    plain = json.loads(json.dumps(figures), parse_constant=lambda _: None)  # a figure that is none is null
    out.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _show(figures)


def speed(engine: QuotaEngine, snapshot: pd.DataFrame, known: pd.DataFrame, rows: int) -> dict[str, Any]:
    """One quota and a million, as ratios to the bare boosters in the same minutes."""
    policy = read_policy()
    frame = snapshot.head(TIMED_CASES)
    cases = case_rows(frame, known.head(TIMED_CASES))
    given = [QuotaRequest(request_id=f"r{row['uscc']}", uscc=row["uscc"], requested_amount_cny=REQUESTED_CNY)
             for row, _ in cases]  # fmt: skip
    matrix = np.ascontiguousarray(risk_matrix(frame, engine.codebook).to_numpy())
    texts = [engine.risk.booster_text, engine.limit.low_text, engine.limit.median_text]
    boosters = [lgb.Booster(model_str=text) for text in texts]
    pairs = list(zip(cases, given, strict=True))
    held = [(engine.prepare([row], [days]), one) for (row, days), one in pairs]
    report = {
        "bare_booster_predict_us": _microseconds(
            lambda: [
                booster.predict(matrix[at : at + 1], num_threads=1) for at in range(len(matrix)) for booster in boosters
            ],
            len(matrix),
        ),
        "prepared_quota_with_reasons_as_json_us": _microseconds(
            lambda: _each(orjson.dumps(engine.decide_prepared(*one, policy)) for one in held), len(held)
        ),
        "quota_without_reasons_us": _microseconds(
            lambda: _each(engine.decide_row(*case, one, policy, reasons=False) for case, one in pairs), len(pairs)
        ),
        "quota_with_exact_reasons_us": _microseconds(
            lambda: _each(engine.decide_row(*case, one, policy) for case, one in pairs), len(pairs)
        ),
        "quota_with_reasons_as_json_us": _microseconds(
            lambda: _each(orjson.dumps(engine.decide_row(*case, one, policy)) for case, one in pairs), len(pairs)
        ),
        "ten_banks_indications_us": _microseconds(
            lambda: _each(engine.indications(*case, one, BANKS) for case, one in pairs[:200]), 200
        ),
    }
    report["without_reasons_to_booster_predict"] = (
        report["quota_without_reasons_us"] / report["bare_booster_predict_us"]
    )
    return report | {"batch": _batch(engine, snapshot, boosters, rows)}


BANKS = read_policies()


def _batch(engine: QuotaEngine, snapshot: pd.DataFrame, boosters: list[lgb.Booster], rows: int) -> dict[str, Any]:
    policy, repeats = read_policy(), -(-CHUNK // len(snapshot))
    chunk = pd.concat([snapshot] * repeats, ignore_index=True).head(CHUNK)
    given = pd.DataFrame({"requested_amount_cny": np.full(len(chunk), REQUESTED_CNY)})
    matrix = np.ascontiguousarray(risk_matrix(chunk, engine.codebook).to_numpy())

    def chunks(count: int) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
        for _ in range(count):
            yield chunk.copy(), given

    count = max(rows // CHUNK, 1)
    decided, seconds, bare, memory = 0, 0.0, 0.0, []
    # Turn by turn, so that both meet the same machine.
    for _ in track(range(10), "a million rows"):
        start = time.perf_counter()
        for _ in range(-(-count // 10)):
            for booster in boosters:
                booster.predict(matrix, num_threads=2)
        bare += time.perf_counter() - start
        start = time.perf_counter()
        for table in engine.decide_stream(chunks(-(-count // 10)), policy, workers=2):
            decided += len(table)
        seconds += time.perf_counter() - start
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return {
        "rows": decided,
        "rows_per_s": decided / seconds,
        "bare_boosters_rows_per_s": decided / bare,
        "ratio": bare / seconds,
        "peak_memory_mib_after_each_tenth": [round(value) for value in memory],
    }


def closed_form(seed: int, firms: int = 2_000) -> dict[str, float]:
    """The best amount under caps and hurdle, in closed form and by numerical search, over banks and random firms."""
    rng, worst, apart = np.random.default_rng(seed), 0.0, 0
    for position in range(firms):
        policy = BANKS[position % len(BANKS)]
        pd_12m, room, cap = np.exp(rng.uniform(np.log([0.001, 5, 5]), np.log([0.06, 3000, 3000])))
        offer = policy.products["innovation_points"]
        tenor = float(rng.integers(offer.min_tenor_months, offer.max_tenor_months + 1))
        report = economics(pd_12m, room, Loan(cap, tenor, offer.annual_rate, offer.tenor_premium), policy)
        least, most = hurdle_interval(report)
        ours = float(min(cap, best_amount(report), most))
        ours = ours if ours >= least else 0.0

        def excess(amount: float, report: Economics = report) -> float:
            return float(profit_wan(np.array(amount), report)) - report.hurdle * amount

        top = minimize_scalar(lambda amount, excess=excess: -excess(amount), bounds=(0, 1e6), method="bounded",
                              options={"xatol": 1e-9}).x  # fmt: skip
        found = 0.0
        if excess(top) >= 0.0:
            low, high = brentq(excess, 0.0, top, xtol=1e-12), brentq(excess, top, 1e9)
            high = min(high, cap)
            if low <= high:
                found = minimize_scalar(lambda amount, report=report: -profit_wan(amount, report), bounds=(low, high),
                                        method="bounded", options={"xatol": 1e-9}).x  # fmt: skip
        gap = abs(found - ours) / max(ours, 1.0)
        worst = max(worst, gap)
        apart += bool(gap > 1e-4)
    return {"firms": firms, "largest_relative_gap": float(worst), "further_apart_than_1e-4": apart}


def monotone(engine: QuotaEngine, snapshot: pd.DataFrame, seed: int, firms: int = 10_000) -> dict[str, int]:
    """Random firms: every indicator made better, every default risk made higher; amounts that moved the wrong way."""
    rng, policy, book = np.random.default_rng(seed), read_policy(), engine.codebook
    frame = pd.DataFrame({name: snapshot[name].to_numpy()[rng.integers(0, len(snapshot), firms)] for name in snapshot})
    frame = frame.assign(**{fact.key: 0.0 for fact in read_credit_facts() if fact.veto})
    given = pd.DataFrame({"requested_amount_cny": np.full(firms, REQUESTED_CNY)})
    report = {"firms": firms, "pairs": 0, "better_indicator_cut": 0, "higher_pd_raised": 0, "above_a_cap": 0}
    report["expected_loss_off_by_a_cent"] = 0
    for item in track(list(book), "better indicators"):
        ends = np.nanquantile(snapshot[item.key], [0.05, 0.95])
        base = frame[item.key].to_numpy()
        better = base + rng.uniform(0, 1, firms) * (ends[1] - ends[0]) * item.direction
        better = np.clip(np.where(np.isnan(base), ends[0 if item.direction > 0 else 1], better), item.low, item.high)
        low = engine.decide_table(frame, given, policy)
        high = engine.decide_table(frame.assign(**{item.key: better}), given, policy)
        report["pairs"] += firms
        report["better_indicator_cut"] += int((high["amount_wan"] < low["amount_wan"]).sum())
        terms = high[[name for name in high if str(name).startswith("constraint_")]]
        report["above_a_cap"] += int((terms.to_numpy() < high["amount_wan"].to_numpy()[:, None]).sum())
        exact = high["pd_12m"] * policy.lgd * high["amount_wan"] * 10_000
        report["expected_loss_off_by_a_cent"] += int(((high["expected_loss_cny"] - exact).abs() > 0.00501).sum())
    measured = engine.measure(frame, given)
    before = engine.decide_table(frame, given, policy)
    for factor in (1.1, 1.5, 2.0, 4.0):
        risks = {name: np.minimum(measured[name] * factor, 1.0) for name in ("pd_12m", "pd_low", "pd_high")}
        columns = {"requested_amount_cny": given["requested_amount_cny"].to_numpy()}
        decided = decide_columns(measured.with_columns(**risks), columns, policy, engine.certificate(policy))
        after = decided.table(measured)
        report["higher_pd_raised"] += int((after["amount_wan"] > before["amount_wan"]).sum())
        before = after
    return report


def portfolio(engine: QuotaEngine, snapshot: pd.DataFrame) -> dict[str, Any]:
    """All approved firms under a third of the money they were offered, and limits by industry, stage and loss."""
    policy = read_policy()
    given = {"requested_amount_cny": np.full(len(snapshot), REQUESTED_CNY)}
    measured = engine.measure(snapshot)
    decided = decide_columns(measured, given, policy, engine.certificate(policy))
    lent = decided.amount_wan > 0
    firms, quota = decided.table(measured).loc[lent], decided.amount_wan[lent].astype(float)
    slope, width = segments(decided.economics.gain[lent], decided.economics.bend[lent], quota)
    budget = quota.sum() / 3
    limits = [
        PortfolioLimit("budget", np.ones(len(firms)), budget),
        PortfolioLimit("expected_loss", firms["pd_12m"].to_numpy() * policy.lgd, 0.0052 * budget),
    ]
    for column, share in (("industry", 0.25), ("growth_stage", 0.45)):
        values = snapshot.loc[firms.index, column].to_numpy()
        limits += [PortfolioLimit(f"{column}: {name}", (values == name).astype(float), share * budget)
                   for name in sorted(set(values))]  # fmt: skip
    start = time.perf_counter()
    found = allocate(slope, width, limits)
    seconds = time.perf_counter() - start
    wider = [PortfolioLimit(one.name, one.use, one.most * 1.0001) if not position else one
             for position, one in enumerate(limits)]  # fmt: skip
    difference = float((allocate(slope, width, wider).profit - found.profit) / (budget * 0.0001))
    return {
        "firms": len(firms),
        "budget_wan": float(budget),
        "profit_wan": found.profit,
        "greedy_profit_wan": found.greedy_profit,
        "gap_to_greedy": 1 - found.greedy_profit / found.profit,
        "prices": {name: price for name, price in found.prices.items() if price > 0},
        "budget_price_by_finite_difference": difference,
        "seconds": seconds,
    }


def _each(made: Iterator[Any]) -> None:
    for _ in made:
        pass


def _microseconds(work: Callable[[], Any], count: int, repeats: int = 5) -> float:
    """The best of a few runs, which is the machine without its neighbours."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken) / count * 1e6


def _show(figures: dict[str, Any]) -> None:
    for name in ("portfolio", "closed_form", "monotone", "speed"):
        console.print(name, figures[name])
