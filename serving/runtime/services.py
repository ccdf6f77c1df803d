"""What one process serves of a release, opened into the state of the API's application and closed again."""

from __future__ import annotations

from pathlib import Path

from starlette.datastructures import State

from serving.approvals.service import ApprovalsService
from serving.chain.service import ChainService
from serving.clearance.service import ClearanceService
from serving.decide.worker import Worker
from serving.incubators.service import IncubatorsService
from serving.matching.service import MatchingService
from serving.releases.filings import FOLDER as FILINGS
from serving.releases.filings import PackedFilings


def open_services(state: State, folder: Path, worker: Worker) -> None:
    """Set every service of the release whose files are in ``folder``; the worker last, which makes it answer."""
    clock = worker.service.clock
    state.matching = MatchingService.of_release(folder, clock.today)
    state.chain = ChainService.of_release(folder, state.matching)
    state.clearance = ClearanceService.of_release(folder, clock.today)
    state.approvals = ApprovalsService.of_release(folder, clock.now)
    state.incubators = IncubatorsService.of_events(clock.today)
    state.filings = PackedFilings(folder / FILINGS)
    state.worker = worker


def close_services(state: State) -> None:
    """Finish what was taken: the last commits are written before the process ends."""
    if state.worker is not None:
        for service in (state.worker, state.matching, state.clearance, state.approvals, state.incubators):
            service.close()
