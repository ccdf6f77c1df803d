"""Experiment 0001: default risk and quotas from the VAT invoices of 425 real small firms.

The data stay outside the repository; the folder is an argument. Firms are anonymous (E1, E2, ...), so they get
fictitious codes on the way in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from catboost import CatBoostClassifier
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.preprocessing import StandardScaler

from data.ingest.tables import ingest
from data.uscc import fictitious_uscc
from features.invoices.features import INVOICE_FEATURES, INVOICE_PD_SIGNS, invoice_features
from models.quota.portfolio import PortfolioLimit
from models.quota.portfolio import allocate as allocate_portfolio

Floats = npt.NDArray[np.float64]
AS_OF = pd.Timestamp("2020-02-29")  # the last month of the invoices
WINDOW_MONTHS = 36
REPEATS, FOLDS, DRAWS = 10, 5, 400
LGD = 0.40
MIN_QUOTA_WAN, MAX_QUOTA_WAN, BUDGET_WAN = 10.0, 100.0, 10_000.0
PD_CUTOFF, EL_BUDGET_WAN, SALES_SHARE = 0.20, 4.0, 0.25
MODELS = ("ours", "woe_logistic", "lightgbm_default", "catboost_default")


@dataclass(frozen=True)
class Real:
    """Features of every firm, the record of the 123, and what was read, kept and quarantined."""

    features: pd.DataFrame  # index: firm
    default: pd.Series  # index: the 123 firms with a record
    rating: pd.Series  # the bank's own, never a feature
    churn: pd.DataFrame
    counts: dict[str, dict[str, int]]


def read(folder: Path) -> Real:
    """Ingest both invoice tables and measure every firm."""
    firms = pd.read_parquet(folder / "firms.parquet")
    code = {firm: fictitious_uscc(int(firm.removeprefix("E"))) for firm in firms["firm"]}
    kept, counts = [], {}
    for name in ("invoices_rec", "invoices_norec"):
        raw = pd.read_parquet(folder / f"{name}.parquet")
        # An invoice's number is unique only with its code, which the data do not hold; the position makes it so.
        number = (
            raw["invoice_no"].astype(str) + "-" + raw.groupby(["firm", "invoice_no", "kind"]).cumcount().astype(str)
        )
        table = pd.DataFrame(
            {
                "uscc": raw["firm"].map(code),
                "invoice_no": number,
                "issued_on": raw["date"],
                "direction": raw["kind"].map({"in": "purchase", "out": "sale"}),
                "counterparty": raw["partner"],
                "amount_cny": raw["amount"],
                "tax_cny": raw["tax"],
                "valid": raw["valid"],
            }
        )
        result = ingest(table, "invoices", AS_OF)
        kept.append(result.frame)
        counts[name] = dict(result.counts)
    measured = invoice_features(pd.concat(kept, ignore_index=True), AS_OF, WINDOW_MONTHS)
    back = {uscc: firm for firm, uscc in code.items()}
    features = measured.rename(index=back).reindex(firms["firm"])[list(INVOICE_FEATURES)]
    record = firms.loc[firms["default"].notna()].set_index("firm")
    return Real(
        features,
        record["default"].astype(int),
        record["rating"],
        pd.read_parquet(folder / "rate_churn.parquet"),
        counts,
    )


def fit_predict(model: str, x: pd.DataFrame, y: Floats, new: pd.DataFrame, seed: int) -> Floats:
    """Default probability of ``new``, from a model fitted on ``x`` and ``y`` alone."""
    if model == "woe_logistic":
        return _woe_logistic(x, y, new)
    if model == "lightgbm_default":
        return np.asarray(
            lgb.LGBMClassifier(verbosity=-1, num_threads=1, random_state=seed).fit(x, y).predict_proba(new)[:, 1]
        )
    if model == "catboost_default":
        fitted = CatBoostClassifier(verbose=0, thread_count=2, random_seed=seed, allow_writing_files=False).fit(x, y)
        return np.asarray(fitted.predict_proba(new)[:, 1])
    return _ours(x, y, new, seed)


def _ours(x: pd.DataFrame, y: Floats, new: pd.DataFrame, seed: int) -> Floats:
    """Small monotone trees bagged over seeds, with a ridge logistic beside them; equal parts on the log-odds scale.

    With two dozen defaults a prior belongs in the model: signs where economics leaves no doubt, shallow trees, and a
    linear half that does not chase single firms.
    """
    signs = [INVOICE_PD_SIGNS.get(str(name), 0) for name in x]
    settings = {
        "n_estimators": 120,
        "learning_rate": 0.05,
        "num_leaves": 4,
        "min_child_samples": 8,
        "reg_lambda": 5.0,
        "colsample_bytree": 0.4,
        "subsample": 0.8,
        "subsample_freq": 1,
        "monotone_constraints": signs,
        "verbosity": -1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
    }
    trees = np.mean(
        [
            lgb.LGBMClassifier(**settings, random_state=seed * 10 + bag).fit(x, y).predict(new, raw_score=True)
            for bag in range(5)
        ],
        axis=0,
    )
    middle = x.median().fillna(0.0)
    scaler = StandardScaler().fit(x.fillna(middle))
    line = LogisticRegression(C=0.05, max_iter=1_000).fit(scaler.transform(x.fillna(middle)), y)
    straight = line.decision_function(scaler.transform(new.fillna(middle)))
    return np.asarray(1 / (1 + np.exp(-(trees + straight) / 2)))


def _woe_logistic(x: pd.DataFrame, y: Floats, new: pd.DataFrame, bins: int = 4) -> Floats:
    """Weight of evidence on quantile bins, then logistic regression: the classic scorecard."""
    left, right = {}, {}
    for name in x:
        edges = np.unique(np.nanquantile(x[name], np.linspace(0, 1, bins + 1)[1:-1]))
        position = np.where(x[name].isna(), len(edges) + 1, np.searchsorted(edges, x[name]))
        bad = np.bincount(position, weights=y, minlength=len(edges) + 2) + 0.5
        good = np.bincount(position, weights=1 - y, minlength=len(edges) + 2) + 0.5
        woe = np.log(good / good.sum()) - np.log(bad / bad.sum())
        left[name] = woe[position]
        right[name] = woe[np.where(new[name].isna(), len(edges) + 1, np.searchsorted(edges, new[name]))]
    fitted = LogisticRegression(max_iter=1_000).fit(pd.DataFrame(left), y)
    return np.asarray(fitted.predict_proba(pd.DataFrame(right))[:, 1])


def cross_validate(real: Real) -> dict[str, Floats]:
    """Out-of-fold probabilities, shape (REPEATS, 123), by model; one firm is one row, so folds are grouped by firm."""
    x, y = real.features.loc[real.default.index], real.default.to_numpy(dtype=float)
    predicted = {model: np.zeros((REPEATS, len(y))) for model in MODELS}
    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=20)
    for number, (train, test) in enumerate(track(list(folds.split(x, y)), "cross-validation")):
        for model in MODELS:
            predicted[model][number // FOLDS, test] = fit_predict(model, x.iloc[train], y[train], x.iloc[test], 1)
    return predicted


def figures(predicted: Floats, y: Floats) -> dict[str, float]:
    """Mean over repeats of AUC, KS and Brier, each of one repeat's pooled folds."""
    rows = []
    for one in predicted:
        false, true, _ = roc_curve(y, one)
        rows.append((roc_auc_score(y, one), np.max(true - false), brier_score_loss(y, one)))
    return dict(zip(("auc", "ks", "brier"), np.mean(rows, axis=0).tolist(), strict=True))


def compare(predicted: dict[str, Floats], y: Floats) -> dict[str, Any]:
    """Figures with 90 % intervals over resampled firms, and each peer's paired difference from ours."""
    rng = np.random.default_rng(4)
    draws: dict[str, list[dict[str, float]]] = {model: [] for model in MODELS}
    while len(draws["ours"]) < DRAWS:
        rows = rng.integers(0, len(y), len(y))
        if 2 <= y[rows].sum() <= len(y) - 2:
            for model in MODELS:
                draws[model].append(figures(predicted[model][:, rows], y[rows]))
    spread = {model: pd.DataFrame(draws[model]) for model in MODELS}
    answer: dict[str, Any] = {}
    for model in MODELS:
        point = figures(predicted[model], y)
        answer[model] = {
            name: {
                "value": value,
                "low": float(spread[model][name].quantile(0.05)),
                "high": float(spread[model][name].quantile(0.95)),
                "se": float(spread[model][name].std()),
            }
            for name, value in point.items()
        }
        if model != "ours":
            gap = spread["ours"] - spread[model]
            answer[model]["ours_minus_this_auc"] = {
                "value": figures(predicted["ours"], y)["auc"] - point["auc"],
                "low": float(gap["auc"].quantile(0.05)),
                "high": float(gap["auc"].quantile(0.95)),
            }
    return answer


def allocate(real: Real, pd_12m: pd.Series) -> tuple[pd.DataFrame, dict[str, float]]:
    """Rate and quota of every firm without a record, maximising expected profit in the bank's limits.

    The curve of customers lost against the rate is by the bank's rating, which these firms lack: each firm's curve is
    the mixture of the three, weighted by the chance of a rating given its default risk, learned on the rated firms.
    """
    rated = real.rating.isin(["A", "B", "C"])
    odds = pd.DataFrame({"log_odds": np.log(pd_12m / (1 - pd_12m))})
    chance = LogisticRegression(C=1.0).fit(odds.loc[real.rating.index[rated]], real.rating[rated])
    firms = odds.index.difference(real.default.index)
    weight = chance.predict_proba(odds.loc[firms])
    curves = real.churn[[f"churn_{name}" for name in chance.classes_]].to_numpy()
    rates = real.churn["rate"].to_numpy()
    lost = weight @ curves.T
    risk = pd_12m[firms].to_numpy()[:, None]
    profit = (1 - lost) * (rates[None, :] * (1 - risk) - risk * LGD)
    best = profit.argmax(axis=1)
    gain = profit[np.arange(len(firms)), best]
    yearly = np.expm1(real.features.loc[firms, "inv_sales_month_log_wan"].fillna(0).to_numpy()) * 12
    terms = pd.DataFrame(
        {"max_quota": MAX_QUOTA_WAN, "sales": yearly * SALES_SHARE, "expected_loss": EL_BUDGET_WAN / (risk[:, 0] * LGD)}
    )
    cap = terms.min(axis=1).to_numpy()
    allowed = (cap >= MIN_QUOTA_WAN) & (risk[:, 0] <= PD_CUTOFF) & (gain > 0)
    cap = np.where(allowed, cap, 0.0)
    budget = PortfolioLimit("budget", np.ones(len(firms)), BUDGET_WAN)
    predicted = allocate_portfolio(gain[:, None], cap[:, None], [budget], least=MIN_QUOTA_WAN)
    amount = np.round(predicted.amounts, 2)
    why = np.where(risk[:, 0] > PD_CUTOFF, "pd_cutoff", np.where(gain <= 0, "no_margin", terms.idxmin(axis=1)))
    why = np.where(allowed & (amount < cap - 0.01), "budget", why)
    table = pd.DataFrame(
        {
            "firm": firms,
            "pd_12m": risk[:, 0],
            "rate": rates[best],
            "quota_wan": amount,
            "limited_by": why,
            "profit_per_yuan": gain,
        }
    )
    return table, {
        "firms": len(firms),
        "firms_with_quota": int((amount > 0).sum()),
        "total_wan": float(amount.sum()),
        "expected_profit_wan": float(amount @ gain),
        "greedy_profit_wan": predicted.greedy_profit,
        "marginal_profit_of_budget": predicted.prices["budget"],
        "mean_rate": float(np.average(table["rate"], weights=np.maximum(amount, 1e-9))),
    }


def run(folder: Path, out: Path) -> dict[str, Any]:
    """Everything: read, cross-validate, compare, allocate; tables, metrics.json and README.md go beside each other."""
    from experiments.real_invoices_report import write_report

    real = read(folder)
    predicted = cross_validate(real)
    y = real.default.to_numpy(dtype=float)
    full = fit_predict("ours", real.features.loc[real.default.index], y, real.features, 1)
    pd_12m = pd.Series(full, index=real.features.index)
    pd_12m[real.default.index] = predicted["ours"].mean(
        axis=0
    )  # a firm that was fitted on is predicted by the folds that left it out
    pd_12m = pd_12m.clip(0.0005, 0.9995)
    quotas, totals = allocate(real, pd_12m)
    metrics = {
        "firms": len(real.features),
        "firms_with_record": len(y),
        "defaults": int(y.sum()),
        "ingest": real.counts,
        "models": compare(predicted, y),
        "quota": totals,
    }
    out.mkdir(parents=True, exist_ok=True)
    rounded: dict[str, Any] = json.loads(json.dumps(metrics), parse_float=lambda text: round(float(text), 6))
    (out / "metrics.json").write_text(json.dumps(rounded, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    quotas.round(6).to_csv(out / "quotas.csv", index=False)
    pd_12m.rename("pd_12m").round(6).rename_axis("firm").to_csv(out / "pd.csv")
    write_report(rounded, predicted, y, quotas, out)
    return rounded
