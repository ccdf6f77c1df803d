"""Five firms, four investors and three patents, small enough to compute by hand; the day is 2020-01-01."""

from __future__ import annotations

import datetime as dt
import types

import numpy as np
import pandas as pd
import pytest

from models.chain.investors.columns import COLUMNS, ColumnParams
from models.chain.investors.funding import Funding
from models.chain.investors.model import Band, Comparison, InvestorModel
from models.chain.investors.reasons import Labels
from models.chain.investors.shortlist import InvestorFinder

DAY = dt.date(2020, 1, 1)
PARAMS = ColumnParams(half_life_days=100.0, prior_deals=2.0, nearest=10, closeness=0.1)
TOPICS = {"相机": 0, "药物": 1, "芯片": 2}


class TopicEncoder:
    """A direction a topic word; a text of no topic has one of its own."""

    digest = "topics"
    dimension = 4

    def encode(self, texts, kind):
        made = np.zeros((len(texts), 4), np.float32)
        for row, text in enumerate(texts):
            for word, column in TOPICS.items():
                made[row, column] = text.count(word)
            if not made[row].any():
                made[row, 3] = 1.0
        return made / np.linalg.norm(made, axis=1, keepdims=True)


def before(days):
    return pd.Timestamp(DAY) - pd.Timedelta(days=days)


FIRMS = pd.DataFrame({"firm_id": ["F1", "F2", "F3", "F4", "F5"], "region": ["杭州", "杭州", "北京", None, "杭州"]})
DEALS = pd.DataFrame(
    [
        ("F1", before(100), "A轮", "甲资本"),
        ("F2", before(200), "天使轮", "甲资本"),
        ("F1", before(100), "A轮", "乙资本"),
        ("F3", before(300), "B轮", "丙资本"),
        ("F3", before(300), "B轮", "丁某"),
    ],
    columns=["firm_id", "date", "round", "investor"],
)
TEXTS = {"F1": "相机 相机", "F2": "相机 芯片", "F3": "药物", "F5": "药物 芯片"}
PASSAGES = pd.DataFrame({"firm_id": list(TEXTS), "document_id": [f"{firm}-d" for firm in TEXTS], "date": before(1000)})
CODES = pd.DataFrame(
    [("F1", "ipc:H04N"), ("F2", "ipc:H04N"), ("F3", "ipc:A61K"), ("F5", "ipc:A61K")], columns=["firm_id", "code"]
).assign(weight=1.0, date=before(1000))
PATENTS = pd.DataFrame(
    [
        ("CN114081026A", "一种相机", None, "H04N5/225;H04N7/18", "F9", before(50)),
        ("CN114081027A", "一种相机模组", "芯片", "H04N5/225", "F2", before(50)),
        ("CN114081028A", "一种方法", None, None, None, before(50)),
        ("CN114081029A", "一种相机", None, "H04N5/225", "F2", pd.Timestamp(DAY)),
    ],
    columns=["publication_number", "title", "abstract", "ipc", "applicant_ids", "publication_date"],
)
KINDS = pd.DataFrame({"investor": ["甲资本", "乙资本", "丙资本", "丁某"], "kind": ["fund", "fund", "fund", "person"]})
BANDS = (Band(-9.0, 1000, 4), Band(-3.0, 100, 5))
SHOWN = Comparison(0.4, 0.3, 0.1, 0.05, 0.15, 80, 0.45, "2018-01-01", "2018-12-31")
NOT_SHOWN = Comparison(0.31, 0.3, 0.01, -0.02, 0.04, 80, 0.45, "2018-01-01", "2018-12-31")


def funding(deals=DEALS, passages=PASSAGES, codes=CODES, texts=None):
    written = [TEXTS[firm] for firm in passages["firm_id"]] if texts is None else texts
    vectors = TopicEncoder().encode(written, "passage")
    return Funding.of(FIRMS, deals, passages, vectors, codes, TopicEncoder.digest)


def model(comparison=SHOWN):
    weights = dict.fromkeys(COLUMNS, 1.0)
    return InvestorModel(0.0, tuple(weights.values()), PARAMS, BANDS, comparison, 365, "2019-01-01", "topics")


def finder(comparison=SHOWN, **tables):
    patent_codes = pd.DataFrame({"publication_number": [], "code": [], "weight": [], "date": pd.to_datetime([])})
    labels = Labels({"F1": "一号", "F2": "二号", "F3": "三号"}, {"ipc:H04N": ("H04N 图像通信", "H04N")})
    return InvestorFinder(model(comparison), funding(**tables), PATENTS, patent_codes, KINDS, labels, TopicEncoder())


@pytest.fixture
def small():
    """The tables and makers of this file."""
    return types.SimpleNamespace(
        DAY=DAY, DEALS=DEALS, PASSAGES=PASSAGES, CODES=CODES, FIRMS=FIRMS, TEXTS=TEXTS, PARAMS=PARAMS, BANDS=BANDS,
        SHOWN=SHOWN, NOT_SHOWN=NOT_SHOWN, before=before, funding=funding, model=model, finder=finder,
        TopicEncoder=TopicEncoder,
    )  # fmt: skip
