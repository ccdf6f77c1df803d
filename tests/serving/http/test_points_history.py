"""Points of former days over HTTP: an enterprise's own, every firm of the snapshot for the officer."""

from __future__ import annotations

import pandas as pd
import pytest

from data.uscc import fictitious_uscc
from features.former_days import FOLDER
from serving.contract.points_answers import PointsHistoryAnswer

pytestmark = pytest.mark.contract


def path(uscc):
    return f"/v1/points/{uscc}/history"


def test_a_firm_reads_its_own_history_and_no_other(shop):
    """The service's own answer with its type; another's, nobody's and nonsense are refused alike."""
    own, other = shop.codes[:2]
    key = shop.key(own, "enterprise")
    answer = shop.client.get(path(own), headers=key)
    assert answer.json() == shop.worker.service.history.of(own)
    found = PointsHistoryAnswer.model_validate_json(answer.content)
    assert [f"{day:%Y-%m-%d}" for day in found.release_days] == ["2021-06-30", "2022-06-30", "2023-06-30", "2024-06-30"]
    assert {one.as_of for one in found.days} <= set(found.release_days)
    refused = [shop.client.get(path(one), headers=key) for one in (other, fictitious_uscc(99), "nothing")]
    assert {(one.status_code, one.json()["type"]) for one in refused} == {(404, "/problems/unknown-enterprise")}
    assert len({str(one.json()["faults"][0]["allowed"]) for one in refused}) == 1


def test_the_officer_reads_every_firm_of_the_snapshot_and_none_that_closed(shop, trained):
    """A firm that was on the register on a former day and is gone is not found, though ranks of that day count it."""
    key = shop.key("zone-office", "zone_officer", holder="zhao")
    former = pd.read_parquet(trained.folder / "snapshot" / FOLDER / "cases.parquet")
    gone = sorted(set(former["uscc"]) - set(shop.codes))
    assert gone
    assert shop.client.get(path(shop.codes[1]), headers=key).json()["uscc"] == shop.codes[1]
    assert shop.client.get(path(gone[0]), headers=key).status_code == 404
