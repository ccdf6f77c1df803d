"""The tree of a chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.chain.chain_file import load_chain

pytestmark = pytest.mark.contract


def test_a_language_that_no_chain_has_is_refused():
    chain = load_chain(Path(__file__).with_name("small_chain.yaml"))
    with pytest.raises(ValueError, match=r"lang is 'fr', allowed: \['zh', 'en'\]"):
        chain.names("fr")
    with pytest.raises(KeyError, match="no node 'x'"):
        chain.children("x")
    assert chain.ancestors("sensing") == ()
