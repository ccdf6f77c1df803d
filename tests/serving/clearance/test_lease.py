"""One process at a time does the work, and the lease ends with its process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from serving.clearance.lease import HeldElsewhereError, held

pytestmark = pytest.mark.law
CODE = """
import sys
from serving.clearance.lease import held
with held(sys.argv[1], "w"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lease_is_held_by_one_and_ends_with_a_killed_process(tmp_path):
    url = f"sqlite:///{tmp_path / 'deep/events.sqlite'}"
    other = subprocess.Popen([sys.executable, "-c", CODE, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(HeldElsewhereError), held(url, "w"):
        pass
    with held(url, "another") as still:
        assert still()
    other.kill()
    other.wait()
    with held(url, "w") as still:
        assert still()


def test_a_lease_in_postgresql_is_that_of_the_session(postgres):
    url = postgres.new_database("lease")
    with held(url, "w") as still:
        assert still()
        with pytest.raises(HeldElsewhereError), held(url, "w"):
            pass
    with held(url, "w") as still:
        assert still()
