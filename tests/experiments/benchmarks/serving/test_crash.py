"""What was acknowledged is recorded once and for good, whatever happens to process, database or disk.

These are short runs of the campaigns of ``python -m experiments bench serving``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from experiments.benchmarks.serving.crash import (
    Book,
    SmallDisk,
    audit,
    full_disk_campaign,
    is_clean,
    kill_campaign,
    postgres_restart_campaign,
)
from experiments.benchmarks.serving.postgres import PostgresServer
from experiments.benchmarks.serving.process import Keeper
from experiments.benchmarks.serving.world import World
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Draft, Ledger, canonical_json

pytestmark = pytest.mark.law
PARAMS = Path("params.yaml")


@pytest.fixture(scope="module")
def keeper(trained: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeper]:
    """A process that holds the models and forks a service at each start."""
    with Keeper(trained.folder, PARAMS, tmp_path_factory.mktemp("keeper") / "log") as held:
        yield held


def test_kill_9_under_load_loses_nothing(ledger_url: str, keeper: Keeper, trained: SimpleNamespace) -> None:
    """After three kills every acknowledged decision occurs once, repeats give the first answer, the chain verifies."""
    found = kill_campaign(World.make(ledger_url, trained.folder), keeper, rounds=3, seed=11)
    assert is_clean(found), found
    assert found["still_open"] == 0
    assert found["acknowledged"] == found["recorded"] > 0


def test_a_postgres_restart_under_load_is_an_error_and_no_loss(
    postgres: PostgresServer, keeper: Keeper, trained: SimpleNamespace
) -> None:
    """While the database is away the service answers 503; afterwards it answers again by itself and nothing is lost."""
    world = World.make(postgres.new_database("restarted"), trained.folder)
    found = postgres_restart_campaign(world, keeper, postgres, away_s=0.5)
    assert is_clean(found), found
    assert found["statuses_until_back"]["503"] > 0
    assert set(found["statuses_until_back"]) <= {"200", "503"}
    assert found["acknowledged_after"] > 0


def test_a_full_disk_is_a_503_and_the_chain_stays_whole(
    tmp_path: Path, keeper: Keeper, trained: SimpleNamespace
) -> None:
    """Nothing is acknowledged that does not fit on the disk, and with room again the service answers by itself."""
    disk = SmallDisk(tmp_path / "disk", 4_000_000)
    try:
        world = World.make(f"sqlite:///{disk.folder}/ledger.sqlite", trained.folder)
        found = full_disk_campaign(world, keeper, disk)
    finally:
        disk.close()
    assert found["clean_when_full"]
    assert is_clean(found), found
    assert found["statuses_until_full"]["503"] > 0
    assert set(found["statuses_until_full"]) <= {"200", "503"}
    assert found["acknowledged_after"] > 0


def test_the_audit_itself_finds_what_is_lost_changed_doubled_or_unasked(
    tmp_path: Path, trained: SimpleNamespace
) -> None:
    """A campaign that could not fail would prove nothing."""
    world = World.make(f"sqlite:///{tmp_path / 'ledger.sqlite'}", trained.folder)
    ledger = Ledger(world.url)
    for key, request_id, answer in (("a", "r1", 1), ("b", "r1", 1), ("c", "r2", 1), ("d", "r3", 1)):
        body = canonical_json({"answer": answer, "request": {"request_id": request_id}})
        ledger.append([Draft(DECISION, "standard", key, body, key)])
    ledger.close()
    found, _ = audit(world, Book(answers={"r1": b"1", "r2": b"2", "r4": b"1"}), "0" * 63 + "1")
    assert {name: found[name] for name in ("lost", "changed", "twice", "never_requested")} == {
        "lost": 1, "changed": 1, "twice": 1, "never_requested": 1,
    }  # fmt: skip
    assert found["chain_breaks"]
    assert not is_clean(found)
