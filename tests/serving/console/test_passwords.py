"""What a password may be, and that only the right one fits."""

from __future__ import annotations

import pytest

from serving.console.passwords import LEAST, MOST, REFUSED, first_password, password_fault
from tests.serving.console.signed_in import QUICK

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("a b c d e f", "short"), ("x" * 11, "short"), ("abcde" * 30, "long"), ("Password1234", "common"),
        ("ｐassword1234", "common"), ("aaaaaaaabbbb", "common"), ("my name is firm-1 yes", "name"),
        ("correct horse staple", None), ("四个互不相关的词语连在一起用", None),
    ],
)  # fmt: skip
def test_rules(password, fault):
    """By length, a list of common ones and the person's own names; no rule about kinds of letters."""
    found = password_fault(password, "firm-1", "somebody")
    assert found == (None if fault is None else f"accounts.password.{fault}")


def test_the_refused_list_holds_what_the_length_alone_would_take():
    assert all(LEAST <= len(one) <= MOST and one == one.casefold() for one in REFUSED)


def test_only_the_password_fits_its_digest():
    """Also in another Unicode form; nobody's digest fits nothing, and a broken one neither."""
    digest = QUICK.digest("Ångström twelve")
    assert digest.startswith("$argon2id$")
    assert QUICK.fits(digest, "A\u030angstro\u0308m twelve")
    assert not QUICK.fits(digest, "angström twelve")
    assert not QUICK.fits(None, "anything")
    assert not QUICK.fits("no digest", "anything")
    assert QUICK.digest("Ångström twelve") != digest


def test_first_passwords_are_random_and_allowed():
    made = {first_password() for _ in range(50)}
    assert len(made) == 50
    assert all(password_fault(one) is None for one in made)
