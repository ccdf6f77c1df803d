"""Simulated declarations: which firm declares what, through which agent, where, how and when."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.synthetic.clearance_params import SyntheticClearanceParams
from data.synthetic.clearance_world import (
    AFTER,
    AIR,
    AIR_GROWTH,
    AS_OF,
    BEFORE,
    COUNTRIES,
    E_COMMERCE,
    EXPORT,
    FIRST_DAY,
    HOLIDAY_VOLUME,
    HOUR_VOLUME,
    IMPORT,
    KINDS,
    OFFICES,
    PORTS,
    RAIL,
    ROAD,
    SEA,
    WEEKDAY_VOLUME,
    goods,
    local_days,
    on_holiday,
    seconds,
    weekday,
)
from data.synthetic.cohort import Floats, Ints, stream
from data.uscc import fictitious_uscc

TRADING = {  # weight of a firm by its industry, under E_COMMERCE and under other modes
    "digital_security": (0.5, 3.0),
    "life_health": (0.5, 2.0),
    "iot": (0.7, 2.0),
    "software": (0.2, 0.3),
    "ecommerce": (8.0, 1.0),
    "materials": (0.3, 2.0),
    "services": (0.3, 0.2),
}
FIRST_AGENT = 90_000_001  # number of the first agent's fictitious USCC
RULE_ERRORS = ("net_above_gross", "total_not_product", "unknown_hs", "wrong_first_unit")
CURRENCY_SHARES = {"own": 0.35, "CNY": 0.22}  # of the country, of China; the rest in USD


def firms_of(enterprises: pd.DataFrame, params: SyntheticClearanceParams) -> pd.DataFrame:
    """The firms that trade: uscc, name, agent (their usual one), weight, weight_e_commerce, goods they deal in.

    enterprises : uscc, name, industry and, where known, closed_on and left_on; those that are gone do not trade
    """
    rng = stream(params, "clearance-firms")
    gone = [enterprises[name].notna() for name in ("closed_on", "left_on") if name in enterprises]
    here = enterprises.loc[~np.logical_or.reduce(gone)] if gone else enterprises
    weights = np.array([TRADING.get(one, (0.2, 0.2)) for one in here["industry"]])
    n = min(params.n_firms, len(here))
    picked = np.sort(rng.choice(len(here), n, replace=False, p=weights.sum(1) / weights.sum()))
    size = (1.0 + rng.permutation(n)) ** -0.6
    kinds, liked = goods(), []
    for direction in (EXPORT, IMPORT):
        weight = kinds["weight"].to_numpy(float) * kinds["direction"].isin([direction, "both"]).to_numpy()
        liked.append([rng.choice(len(kinds), 3, replace=False, p=weight / weight.sum()).tolist() for _ in range(n)])
    return pd.DataFrame(
        {
            "uscc": here["uscc"].to_numpy()[picked],
            "name": here["name"].to_numpy()[picked],
            "agent": rng.integers(params.n_agents, size=n),
            "weight": size * weights[picked, 1],
            "weight_e_commerce": size * weights[picked, 0],
            EXPORT: liked[0],
            IMPORT: liked[1],
        }
    )


def year_counts(n: int) -> pd.DataFrame:
    """Declarations by kind and year: direction, supervision_mode, year, n; growth holds up to one declaration."""
    half = 0.48  # of a year, up to the as-of day
    parts = [(*kind, year, share * growth ** (year >= AFTER) * (half if year > AFTER else 1.0))
             for kind, (share, growth) in KINDS.items() for year in (BEFORE, AFTER, AFTER + 1)]  # fmt: skip
    table = pd.DataFrame(parts, columns=["direction", "supervision_mode", "year", "weight"])
    exact = table["weight"] / table["weight"].sum() * n
    whole = np.floor(exact).astype(int)
    whole.loc[(whole - exact).nsmallest(n - int(whole.sum())).index] += 1
    return table.assign(n=whole).drop(columns="weight")


def plan_declarations(firms: pd.DataFrame, params: SyntheticClearanceParams) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Declarations in the order of their instants, and their goods lines.

    declarations : number (from 0), direction, supervision_mode, office, transport, entry_port, port, country, currency,
        firm (row of ``firms``), agent, declared (seconds UTC), inspected, rule_error ("" for none), n_goods, net_kg,
        gross_kg, n_packages, amount_total
    lines : number, line (from 1), good (row of ``goods``), quantity, price, total, net_kg
    """
    rng = stream(params, "clearance-plan")
    counts = year_counts(params.n_declarations)
    table = counts.loc[np.repeat(counts.index, counts["n"])].drop(columns="n").reset_index(drop=True)
    table["declared"] = _instants(table["year"].to_numpy(), rng)
    table = table.sort_values("declared", kind="stable", ignore_index=True)
    n = len(table)
    online = table["supervision_mode"].isin(E_COMMERCE).to_numpy()
    export = (table["direction"] == EXPORT).to_numpy()
    table.insert(0, "number", np.arange(n))
    table["office"] = _offices(online, rng)
    table["transport"] = _transports(table, rng)
    table["entry_port"], table["port"] = _ports(table["transport"].to_numpy(), rng)
    table["country"], table["currency"] = _countries(export, rng)
    table["firm"] = np.where(online, _drawn(firms["weight_e_commerce"], n, rng), _drawn(firms["weight"], n, rng))
    own = firms["agent"].to_numpy()[table["firm"]]
    table["agent"] = np.where(rng.random(n) < 0.85, own, rng.integers(params.n_agents, size=n))
    share = params.inspected_share * np.where(export, 1.0, 1.5)
    table["inspected"] = rng.random(n) < share
    errors = rng.choice(RULE_ERRORS, n).astype(object)
    table["rule_error"] = np.where(rng.random(n) < params.rule_error_share, errors, "")
    lines = _lines(table, firms, rng)
    by_number = lines.groupby("number")
    sums = by_number.agg(n_goods=("line", "size"), net_kg=("net_kg", "sum"), amount_total=("total", "sum"))
    table = table.join(sums, on="number")
    table["net_kg"] = table["net_kg"].round(2)
    table["gross_kg"] = np.ceil(table["net_kg"] * rng.uniform(1.04, 1.18, n) * 10) / 10
    table["n_packages"] = np.maximum(1, np.rint(table["gross_kg"] / rng.uniform(8, 22, n))).astype(int)
    table["amount_total"] = table["amount_total"].round(2)
    return table.drop(columns="year"), lines


def agents_of(params: SyntheticClearanceParams) -> pd.DataFrame:
    """The made-up customs agents: uscc, name, customs_code."""
    numbers = range(params.n_agents)
    return pd.DataFrame(
        {
            "uscc": [fictitious_uscc(FIRST_AGENT + one) for one in numbers],
            "name": [f"合成报关行{one + 1:02d}" for one in numbers],
            "customs_code": [f"330198{one:04d}" for one in numbers],
        }
    )


def _instants(years: Ints, rng: np.random.Generator) -> Ints:
    """Seconds UTC: a day of the year by its volume, then an hour of that day's clock by its volume."""
    days = np.arange(*(local_days(np.array([seconds(one)]))[0] for one in (FIRST_DAY, AS_OF)))
    volume = np.array(WEEKDAY_VOLUME)[weekday(days)] * np.where(on_holiday(days), HOLIDAY_VOLUME, 1.0)
    of_year = days.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    day = np.empty(len(years), dtype=np.int64)
    for year in np.unique(years):
        chosen, there = years == year, of_year == year
        day[chosen] = rng.choice(days[there], int(chosen.sum()), p=volume[there] / volume[there].sum())
    hours = np.array(HOUR_VOLUME, dtype=float)
    hour = rng.choice(24, len(years), p=hours / hours.sum())
    return np.asarray(day * 86400 + hour * 3600 + rng.integers(3600, size=len(years)) - 8 * 3600)


def _drawn(weights: pd.Series, n: int, rng: np.random.Generator) -> Ints:
    part = weights.to_numpy(float)
    return rng.choice(len(part), n, p=part / part.sum())


def _offices(online: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], rng: np.random.Generator) -> np.ndarray:
    names = list(OFFICES)
    shares = np.array([one[:2] for one in OFFICES.values()]).T
    shares = shares / shares.sum(axis=1, keepdims=True)
    drawn = [rng.choice(names, len(online), p=part) for part in shares]
    return np.where(online, drawn[1], drawn[0]).astype(object)


def _transports(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """By the office's shares; the odds of AIR are AIR_GROWTH times as high from AFTER on, where there is a choice."""
    kinds = [SEA, AIR, ROAD, RAIL]
    shares = np.array([OFFICES[one][2] for one in table["office"]])
    shares[:, 1] *= np.where((table["year"] >= AFTER) & (shares[:, 1] < 1), AIR_GROWTH, 1.0)
    edges = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    edges[:, -1] = 1.0
    drawn: np.ndarray = np.array(kinds, dtype=object)[(rng.random((len(table), 1)) >= edges).sum(axis=1)]
    return drawn


def _ports(transport: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    office, port = (np.empty(len(transport), dtype=object) for _ in range(2))
    for kind, ports in PORTS.items():
        rows = np.flatnonzero(transport == kind)
        drawn = rng.choice(len(ports), len(rows), p=[one[2] for one in ports])
        office[rows] = [ports[one][0] for one in drawn]
        port[rows] = [ports[one][1] for one in drawn]
    return office, port


def _countries(export: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    names = list(COUNTRIES)
    shares = np.array([one[:2] for one in COUNTRIES.values()]).T
    out, back = (rng.choice(names, len(export), p=part / part.sum()) for part in shares)
    country = np.where(export, out, back).astype(object)
    own = np.array([COUNTRIES[one][2] or "USD" for one in country], dtype=object)
    draw = rng.random(len(export))
    first, second = CURRENCY_SHARES["own"], sum(CURRENCY_SHARES.values())
    return country, np.where(draw < first, own, np.where(draw < second, "CNY", "USD")).astype(object)


def _lines(table: pd.DataFrame, firms: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Goods lines: of the three goods that the firm deals in, without repetition."""
    kinds, n = goods(), len(table)
    count = rng.choice([1, 2, 3], n, p=[0.55, 0.3, 0.15])
    number = np.repeat(np.arange(n), count)
    line = np.concatenate([np.arange(1, one + 1) for one in count])
    liked = np.array([firms[one].tolist() for one in (EXPORT, IMPORT)])
    imported = (table["direction"] == IMPORT).astype(int).to_numpy()
    good = liked[imported[number], table["firm"].to_numpy()[number], line - 1]
    online = table["supervision_mode"].isin(E_COMMERCE).to_numpy()[number]
    usd = np.exp(rng.normal(np.where(online, 8.3, 9.6), 0.9))
    per_usd = {"JPY": 140.0, "CNY": 7.0, "HKD": 7.8, "EUR": 0.93, "GBP": 0.8}  # invented prices, no exchange rates
    unit = kinds["price_usd"].to_numpy()[good] * np.exp(rng.normal(0, 0.15, len(good)))
    price = np.round(unit * np.array([per_usd.get(one, 1.0) for one in table["currency"]])[number], 2)
    price = np.maximum(price, 0.01)
    quantity: Floats = np.maximum(1, np.rint(usd / unit))
    net = np.round(quantity * kinds["kg_per_unit"].to_numpy()[good], 2)
    return pd.DataFrame(
        {
            "number": number,
            "line": line,
            "good": good,
            "quantity": quantity,
            "price": price,
            "total": np.round(price * quantity, 2),
            "net_kg": np.maximum(net, 0.01),
        }
    )
