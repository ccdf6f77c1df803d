"""Loans under the old policy, so that selection bias is real, and the VAT invoices of those who borrowed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.synthetic_cohort import FIRST_YEAR, LAST_YEAR, OBSERVED_UNTIL, Floats, SyntheticParams, stream

OLD_POLICY = "expert-2015"
GRANT_MONTH_DAY = "06-15"  # after the tax figures of the year before are known
APPLY_SHARE, APPROVE_SHARE = 0.3, 0.68
INVOICE_MONTHS = pd.period_range("2014-07", "2024-05", freq="M")
SALES_PER_MONTH, PURCHASES_PER_MONTH = 1.15, 0.7


def lend(
    firms: pd.DataFrame, states: dict[int, pd.DataFrame], pd_12m: dict[int, Floats], params: SyntheticParams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Loans and applications of every year; banks looked at revenue, margin, tax grade and debt, not at the points."""
    rng = stream(params, "loans")
    eager = rng.normal(0, 1, len(firms))
    loans, applications = [], []
    barred: set[int] = set()
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        state = states[year]
        granted_on = pd.Timestamp(f"{year + 1}-{GRANT_MONTH_DAY}")
        wish = eager[state.index] + 0.25 * (state["log_revenue"].to_numpy() - 6) + 0.5 * rng.normal(0, 1, len(state))
        applies = wish >= np.quantile(wish, 1 - APPLY_SHARE)
        applies &= ~state.index.isin(barred)
        old_score = (
            0.5 * (state["log_revenue"] - 6.1)
            + 3.0 * state["net_profit_margin"].clip(-0.5, 0.3)
            + 0.45 * (state["tax_credit_grade"] - 2.4)
            - 1.6 * (state["debt_to_asset_ratio"] - 0.5)
            - 0.02 * state["overdue_days_max_24m"]
        ).to_numpy() + 2.6 * rng.normal(0, 1, len(state))
        approved = applies & (old_score >= np.quantile(old_score[applies], 1 - APPROVE_SHARE))
        product = np.full(len(state), "traditional", dtype=object)
        asked = np.clip(state["revenue_wan"].to_numpy() * 0.22 * np.exp(rng.normal(0, 0.35, len(state))), 10, 3_000)
        if year == LAST_YEAR:
            chosen = _points_applicants(state, wish, params, rng)
            product[chosen], applies[chosen], approved[chosen] = "innovation_points", True, True
            asked[chosen] *= params.points_lent_wan * params.scale / asked[chosen].sum()
        asked = np.maximum(np.round(asked), 5.0)
        default = rng.random(len(state)) < pd_12m[year]
        day = granted_on + pd.to_timedelta(rng.integers(100, 360, len(state)), unit="D")
        seen = approved & default & (day <= OBSERVED_UNTIL)
        barred |= set(state.index[seen])
        uscc, bank = firms["uscc"].loc[state.index].to_numpy(), rng.integers(1, 11, len(state))
        number = np.arange(len(state))
        applications.append(
            pd.DataFrame(
                {
                    "application_id": [f"A{year + 1}-{place:06d}" for place in number],
                    "uscc": uscc,
                    "bank_id": [f"bank{code:02d}" for code in bank],
                    "product": product,
                    "applied_on": granted_on - pd.Timedelta(days=10),
                    "requested_wan": asked,
                    "decision": np.where(approved, "approve", "decline"),
                    "granted_wan": np.where(approved, asked, 0.0),
                    "policy": OLD_POLICY,
                }
            ).loc[applies]
        )
        loans.append(
            pd.DataFrame(
                {
                    "loan_id": [f"L{year + 1}-{place:06d}" for place in number],
                    "uscc": uscc,
                    "bank_id": [f"bank{code:02d}" for code in bank],
                    "product": product,
                    "granted_on": granted_on,
                    "amount_wan": asked,
                    "annual_rate": np.round(0.0435 + 0.004 * rng.random(len(state)), 4),
                    "tenor_months": 12.0,
                    "defaulted_on": pd.Series(day).where(seen).to_numpy(),
                    "loss_wan": np.where(seen, np.round(asked * params.loss_given_default, 2), np.nan),
                }
            ).loc[approved]
        )
    tables = []
    for parts, days in ((loans, ("granted_on", "defaulted_on")), (applications, ("applied_on",))):
        table = pd.concat(parts, ignore_index=True)
        for name in days:
            table[name] = table[name].astype("datetime64[us]")
        tables.append(table)
    return tables[0], tables[1]


def _points_applicants(
    state: pd.DataFrame, wish: Floats, params: SyntheticParams, rng: np.random.Generator
) -> np.ndarray:
    """Firms with a good planted score and a wish to borrow come first to the points loan."""
    count = max(round(params.points_applicants * params.scale), 1)
    appeal = state["score"].to_numpy() + 0.5 * wish + rng.normal(0, 1, len(state))
    eligible = (state["revenue_wan"].to_numpy() > 100) & (state["overdue_days_max_24m"].to_numpy() == 0)
    return np.argsort(np.where(eligible, -appeal, np.inf), kind="stable")[:count]


def make_invoices(
    firms: pd.DataFrame, states: dict[int, pd.DataFrame], borrowers: set[str], params: SyntheticParams
) -> pd.DataFrame:
    """Sales and purchase invoices of borrowers; their level, gaps, voids and concentration follow planted traits."""
    rng = stream(params, "invoices")
    who = firms.loc[firms["uscc"].isin(borrowers)]
    revenue = np.full((len(who), len(INVOICE_MONTHS)), np.nan)
    for place, period in enumerate(INVOICE_MONTHS):
        revenue[:, place] = states[min(period.year, LAST_YEAR)]["revenue_wan"].reindex(who.index).to_numpy() / 12
    traits = {name: who[f"{name}_trait"].to_numpy() for name in ("volatility", "gap", "concentration", "void")}
    parts = []
    for direction, mean_count in (("sale", SALES_PER_MONTH), ("purchase", PURCHASES_PER_MONTH)):
        count = (
            1 + rng.poisson(mean_count - 0.9, revenue.shape)
            if direction == "sale"
            else rng.poisson(mean_count, revenue.shape)
        )
        silent = rng.random(revenue.shape) < 1 / (1 + np.exp(2.6 - 0.9 * traits["gap"]))[:, None]
        count = np.where(silent | np.isnan(revenue), 0, count)
        noise = np.exp((0.35 + 0.12 * traits["volatility"]).clip(0.05)[:, None] * rng.normal(0, 1, revenue.shape))
        firm, month = (
            np.repeat(np.indices(count.shape)[0].ravel(), count.ravel()),
            np.repeat(np.indices(count.shape)[1].ravel(), count.ravel()),
        )
        share = 1.0 if direction == "sale" else 0.62
        amount = np.nan_to_num(revenue * noise * share)[firm, month] / np.maximum(count[firm, month], 1)
        amount = np.round(amount * 10_000 * np.exp(0.3 * rng.normal(0, 1, len(firm))), 2)
        red = rng.random(len(firm)) < 0.02 / (1 + np.exp(-traits["void"][firm]))
        skew = np.exp(0.55 * traits["concentration"][firm])
        partner = np.floor(12 * rng.random(len(firm)) ** (1 + skew)).astype(int)
        day = pd.DatetimeIndex([one.to_timestamp() for one in INVOICE_MONTHS])[month] + pd.to_timedelta(
            rng.integers(0, 28, len(firm)), unit="D"
        )
        signed = np.where(red, -0.6 * amount, amount)
        parts.append(
            pd.DataFrame(
                {
                    "uscc": who["uscc"].to_numpy()[firm],
                    "invoice_no": [f"{direction[0].upper()}{number:08d}" for number in range(len(firm))],
                    "issued_on": day,
                    "direction": direction,
                    "counterparty": np.char.add("P", partner.astype(str)),
                    "amount_cny": signed,
                    "tax_cny": np.round(signed * 0.06, 2),
                    "valid": rng.random(len(firm)) >= 1 / (1 + np.exp(2.7 - 0.6 * traits["void"][firm])),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    return table.assign(
        issued_on=table["issued_on"].astype("datetime64[us]"), counterparty=table["counterparty"].astype(str)
    )
