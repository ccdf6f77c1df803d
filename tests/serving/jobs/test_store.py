from __future__ import annotations

from pathlib import Path

import pytest

from serving.contract.refusals import Refusal
from serving.jobs.store import jobs_folder
from tests.serving.jobs.conftest import BOTH

pytestmark = pytest.mark.behaviour


def add(jobs, owner="analyst-1", name="caps"):
    return jobs.add("reform", owner, "zone", name, {"reform": "名称"})


def test_a_job_waits_and_is_read_as_it_was_written(jobs):
    """Body and name come back; nothing has begun."""
    made = add(jobs)
    found = jobs.find(made.job_id, "analyst-1")
    assert found == made
    assert (found.state, found.progress, found.started_at, dict(found.body)) == ("waiting", 0.0, "", {"reform": "名称"})


@BOTH
def test_another_persons_job_is_not_found_in_any_way(jobs):
    """Not read, not cancelled, not marked, in no list: as if it were not there."""
    made = add(jobs)
    for reach in (jobs.find, jobs.cancel):
        with pytest.raises(Refusal) as refused:
            reach(made.job_id, "analyst-2")
        with pytest.raises(Refusal) as absent:
            reach("0" * 16, "analyst-2")
        assert (refused.value.key, refused.value.text) == (absent.value.key, absent.value.text)
        assert refused.value.key == "not-found"
    assert jobs.of("analyst-2") == []
    assert jobs.find(made.job_id, "analyst-1").state == "waiting"


@BOTH
def test_a_fourth_unfinished_job_is_refused_until_one_has_ended(jobs):
    """Three of one owner at once; another owner's do not count."""
    first, _, _ = add(jobs), add(jobs), add(jobs)
    with pytest.raises(Refusal) as refused:
        add(jobs)
    assert refused.value.key == "too-many-requests"
    assert refused.value.text[0] == "您已有 3 项任务在等待或运行。请等其中一项结束，或先取消一项。"
    add(jobs, "analyst-2")
    jobs.cancel(first.job_id, "analyst-1")
    assert add(jobs).state == "waiting"


def test_a_body_beyond_its_size_is_refused(jobs):
    """262,144 bytes at most."""
    with pytest.raises(Refusal) as refused:
        jobs.add("reform", "analyst-1", "zone", "large", {"reform": "x" * 262_144})
    assert refused.value.key == "body-too-large"
    assert jobs.of("analyst-1") == []


def test_a_waiting_job_is_cancelled_at_once_and_stays_so(jobs):
    """No worker is needed; a second time changes nothing."""
    made = add(jobs)
    ended = jobs.cancel(made.job_id, "analyst-1")
    assert (ended.state, bool(ended.ended_at)) == ("cancelled", True)
    assert jobs.cancel(made.job_id, "analyst-1") == ended


def test_the_newest_job_is_first_and_a_kind_can_be_named(jobs):
    """The list is of one owner, by kind where one is named."""
    made = [add(jobs, name=name) for name in ("a", "b")]
    jobs.add("compare", "analyst-1", "zone", "c", {})
    assert [job.name for job in jobs.of("analyst-1")] == ["c", "b", "a"]
    assert [job.job_id for job in jobs.of("analyst-1", ["reform"])] == [made[1].job_id, made[0].job_id]


def test_an_operator_sees_states_only(jobs):
    """Neither what is wanted nor whose it is."""
    add(jobs)
    (seen,) = jobs.states()
    assert (seen.kind, seen.state) == ("reform", "waiting")
    assert set(vars(seen)) == {
        "job_id", "kind", "state", "progress", "attempts", "created_at", "started_at", "ended_at",
    }  # fmt: skip


def test_a_file_is_one_of_the_results_own(jobs, one):
    """A name that is not listed, or leads out, is not found."""
    made = add(jobs)
    claim = one.claim()
    claim.folder.mkdir(parents=True)
    (claim.folder / "result.json").write_text("{}")
    (claim.folder / "unlisted.json").write_text("{}")
    one.done(claim, {"files": ["result.json", "gone.csv"]})
    job = jobs.find(made.job_id, "analyst-1")
    assert jobs.file(job, "result.json").read_text() == "{}"
    for name in ("unlisted.json", "gone.csv", "../1/result.json", "", ".", ".."):
        with pytest.raises(Refusal):
            jobs.file(job, name)


def test_files_lie_beside_the_store_or_where_the_environment_says(monkeypatch):
    """IP_JOBS is for stores that are no file, and for several machines."""
    monkeypatch.delenv("IP_JOBS", raising=False)
    assert jobs_folder("sqlite:////srv/ledger.sqlite") == Path("/srv/jobs")
    monkeypatch.setenv("IP_JOBS", "/shared/jobs")
    assert jobs_folder("sqlite:////srv/ledger.sqlite") == Path("/shared/jobs")
