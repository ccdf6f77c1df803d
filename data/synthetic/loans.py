"""Loans under the old policy, so that selection bias is real, and the VAT invoices of those who borrowed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.synthetic.cohort import FIRST_YEAR, LAST_YEAR, OBSERVED_UNTIL, Floats, SyntheticParams, stream

Days = npt.NDArray[np.datetime64]

OLD_POLICY = "expert-2015"
APPLY_SHARE, APPROVE_SHARE = 0.28, 0.68
ANSWER_DAYS = 10  # from the application to the grant
ZHEKE_FROM, ZHEKE_SHARE = 2021, 0.2  # of the loans that are no points loans
PURPOSES = {"working_capital": 0.6, "research_and_development": 0.25, "equipment": 0.15}
INVOICE_MONTHS = pd.period_range("2011-07", "2024-05", freq="M")
SALES_PER_MONTH, PURCHASES_PER_MONTH = 1.15, 0.7


def lend(
    firms: pd.DataFrame, states: dict[int, pd.DataFrame], pd_12m: dict[int, Floats], params: SyntheticParams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Loans and applications of every year; banks looked at revenue, margin, tax grade and debt, not at the points.

    Grants fall on all days of the year, those of the last year before OBSERVED_UNTIL. A firm has one loan at a time,
    and none after a default. Principal is due at the end. The default risk of a loan is that of the firm's last year
    end before the grant, a constant hazard over the whole tenor:

        P(default within t months) = 1 - (1 - pd_12m) ** (t / 12)

    A firm that closes before the end settles its loan then, unless it would have defaulted within the twelve months
    after the grant: then it closes with its debts unpaid, and the default is on that day. So the planted probability
    of twelve months holds for every loan, whether its firm closed or not.
    """
    rng = stream(params, "loans")
    eager = rng.normal(0, 1, len(firms))
    free_on = np.full(len(firms), np.datetime64("1949-10-01", "D"))  # the day from which a firm may apply again
    gone_on, closed_on = (firms[name].to_numpy().astype("datetime64[D]") for name in ("gone_on", "closed_on"))
    loans, applications = [], []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        state, who = states[year], states[year].index.to_numpy()
        granted_on = _grant_days(year + 1, len(state), rng)
        applied_on = granted_on - ANSWER_DAYS
        wish = eager[who] + 0.25 * (state["log_revenue"].to_numpy() - 6) + 0.5 * rng.normal(0, 1, len(state))
        may = (free_on[who] <= applied_on) & ~(gone_on[who] <= granted_on)
        applies = np.zeros(len(state), dtype=bool)
        applies[np.argsort(np.where(may, -wish, np.inf), kind="stable")[: round(APPLY_SHARE * len(state))]] = True
        applies &= may
        old_score = (
            0.5 * (state["log_revenue"] - 6.1)
            + 3.0 * state["net_profit_margin"].clip(-0.5, 0.3)
            + 0.45 * (state["tax_credit_grade"] - 2.4)
            - 1.6 * (state["debt_to_asset_ratio"] - 0.5)
            - 0.02 * state["overdue_days_max_24m"]
        ).to_numpy() + 2.6 * rng.normal(0, 1, len(state))
        approved = applies & (old_score >= np.quantile(old_score[applies], 1 - APPROVE_SHARE))
        product = np.full(len(state), "traditional", dtype=object)
        product[(year + 1 >= ZHEKE_FROM) & (rng.random(len(state)) < ZHEKE_SHARE)] = "zheke"
        purpose = rng.choice(list(PURPOSES), len(state), p=list(PURPOSES.values()))
        tenor = rng.choice(list(params.tenor_shares), len(state), p=list(params.tenor_shares.values()))
        requested = np.clip(state["revenue_wan"].to_numpy() * 0.22 * np.exp(rng.normal(0, 0.35, len(state))), 10, 3_000)
        if year == LAST_YEAR:
            chosen = _points_applicants(state, wish, may, params, rng)
            product[chosen], applies[chosen], approved[chosen] = "innovation_points", True, True
            requested[chosen] *= params.points_lent_wan * params.scale / requested[chosen].sum()
        requested = np.maximum(np.round(requested), 5.0)
        ends_on = _months_later(granted_on, tenor)
        hazard = -np.log1p(-pd_12m[year]) / 12  # a month
        defaults_on, ended_on = _outcome(granted_on, ends_on, rng.exponential(1.0, len(state)) / hazard, closed_on[who])
        seen = approved & (defaults_on <= OBSERVED_UNTIL.to_datetime64())
        free_on[who[approved]] = np.where(seen, np.datetime64("2200-01-01"), ended_on)[approved]
        bank = rng.integers(1, 11, len(state))
        shared = {
            "uscc": firms["uscc"].loc[who].to_numpy(),
            "bank_id": [f"bank{code:02d}" for code in bank],
            "product": product,
            "purpose": purpose,
            "tenor_months": tenor.astype(float),
        }
        number = np.arange(len(state))
        applications.append(
            pd.DataFrame(
                {
                    "application_id": [f"A{year + 1}-{position:06d}" for position in number],
                    **shared,
                    "applied_on": applied_on,
                    "requested_wan": requested,
                    "decision": np.where(approved, "approve", "decline"),
                    "granted_wan": np.where(approved, requested, 0.0),
                    "policy": OLD_POLICY,
                }
            ).loc[applies]
        )
        loans.append(
            pd.DataFrame(
                {
                    "loan_id": [f"L{year + 1}-{position:06d}" for position in number],
                    **shared,
                    "granted_on": granted_on,
                    "amount_wan": requested,
                    "annual_rate": np.round(0.0435 + 0.004 * rng.random(len(state)), 4),
                    "defaulted_on": np.where(seen, defaults_on, np.datetime64("NaT")),
                    "loss_wan": np.where(seen, np.round(requested * params.loss_given_default, 2), np.nan),
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


def _grant_days(year: int, n: int, rng: np.random.Generator) -> Days:
    """Days of the year, evenly; the first ones leave time for an application of the same year. Shape (n,)."""
    first = np.datetime64(f"{year}-01-01") + ANSWER_DAYS
    last = min(np.datetime64(f"{year}-12-31"), OBSERVED_UNTIL.to_datetime64().astype("datetime64[D]"))
    return np.asarray(first + rng.integers(0, int((last - first).astype(int)) + 1, n))


def _months_later(day: Days, months: npt.NDArray[np.int64]) -> Days:
    """The same day so many months later, or the last one of a shorter month. Shape (n,)."""
    start = pd.Series(day.astype("datetime64[us]"))
    later = pd.Series(pd.NaT, index=start.index, dtype="datetime64[us]")
    for count in np.unique(months):
        later[months == count] = start[months == count] + pd.DateOffset(months=int(count))
    return np.asarray(later.to_numpy().astype("datetime64[D]"))


def _outcome(granted_on: Days, ends_on: Days, months: Floats, closed_on: Days) -> tuple[Days, Days]:
    """The day of default, NaT where none, and the day on which the loan is over; shape (n,).

    months : from the grant to the default that is planted, beyond the tenor in most cases
    """
    year_on = _months_later(granted_on, np.full(len(granted_on), 12))
    within = ends_on - granted_on
    spread = (year_on - granted_on).astype(int) / 12  # days a month, so that month 12 ends with the year
    planted = granted_on + np.ceil(np.minimum(months, 1_000) * spread).astype(int)
    closes = closed_on < np.minimum(planted, ends_on)  # NaT is never less
    unpaid = closes & (planted <= np.minimum(year_on, ends_on))
    defaults = np.where(unpaid, closed_on, planted)
    happens = unpaid | (~closes & (planted - granted_on <= within))
    never = np.datetime64("NaT", "D")
    day = np.where(happens, defaults, never)
    return day, np.where(happens, day, np.where(closes, closed_on, ends_on))


def _points_applicants(
    state: pd.DataFrame, wish: Floats, may: npt.NDArray[np.bool_], params: SyntheticParams, rng: np.random.Generator
) -> np.ndarray:
    """Firms with a good planted score and a wish to borrow come first to the points loan."""
    count = max(round(params.points_applicants * params.scale), 1)
    appeal = state["score"].to_numpy() + 0.5 * wish + rng.normal(0, 1, len(state))
    eligible = may & (state["revenue_wan"].to_numpy() > 100) & (state["overdue_days_max_24m"].to_numpy() == 0)
    return np.argsort(np.where(eligible, -appeal, np.inf), kind="stable")[:count]


def make_invoices(
    firms: pd.DataFrame, states: dict[int, pd.DataFrame], borrowers: set[str], params: SyntheticParams
) -> pd.DataFrame:
    """Sales and purchase invoices of borrowers; their level, gaps, voids and concentration follow planted traits."""
    rng = stream(params, "invoices")
    who = firms.loc[firms["uscc"].isin(borrowers)]
    revenue = np.full((len(who), len(INVOICE_MONTHS)), np.nan)
    for position, period in enumerate(INVOICE_MONTHS):
        revenue[:, position] = states[min(period.year, LAST_YEAR)]["revenue_wan"].reindex(who.index).to_numpy() / 12
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
