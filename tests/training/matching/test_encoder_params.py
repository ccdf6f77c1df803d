"""The numbers of params.yaml, and what the large tuning changes of them."""

from __future__ import annotations

import pytest

from training.matching.encoder_params import EncoderParams
from training.params import read_section

pytestmark = pytest.mark.contract


def test_epochs_become_batches():
    """Two passes over 100 pairs in batches of 48 are 4.17 batches."""
    params = read_section("matching_encoder", EncoderParams)
    assert params.batch_size == 48
    assert params.with_epochs(2, 100).batches == 4
    assert params.with_epochs(0.001, 100).batches == 1


def test_the_large_tuning_frees_every_layer():
    params = read_section("matching_encoder", EncoderParams).large()
    assert (params.frozen_layers, params.train_tokens, params.batch_size) == (0, 128, 256)
