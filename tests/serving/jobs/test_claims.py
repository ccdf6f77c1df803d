from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from serving.jobs.claims import Claims, LostClaimError
from serving.jobs.job import JobBounds, jobs_table
from serving.jobs.store import later_text
from tests.serving.jobs.conftest import BOTH

pytestmark = pytest.mark.behaviour


def add(jobs, name="caps", owner="analyst-1"):
    return jobs.add("reform", owner, "zone", name, {})


def silent_for(jobs, seconds: float) -> None:
    """Every running job's last heartbeat is so long ago."""
    with jobs.ledger.engine.execution_options(writes=True).begin() as connection:
        connection.execute(jobs_table.update().values(heartbeat_at=later_text(-seconds)))


def test_a_job_is_claimed_once_and_the_oldest_first(jobs, one, other):
    """A second worker gets the next job, a third time nothing."""
    first, second = add(jobs, "first"), add(jobs, "second")
    assert [worker.claim().job.job_id for worker in (one, other)] == [first.job_id, second.job_id]
    assert one.claim() is None
    assert jobs.find(first.job_id, "analyst-1").state == "running"


@BOTH
def test_many_workers_at_once_claim_every_job_exactly_once(jobs):
    """Twelve workers, twelve owners' jobs: nobody gets one twice, none is left."""
    made = {add(jobs, owner=f"analyst-{at}").job_id for at in range(12)}
    workers = [Claims(jobs, f"worker-{at}", ["reform"]) for at in range(12)]

    def take(worker):
        found = []
        while claim := worker.claim():
            found.append(claim.job.job_id)
        return found

    with ThreadPoolExecutor(4) as pool:
        claimed = [job_id for found in pool.map(take, workers) for job_id in found]
    assert sorted(claimed) == sorted(made)


def test_a_worker_claims_only_what_it_can_carry_out(jobs):
    """A kind of a newer version waits for a newer worker."""
    add(jobs)
    assert Claims(jobs, "one", ["compare"]).claim() is None


def test_progress_is_seen_by_the_owner_and_a_wanted_end_by_the_worker(jobs, one):
    """The heartbeat carries both ways."""
    made = add(jobs)
    claim = one.claim()
    assert one.beat(claim, 0.4, {"key": "jobs.doing.firms"}) is False
    seen = jobs.find(made.job_id, "analyst-1")
    assert (seen.progress, seen.doing["key"]) == (0.4, "jobs.doing.firms")
    assert jobs.cancel(made.job_id, "analyst-1").state == "running"
    assert one.beat(claim, 0.5, {}) is True
    one.cancelled(claim)
    assert jobs.find(made.job_id, "analyst-1").state == "cancelled"


@BOTH
def test_a_worker_that_is_silent_loses_its_job_and_cannot_end_it(jobs, one, other):
    """After 30 s another begins it anew; the first one's late result changes nothing."""
    made = add(jobs)
    late = one.claim()
    silent_for(jobs, 29.0)
    assert other.claim() is None
    silent_for(jobs, 31.0)
    again = other.claim()
    assert (again.job.job_id, again.job.attempts) == (made.job_id, 2)
    assert again.folder != late.folder
    for write in (lambda: one.done(late, {}), lambda: one.beat(late, 1.0, {}), lambda: one.broken(late, {})):
        with pytest.raises(LostClaimError):
            write()
    other.done(again, {"files": []})
    assert jobs.find(made.job_id, "analyst-1").result["folder"] == "2"


@BOTH
def test_a_job_that_lost_two_workers_is_broken_with_words(jobs, one, other):
    """It is begun at most once more."""
    made = add(jobs)
    for worker in (one, other):
        assert worker.claim() is not None
        silent_for(jobs, 31.0)
    assert one.claim() is None
    ended = jobs.find(made.job_id, "analyst-1")
    assert (ended.state, ended.problem["key"], ended.attempts) == ("broken", "jobs.problem.worker_lost", 2)


def test_a_wanted_end_of_a_lost_job_is_an_end(jobs, one, other):
    """It is not begun again."""
    made = add(jobs)
    one.claim()
    jobs.cancel(made.job_id, "analyst-1")
    silent_for(jobs, 31.0)
    assert other.claim() is None
    assert jobs.find(made.job_id, "analyst-1").state == "cancelled"


def test_a_job_given_back_waits_as_if_it_had_not_begun(jobs, one, other):
    """A worker that is ended in order costs no attempt and leaves no files."""
    add(jobs)
    claim = one.claim()
    claim.folder.mkdir(parents=True)
    one.give_back(claim)
    assert not claim.folder.exists()
    assert other.claim().job.attempts == 1


def test_how_a_job_ended_is_new_to_its_owner_until_seen(jobs, one):
    """A cancelled one is no news: the owner wanted it."""
    made = add(jobs)
    jobs.mark_seen(made.job_id, "analyst-1")
    claim = one.claim()
    one.broken(claim, {"key": "jobs.problem.ended"})
    assert jobs.find(made.job_id, "analyst-1").seen is False
    jobs.mark_seen(made.job_id, "analyst-2")
    assert jobs.find(made.job_id, "analyst-1").seen is False
    jobs.mark_seen(made.job_id, "analyst-1")
    assert jobs.find(made.job_id, "analyst-1").seen is True


def test_results_expire_with_their_files_and_open_jobs_never(jobs, one):
    """What ended goes after its days; what waits stays."""
    jobs.bounds = replace(jobs.bounds, kept_days=0.0)
    made, waiting = add(jobs, "old"), add(jobs, "new")
    claim = one.claim()
    claim.folder.mkdir(parents=True)
    one.done(claim, {"files": []})
    assert claim.folder.is_dir()
    assert one.delete_expired() == 1
    assert not (jobs.folder / made.job_id).exists()
    assert [job.job_id for job in jobs.of("analyst-1")] == [waiting.job_id]


@BOTH
def test_an_owner_keeps_the_newest_ended_jobs(jobs, one):
    """The oldest go first, of each owner alone."""
    jobs.bounds = JobBounds(kept_per_account=1)
    for owner, name in (("analyst-1", "a"), ("analyst-1", "b"), ("analyst-2", "c")):
        add(jobs, name, owner)
        one.done(one.claim(), {})
    assert one.delete_expired() == 1
    assert [job.name for owner in ("analyst-1", "analyst-2") for job in jobs.of(owner)] == ["b", "c"]
