"""Two people for every change, and what is in force on a day, by hand."""

from __future__ import annotations

from datetime import date

import pytest

from serving.auth.access import Caller
from serving.contract.refusals import Refusal
from serving.ledger.chain import Draft
from serving.releases.releases import (
    ACTIVATED,
    EVERYBODY,
    activation,
    body_of,
    bootstrap,
    in_force,
    is_bootstrap,
    proposal,
    release_id,
)

pytestmark = pytest.mark.law
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def person(holder, caller="ops"):
    return Caller(caller, "operator", holder, "0" * 8, frozenset({"release"}))


def propose(ledger, version, owner="bank-a", body=None):
    ledger.append([proposal("policy", owner, version, body or {"v": version}, person("wang"), "why")])
    return release_id("policy", owner, version)


def activate(ledger, version, day, owner="bank-a"):
    done = activation(ledger, release_id("policy", owner, version), person("li"), day, "why")
    assert isinstance(done, Draft)
    ledger.append([done])


@pytest.mark.parametrize("holder", ["wang", " WANG ", "ｗａｎｇ"])
def test_nobody_activates_what_they_proposed(sqlite_ledger, holder):
    """One name is one person, however it is written and whatever the caller."""
    subject = propose(sqlite_ledger, "v1")
    with pytest.raises(Refusal) as found:
        activation(sqlite_ledger, subject, person(holder, "other"), JUNE, "why")
    assert found.value.key == "four-eyes"
    assert found.value.faults[0].allowed == ("由 wang 以外的人启用", "anybody but wang")


def test_what_nobody_proposed_or_no_person_signs_is_refused(sqlite_ledger):
    """An unknown release, a name that is the program's own, and a kind that there is not."""
    with pytest.raises(Refusal) as found:
        activation(sqlite_ledger, "policy:bank-a:v1", person("li"), JUNE, "why")
    assert found.value.key == "not-found"
    with pytest.raises(Refusal) as found:
        proposal("policy", "bank-a", "v1", {}, person("set-up"), "why")
    assert found.value.key == "four-eyes"
    with pytest.raises(ValueError, match="what is 'rate'; allowed"):
        release_id("rate", "bank-a", "v1")


def test_the_latest_effective_day_counts_and_the_banks_own_before_everybodys(sqlite_ledger):
    """v1 from June, v2 from July, recorded the other way round; everybody's from May."""
    for version, owner, day in (("v2", "bank-a", JULY), ("v1", "bank-a", JUNE), ("all", EVERYBODY, MAY)):
        propose(sqlite_ledger, version, owner)
        activate(sqlite_ledger, version, day, owner)
    days = (date(2026, 4, 30), MAY, date(2026, 5, 31), JUNE, date(2026, 6, 30), JULY)
    found = [in_force(sqlite_ledger, "policy", "bank-a", day) for day in days]
    assert [one and one.version for one in found] == [None, "all", "all", "v1", "v1", "v2"]
    assert in_force(sqlite_ledger, "policy", "bank-b", JULY).version == "all"
    assert in_force(sqlite_ledger, "model", "bank-a", JULY) is None
    assert (found[-1].proposed_by, found[-1].activated_by, found[-1].bootstrap) == ("wang", "li", False)


def test_what_is_in_force_already_is_not_activated_again(sqlite_ledger):
    """The earlier record; back to an older version is a record of its own."""
    propose(sqlite_ledger, "v1")
    propose(sqlite_ledger, "v2")
    activate(sqlite_ledger, "v1", MAY)
    again = activation(sqlite_ledger, "policy:bank-a:v1", person("zhao"), JUNE, "why")
    assert again.content["effective_from"] == "2026-05-01"
    activate(sqlite_ledger, "v2", JUNE)
    activate(sqlite_ledger, "v1", JULY)
    assert in_force(sqlite_ledger, "policy", "bank-a", JULY).version == "v1"


def test_a_first_release_says_that_nobody_reviewed_it(sqlite_ledger):
    """Once; a second one of the same version is in force already."""
    sqlite_ledger.append(bootstrap(sqlite_ledger, "policy", EVERYBODY, "v1", {"v": 1}, MAY))
    assert in_force(sqlite_ledger, "policy", "bank-a", MAY).bootstrap
    assert body_of(sqlite_ledger, "policy", "bank-a", "v1") == {"v": 1}
    assert body_of(sqlite_ledger, "policy", "bank-a", "v2") is None
    with pytest.raises(ValueError, match="is in force already"):
        bootstrap(sqlite_ledger, "policy", EVERYBODY, "v1", {"v": 1}, MAY)


def test_a_first_release_that_a_person_brings_back_is_none_any_more(sqlite_ledger):
    """v1 from the set-up in May, v2 in June, v1 by li again in July; so does a record that kept the set-up's mark."""
    sqlite_ledger.append(bootstrap(sqlite_ledger, "policy", "bank-a", "v1", {"v": 1}, MAY))
    propose(sqlite_ledger, "v2")
    activate(sqlite_ledger, "v2", JUNE)
    activate(sqlite_ledger, "v1", JULY)
    found = [in_force(sqlite_ledger, "policy", "bank-a", day) for day in (MAY, JUNE, JULY)]
    assert [(one.version, one.activated_by, one.bootstrap) for one in found] == [
        ("v1", "set-up", True), ("v2", "li", False), ("v1", "li", False),
    ]  # fmt: skip
    last = list(sqlite_ledger.scan(ACTIVATED))[-1].content
    assert "bootstrap" not in last
    assert not is_bootstrap({**last, "bootstrap": True})
