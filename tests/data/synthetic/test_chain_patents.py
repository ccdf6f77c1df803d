"""Synthetic patents: numbers of a known form that no office has issued, days in order, growth where it is planted."""

from __future__ import annotations

import pandas as pd
import pytest

from data.chain.chain_file import load_chains
from data.chain.patent_numbers import parse_application_number, parse_publication_number
from data.codebook import reference_path
from data.synthetic.chain_params import SyntheticChainParams
from data.synthetic.chain_patents import make_patents
from data.synthetic.cohort import OBSERVED_UNTIL

pytestmark = pytest.mark.truth
CHAINS = load_chains(reference_path("chains"))


@pytest.fixture(scope="module")
def patents():
    chain = CHAINS["iot"]
    firms = pd.DataFrame(
        {"firm_id": ["a", "b", "c"], "chain_id": "iot", "founded": pd.Timestamp("2012-05-01").as_unit("us")}
    )
    placed = [[chain.node("rfid")], [chain.node("mcu")], []]
    return make_patents(firms, placed, {("iot", "mcu"): "growth"}, CHAINS, SyntheticChainParams(n_patents=800))


def test_numbers_have_known_forms_and_nobody_has_issued_them(patents):
    for number in patents["publication_number"]:
        found = parse_publication_number(number)
        assert str(found) == number
        assert "9" in (found.serial[0], found.serial[4])
    assert patents["publication_number"].is_unique
    for number in patents["application_number"].dropna():
        assert parse_application_number(number).serial.startswith("9")
    assert patents["application_number"].isna().mean() < 0.15


def test_days_are_in_order_and_not_before_the_firm(patents):
    assert (patents["application_date"] > "2012-05-01").all()
    assert (patents["publication_date"] > patents["application_date"]).all()
    assert patents["publication_date"].max() <= OBSERVED_UNTIL


def test_a_growing_node_has_most_of_its_patents_late(patents):
    late = patents["application_date"] > "2021-02-28"
    share = late.groupby(patents["node_id"]).mean()
    assert share["mcu"] > 0.6
    assert share["rfid"] < 0.35


def test_applicants_are_firms_on_a_node_and_inventors_pseudonyms(patents):
    assert set(patents["applicant_ids"].str.split(";").explode()) == {"a", "b"}
    assert patents["inventor_keys"].str.fullmatch(r"p\d{7}(?:;p\d{7})*").all()
