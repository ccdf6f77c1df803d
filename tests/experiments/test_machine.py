"""On what a figure was measured."""

from __future__ import annotations

import os
from importlib.metadata import version

import pytest

from experiments.machine import machine


@pytest.mark.contract
def test_the_named_packages_are_noted_with_the_machine():
    """The installed versions, and nothing of a package that was not named."""
    noted = machine("numpy", "scipy")
    assert (noted["numpy"], noted["scipy"]) == (version("numpy"), version("scipy"))
    assert set(noted) == {"processor", "cores", "load_1min", "python", "numpy", "scipy"}
    assert noted["cores"] == os.cpu_count()
