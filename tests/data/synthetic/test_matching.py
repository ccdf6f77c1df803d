"""The matching cohort: its planted relevance is in its texts, its parts do not mix, and its tables are right."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from data.ingest.tables import ingest
from data.splits import enterprise_share
from data.synthetic.cohort import OBSERVED_UNTIL
from data.synthetic.matching import PART_FROM, SyntheticMatchingParams, synthesize_matching, write_matching
from data.synthetic.matching_texts import methods, objects

pytestmark = pytest.mark.truth
PARAMS = SyntheticMatchingParams(n_firms=800, n_demands=400)


@pytest.fixture(scope="module")
def matching(cohort):
    made = synthesize_matching(cohort.tables["enterprises"], PARAMS)
    return SimpleNamespace(**made.tables, truth=made.truth, cohort=made, enterprises=cohort.tables["enterprises"])


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(matching, tmp_path):
    """Files too."""
    again = synthesize_matching(matching.enterprises.sample(frac=1.0, random_state=1), PARAMS)
    for folder, made in (("a", matching.cohort), ("b", again)):
        write_matching(made, tmp_path / folder / "raw", tmp_path / folder / "truth")
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 9
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
    other = synthesize_matching(matching.enterprises, SyntheticMatchingParams(seed=1, n_firms=800, n_demands=400))
    assert not other.tables["demands"]["problem"].equals(matching.demands["problem"])


def test_every_table_is_kept_whole_by_ingest(matching):
    """No row of the cohort is quarantined."""
    known: dict[str, pd.DataFrame] = {}
    for name in ("match_events", "demands", "capabilities", "match_outcomes"):
        given = getattr(matching, name)
        result = ingest(given, name, OBSERVED_UNTIL, enterprises=matching.enterprises, others=known)
        assert result.counts == {"read": len(given), "kept": len(given), "quarantined": 0}
        known[name] = result.frame


def test_relevance_is_what_the_documents_say(matching):
    """2: a document applies the demand's method to its object; 1: the method alone; a demand's own asker never."""
    documents = matching.capabilities.merge(matching.truth["documents"], on="document_id")
    demands = matching.demands.merge(matching.truth["demands"], on="demand_id")
    both = demands.merge(documents, on=["method", "object"], suffixes=("", "_of"))
    both = both.loc[both["enterprise_id"] != both["enterprise_id_of"]]
    found = set(zip(both["demand_id"], both["enterprise_id_of"], strict=True))
    relevance = matching.truth["relevance"]
    two = relevance.loc[relevance["relevance"] == 2]
    assert found <= set(zip(two["demand_id"], two["enterprise_id"], strict=True))
    assert len(found) > 0.9 * len(two)  # a firm's second technology may have no document
    asker = demands.set_index("demand_id")["enterprise_id"]
    assert (relevance["demand_id"].map(asker) != relevance["enterprise_id"]).all()


def test_some_demands_have_no_supplier_and_the_truth_names_them(matching):
    """About a tenth: no relevant firm at all, so that the right answer is none."""
    demands = matching.truth["demands"]
    assert 0.03 < (~demands["supplied"]).mean() < 0.25
    unsupplied = set(demands.loc[~demands["supplied"], "demand_id"])
    assert not unsupplied & set(matching.truth["relevance"]["demand_id"])


def pairs(text: str) -> set[str]:
    letters = [letter for letter in text if letter.isalnum()]
    return {first + second for first, second in pairwise(letters)}


def test_the_words_of_problems_are_not_the_words_of_solutions():
    """Of the pairs of characters in users' words, under one in thirty is in the suppliers' words."""
    shared, count = 0, 0
    for method in methods():
        problem = set().union(*map(pairs, (*method.symptoms_zh, method.wish_zh)))
        shared += len(problem & (pairs(method.works_by_zh) | set().union(*map(pairs, method.names_zh))))
        count += len(problem)
    for thing in objects():
        plain = set().union(*map(pairs, thing.plain_zh))
        shared += len(plain & set().union(*map(pairs, thing.names_zh)))
        count += len(plain)
    assert shared / count < 1 / 30


def test_a_suppliers_words_cover_as_much_of_a_demand_as_of_a_real_need(matching):
    """Share of a demand's pairs of characters in the text of a firm that does just that, less another's."""
    texts = matching.capabilities["title"].fillna("") + "。" + matching.capabilities["text"]
    bags = texts.groupby(matching.capabilities["enterprise_id"]).agg("。".join).map(pairs)
    relevance = matching.truth["relevance"].groupby("demand_id")
    known = {number: rows.set_index("enterprise_id")["relevance"] for number, rows in relevance}
    chinese = set(matching.truth["demands"].loc[lambda table: table["lang"] == "zh", "demand_id"])
    excess = []
    for row in matching.demands.loc[matching.demands["demand_id"].isin(chinese & set(known))].itertuples():
        asked = pairs(f"{row.title}。{row.problem}。{row.requirement}")
        share = bags.map(lambda bag, asked=asked: len(asked & bag) / len(asked))
        own = known[row.demand_id]
        if (own == 2).any():
            excess.append(share[own.index[own == 2]].mean() - share.drop(own.index).mean())
    assert np.mean(excess) == pytest.approx(0.156, abs=0.015)  # as measured on real needs


def test_counting_words_finds_few_suppliers_of_demands_that_name_neither_method_nor_working(matching):
    """Shared pairs of characters put a relevant firm first for under half; where one is named, for most."""
    demands = matching.truth["demands"].loc[lambda table: table["supplied"] & (table["lang"] == "zh")].head(120)
    texts = matching.demands.set_index("demand_id")
    firms = matching.capabilities.groupby("enterprise_id")["text"].agg("".join)
    bags = [pairs(text) for text in firms]
    relevant = set(
        zip(matching.truth["relevance"]["demand_id"], matching.truth["relevance"]["enterprise_id"], strict=True)
    )
    names = {method.key: (*method.names_zh, method.works_by_zh) for method in methods()}
    hits: dict[bool, list[bool]] = {True: [], False: []}
    for demand_id, method in demands[["demand_id", "method"]].itertuples(index=False):
        words = pairs(texts.loc[demand_id, "problem"])
        best = int(np.argmax([len(words & bag) for bag in bags]))
        named = any(name in texts.loc[demand_id, "problem"] for name in names[method])
        hits[named].append((demand_id, firms.index[best]) in relevant)
    assert np.mean(hits[False]) < 0.45
    assert np.mean(hits[True]) > 0.55


def test_parts_follow_one_another_and_share_no_asker(matching):
    """Train, then dev, then test by the day of the demand; the enterprise's share decides who asks in which."""
    demands = matching.demands.merge(matching.truth["demands"], on="demand_id")
    test, dev = demands["as_of"] >= PART_FROM["test"], demands["as_of"] >= PART_FROM["dev"]
    assert demands["part"].tolist() == np.where(test, "test", np.where(dev, "dev", "train")).tolist()
    askers = {part: set(rows["enterprise_id"]) for part, rows in demands.groupby("part")}
    assert not askers["train"] & askers["test"]
    assert not askers["train"] & askers["dev"]
    assert not askers["dev"] & askers["test"]
    share = enterprise_share(matching.truth["firms"]["enterprise_id"], "matching")
    assert ((share < 0.6) == (matching.truth["firms"]["part"] == "train")).all()


def test_new_wording_is_in_no_earlier_demand(matching):
    """Its problem's sentence occurs in test demands alone, and in no document."""
    demands = matching.demands.merge(matching.truth["demands"], on="demand_id")
    new = demands.loc[demands["unseen_wording"]]
    assert len(new) >= 5
    assert set(new["part"]) == {"test"}
    last = {method.key: method.symptoms_zh[-1] for method in methods()}
    earlier = "".join(demands.loc[demands["part"] != "test", "problem"]) + "".join(matching.capabilities["text"])
    for row in new.itertuples():
        assert last[row.method] in row.problem
        assert last[row.method] not in earlier


def test_a_repeated_demand_has_the_words_of_the_first(matching):
    """Same asker, title and problem, another number; the first comes before it."""
    demands = matching.demands.merge(matching.truth["demands"], on="demand_id").set_index("demand_id")
    repeats = demands.loc[demands["duplicate_of"].notna()]
    assert len(repeats) >= 3
    for number, row in repeats.iterrows():
        first = demands.loc[row["duplicate_of"]]
        assert (first["problem"], first["enterprise_id"], first["method"]) == (
            row["problem"],
            row["enterprise_id"],
            row["method"],
        )
        assert row["duplicate_of"] < number


@pytest.mark.parametrize(
    ("change", "message"),
    [({"n_firms": 3}, "n_firms is 3, allowed: 20 to 100000"), ({"english_share": 2.0}, "english_share is 2.0")],
)
def test_a_parameter_out_of_range_is_named(change, message):
    """What was given and what is allowed."""
    with pytest.raises(ValueError, match=message):
        SyntheticMatchingParams(**change)


def test_too_few_enterprises_are_an_error(matching):
    """A register of ten has no market."""
    with pytest.raises(ValueError, match="at least 20 are needed"):
        synthesize_matching(matching.enterprises.head(10), PARAMS)
