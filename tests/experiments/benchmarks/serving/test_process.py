"""A service that cannot come up is an error with its log, and never waited for in vain."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.benchmarks.serving.process import Keeper, ServiceError

pytestmark = pytest.mark.contract


def test_a_keeper_without_models_ends_and_says_why(tmp_path: Path) -> None:
    """The log of the process that ended is in the message; there is nothing to kill."""
    with Keeper(tmp_path / "absent", Path("params.yaml"), tmp_path / "log") as keeper:
        with pytest.raises(ServiceError, match=r"(?s)the keeper ended:.*absent"):
            keeper.start(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
        with pytest.raises(ServiceError, match="the service was not started"):
            keeper.kill()
