"""The lexical legs by hand."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from models.matching.lexical import CharacterLeg, WordLeg, inverse_frequencies

TEXTS = ["水泵 密封", "水泵 电机 电机", "激光 切割 设备 电机", "钢"]


@pytest.mark.law
def test_bm25_by_hand():
    """Of the word 电机: n 4, df 2, idf ln(1 + 2.5 / 2.5) = ln 2; mean length (2 + 3 + 4 + 1) / 4 = 2.5.

    Text 1: tf 2, length 3: 2 / (2 + 1.2 * (.25 + .75 * 3 / 2.5)) = 2 / 3.38
    Text 2: tf 1, length 4: 1 / (1 + 1.2 * (.25 + .75 * 4 / 2.5)) = 1 / 2.74
    """
    scores = WordLeg.fit(TEXTS).scores(["电机"])[0]
    assert scores == pytest.approx([0.0, math.log(2) * 2 / 3.38, math.log(2) / 2.74, 0.0], abs=1e-6)


@pytest.mark.law
def test_a_wrong_length_correction_would_be_seen():
    scores = WordLeg.fit(TEXTS).scores(["电机"])[0]
    assert scores[1] != pytest.approx(math.log(2) * 2 / (2 + 1.2), abs=1e-6)


@pytest.mark.law
def test_idf_by_hand():
    assert inverse_frequencies([["a", "b", "b"], ["b"]]) == pytest.approx(
        {"a": math.log(1 + 1.5 / 1.5), "b": math.log(1 + 0.5 / 2.5)}
    )


@pytest.mark.law
def test_known_mass_by_hand():
    """水泵 is in two of four texts (ln 2); a word of no text would have ln(1 + 4.5 / .5) = ln 10."""
    assert WordLeg.fit(TEXTS).query_mass(["水泵 芯片"])[0] == pytest.approx(
        [math.log(2), math.log(2) / (math.log(2) + math.log(10))]
    )


@pytest.mark.law
def test_characters_are_scikit_learns_cosine():
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    known = vectorizer.fit_transform(TEXTS)
    wanted = (vectorizer.transform(["电机 水泵的密封"]) @ known.T).toarray()[0]
    found = CharacterLeg.fit(TEXTS).scores(["电机 水泵的密封"])[0]
    assert np.argsort(-found).tolist() == np.argsort(-wanted).tolist()
    assert found / found.max() == pytest.approx(wanted / wanted.max(), abs=1e-5)  # n-grams of no text: a longer query
    repeated = (vectorizer.transform([TEXTS[1]]) @ known.T).toarray()[0]  # 电机 twice, and no n-gram of no text
    assert CharacterLeg.fit(TEXTS).scores([TEXTS[1]])[0] == pytest.approx(repeated, abs=1e-5)
    assert CharacterLeg.fit(TEXTS).scores(["钢"])[0, 3] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.behaviour
def test_a_query_of_other_words_scores_nothing():
    assert not WordLeg.fit(TEXTS).scores(["芯片", ""]).any()
    assert not CharacterLeg.fit(TEXTS).scores(["qqq", ""]).any()


@pytest.mark.law
@pytest.mark.parametrize("leg", [WordLeg, CharacterLeg])
def test_a_saved_leg_scores_the_same(leg, tmp_path):
    made = leg.fit(TEXTS)
    made.save(tmp_path)
    assert (leg.load(tmp_path).scores(["电机 水泵"]) == made.scores(["电机 水泵"])).all()


def test_the_files_of_words_do_not_depend_on_the_process(tmp_path):
    """Sets of texts have another order in each process; the files have one."""
    code = (
        "import sys; from pathlib import Path; from models.matching.lexical import WordLeg\n"
        "WordLeg.fit(['轴承 振动 监测', '高温 合金 轴承', '机器 视觉 检测']).save(Path(sys.argv[1]))"
    )
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / seed)], check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        )
    files = sorted(path.relative_to(tmp_path / "1") for path in (tmp_path / "1").rglob("*") if path.is_file())
    assert len(files) > 3
    assert all((tmp_path / "1" / one).read_bytes() == (tmp_path / "2" / one).read_bytes() for one in files)
