"""The three criteria on a small hand-made table of trade, their edges, and what has no data."""

from __future__ import annotations

import pandas as pd
import pytest

from models.chain.import_dependence import (
    PRODUCT_COLUMNS,
    DependenceRule,
    Trade,
    TradeError,
    herfindahl,
    node_dependence,
    product_dependence,
)

YEARS = (2021, 2022, 2023)


def table(party: str | None, rows: list[tuple[object, ...]]) -> pd.DataFrame:
    columns = ["product", "year", *([party] if party else []), "value"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def trade() -> Trade:
    """Chips: nearly all from one country in each year; lenses: concentrated only in 2023; cables: exported more."""
    imports = [("chip", year, "A", 90.0) for year in YEARS] + [("chip", year, "B", 10.0) for year in YEARS]
    imports += [("lens", 2023, "A", 90.0), ("lens", 2023, "B", 10.0)]
    imports += [("lens", year, origin, 50.0 / 3) for year in (2021, 2022) for origin in "ABC"]
    imports += [("cable", year, "A", 10.0) for year in YEARS]
    world = [(product, year, "A", 8.0) for product in ("chip", "lens", "cable") for year in YEARS]
    world += [(product, year, "B", 2.0) for product in ("chip", "lens", "cable") for year in YEARS]
    exports = [("chip", year, 20.0) for year in YEARS] + [("cable", year, 10.0) for year in YEARS]
    return Trade(table("origin", imports), table(None, exports), table("exporter", world))


def test_herfindahl_by_hand(trade):
    found = herfindahl(trade.imports, "origin")
    assert found[("chip", 2023)] == pytest.approx(0.82)
    assert found[("lens", 2021)] == pytest.approx(1 / 3)


def test_the_rule_by_hand(trade):
    products = product_dependence(trade, 2023).set_index("product")
    assert products.reset_index().columns.tolist() == list(PRODUCT_COLUMNS)
    assert products["years_met"].to_dict() == {"cable": 0, "chip": 3, "lens": 1}
    assert products["dependent"].to_dict() == {"cable": False, "chip": True, "lens": False}
    assert products.loc["chip", ["imports_hhi", "world_hhi", "imports_per_export"]].tolist() == pytest.approx(
        [0.82, 0.68, 5.0]
    )


@pytest.mark.parametrize(("value", "dependent"), [(100.0, False), (99.999, True)])
def test_imports_have_to_exceed_exports(trade, value, dependent):
    """Imports of chips are 100 a year: equal exports are no dependence."""
    exports = trade.exports.assign(value=value)
    products = product_dependence(Trade(trade.imports, exports, trade.world_exports), 2023).set_index("product")
    assert products.loc["chip", "dependent"] == dependent


@pytest.mark.parametrize(("threshold", "dependent"), [(0.82, False), (0.8199, True)])
def test_concentration_has_to_exceed_its_threshold(trade, threshold, dependent):
    products = product_dependence(trade, 2023, DependenceRule(imports_hhi=threshold)).set_index("product")
    assert products.loc["chip", "dependent"] == dependent


@pytest.mark.parametrize(("years", "dependent"), [((2022, 2023), True), ((2023,), None), ((2021,), None)])
def test_years_that_are_known_decide_or_there_is_no_data(trade, years, dependent):
    kept = Trade(trade.imports[trade.imports["year"].isin(years)], trade.exports, trade.world_exports)
    row = product_dependence(kept, 2023).set_index("product").loc["chip"]
    assert row["status"] == ("no_data" if dependent is None else "ok")
    assert row["dependent"] is pd.NA if dependent is None else row["dependent"] == dependent


def test_nodes_take_the_products_that_have_a_result(trade):
    nodes = node_dependence(
        product_dependence(trade, 2023), {"parts": ["chip", "lens", "chip"], "services": [], "other": ["999999"]}
    ).set_index("node_id")
    assert nodes.loc["parts", ["products", "dependent", "share", "status"]].tolist() == [2, 1, 0.5, "ok"]
    assert nodes.loc[["services", "other"], "status"].tolist() == ["no_data", "no_data"]
    assert nodes.loc["services", "share"] != 0


def test_without_trade_there_is_no_data():
    nothing = Trade(table("origin", []), table(None, []), table("exporter", []))
    products = product_dependence(nothing, 2023)
    assert products.empty
    assert node_dependence(products, {"parts": ["chip"]})["status"].tolist() == ["no_data"]


@pytest.mark.contract
def test_bad_tables_are_one_error(trade):
    with pytest.raises(TradeError, match="imports: no column origin; allowed: product, year, origin, value"):
        Trade(trade.imports.drop(columns="origin"), trade.exports, trade.world_exports)
    with pytest.raises(TradeError, match="exports: found value -1"):
        Trade(trade.imports, trade.exports.assign(value=-1.0), trade.world_exports)
