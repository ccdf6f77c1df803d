"""A table's texts are compared with those that the encoder was trained on."""

from __future__ import annotations

import pytest

from experiments.benchmarks.chain.options import Options
from training.matching.training_texts import TrainingTextsError, text_hashes


@pytest.mark.contract
def test_an_encoder_that_was_trained_on_a_tested_text_is_refused():
    options = Options(None, text_hashes(["电缆的生产"]), None)
    options.check("t", ["水泵的生产"])
    with pytest.raises(TrainingTextsError, match=r"table t: .* 1 of 2 texts"):
        options.check("t", ["水泵的生产", "电缆 的生产。"])
