"""On what a figure was measured."""

from __future__ import annotations

import os
from importlib.metadata import version

import pytest

from experiments.machine import machine


@pytest.mark.contract
def test_the_named_packages_stand_beside_the_machine():
    """The installed versions, and nothing of a package that was not named."""
    told = machine("numpy", "scipy")
    assert (told["numpy"], told["scipy"]) == (version("numpy"), version("scipy"))
    assert set(told) == {"processor", "cores", "load_1min", "python", "numpy", "scipy"}
    assert told["cores"] == os.cpu_count()
