"""The batch answer: the same bytes whatever the size of a part, and memory that does not grow with the table."""

from __future__ import annotations

import io
import tracemalloc
from collections import deque
from dataclasses import dataclass, field

import pandas as pd
import pytest

from data.requests import QuotaRequest
from training.assembled import read_case_parts
from training.pipeline.decide import BATCH_REQUEST_CNY, decide_parts


@pytest.fixture(scope="module")
def snapshots(trained, tmp_path_factory):
    """Folders of 30 firms and of the same firms four times."""
    made = []
    for times in (1, 4):
        folder = tmp_path_factory.mktemp(f"snapshot{times}")
        for name, frame in (("cases", trained.snapshot.frame), ("known_at", trained.snapshot.known_at)):
            pd.concat([frame.iloc[::50]] * times, ignore_index=True).to_parquet(folder / f"{name}.parquet", index=False)
        made.append(folder)
    return made


@dataclass
class Counting:
    """The engine, and how many cases each call had."""

    engine: object
    sizes: list[int] = field(default_factory=list)

    def decide(self, cases, known_at, requests, policy):
        self.sizes.append(len(cases))
        return self.engine.decide(cases, known_at, requests, policy)


@pytest.mark.law
def test_parts_give_the_lines_of_one_call(trained, snapshots):
    """Part by part as in one call, the lines and the figures; no part is larger than requested."""
    frame, known = (pd.read_parquet(snapshots[0] / f"{name}.parquet") for name in ("cases", "known_at"))
    requested = [
        QuotaRequest(request_id=f"batch-{uscc}", uscc=uscc, requested_amount_cny=BATCH_REQUEST_CNY)
        for uscc in frame["uscc"]
    ]
    whole = trained.engine.decide(frame, known, requested, trained.policy)
    expected = "".join(one.model_dump_json() + "\n" for one in whole)
    figures = [(one.outcome, one.quota.limited_by, one.quota.amount_wan) for one in whole]
    for firms in (1, 16, 10_000):
        lines, engine = io.StringIO(), Counting(trained.engine)
        assert list(decide_parts(engine, trained.policy, snapshots[0], lines, firms)) == figures
        assert lines.getvalue() == expected
        assert max(engine.sizes) == min(firms, len(frame))
    parts = list(read_case_parts(snapshots[0], 16))
    pd.testing.assert_frame_equal(pd.concat([part.frame for part in parts], ignore_index=True), frame)
    pd.testing.assert_frame_equal(pd.concat([part.known_at for part in parts], ignore_index=True), known)


@pytest.mark.law
def test_four_times_the_firms_need_no_more_memory(trained, snapshots, tmp_path):
    """The peak of what Python and NumPy hold, in parts of 15."""
    peaks = []
    for folder in (snapshots[0], *snapshots):  # the first one warms caches up
        with (tmp_path / "decisions.jsonl").open("w", encoding="utf-8") as lines:
            tracemalloc.start()
            deque(decide_parts(trained.engine, trained.policy, folder, lines, 15), maxlen=0)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[2] < 1.15 * peaks[1]
