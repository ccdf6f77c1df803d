from types import SimpleNamespace

import pytest

from data.ranges import refuse_outside


def test_every_number_outside_is_named_and_the_ends_are_inside():
    given = SimpleNamespace(share=1.2, days=-1, seed=3)
    with pytest.raises(ValueError, match=r"numbers out of range:\n  share is 1.2, allowed: 0 to 1\n  days is -1"):
        refuse_outside(given, "numbers", share=(0, 1), days=(0, 9), seed=(0, 9))
    refuse_outside(SimpleNamespace(share=1, days=0), "numbers", share=(0, 1), days=(0, 9))
