"""One firm on the ladder: facts of the snapshot and of placements, rules of a day, versions replayed."""

from __future__ import annotations

from datetime import date

import pytest

from serving.contract.refusals import Refusal
from serving.ladder.service import LadderService
from tests.serving.chain.planted import load_chain_files, write_chain_release


@pytest.fixture(scope="module")
def packed(service, tmp_path_factory):
    release = write_chain_release(tmp_path_factory.mktemp("chain") / "release", list(service.snapshot.cases))
    return load_chain_files(release / "chain", release / "params.yaml")


@pytest.fixture
def ladder(service):
    return LadderService(service.snapshot, lambda: None, "r" * 16)


def test_each_clause_has_value_threshold_source_and_confidence(service, ladder):
    answer = ladder.firm(next(iter(service.snapshot.cases)), date(2024, 6, 30), None, "hnte", None)
    (rule,) = answer["rules"]
    assert rule["overall"] in {"met", "not_met", "unknown"}
    assert all(clause["confidence"] and clause["zh"] and clause["en"] for clause in rule["clauses"])
    assert answer["versions"]["release"] == "r" * 16


def test_an_old_version_is_replayed_on_todays_firm(service, ladder):
    firm, day = next(iter(service.snapshot.cases)), date(2024, 6, 30)
    versions = [rule.version for rule in ladder.book.versions("star")]
    found = [ladder.firm(firm, day, None, "star", version)["rules"][0]["version"] for version in versions]
    assert found == versions
    assert len(versions) == 3


def test_a_placement_feeds_the_strategic_product(service, packed):
    """The operator's node is 7272, which the classification holds in part at most; cameras are 3939."""
    with_chains = LadderService(service.snapshot, lambda: packed, "r" * 16)
    cases = list(service.snapshot.cases.values())
    known = [with_chains.facts_of(case).known("strategic_product")[0] for case in cases[:3]]
    assert known == [True, False, False] or not any(known)


def test_an_unknown_firm_or_rule_is_refused(service, ladder):
    with pytest.raises(Refusal) as refusal:
        ladder.firm("nothing", None, None, None, None)
    assert refusal.value.key == "unknown-enterprise"
    firm, early = next(iter(service.snapshot.cases)), date(1900, 1, 1)
    for query, where in (
        ((None, None, "nothing", None), "tier"),
        ((None, "nowhere", None, None), "region"),  # not the whole country's rules under another name
        ((None, None, "gazelle", None), "region"),
        ((early, None, None, None), "on"),
        ((early, None, "hnte", None), "on"),
        ((None, None, None, "2024"), "version"),
        ((None, None, "star", "9"), "version"),
    ):
        with pytest.raises(Refusal) as refusal:
            ladder.firm(firm, *query)
        assert (refusal.value.key, [fault.where for fault in refusal.value.faults]) == ("not-found", [where])
