"""What is shown of a node: figures where there are data, "no data" where there are none, never 0 in place of them."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from models.chain.node_view import LANGUAGES, figure, node_views, templates
from models.chain.placed import PlacedChain
from models.chain.scores import ScoreParams, node_scores

NAN = float("nan")


@pytest.fixture
def three(make_chain):
    return make_chain(1, ribs=3, children=())


def scores(*rows, **more) -> pd.DataFrame:
    columns = ["chain_id", "node_id", "score", "value", "low", "high", "n", "basis", "status"]
    return pd.DataFrame(rows, columns=columns).assign(**more)


def flags(*rows) -> pd.DataFrame:
    columns = "chain_id node_id flag status raised uncertain score value threshold distance n flip_count flip_unit"
    found = pd.DataFrame(rows, columns=columns.split(" "))
    return found.assign(raised=found["raised"].astype("boolean"))


def test_local_and_all_firms_are_the_samples_of_their_scores(three, day):
    """Local firms are those behind the supply, all firms those behind the local share.

    A node without firms is 0/0, a node of a library without firms has no data.
    """
    table = scores(
        ("c1", "n0", "supply", 4.2, 3.0, 9.0, 6, "firms", "ok"),
        ("c1", "n0", "local_share", 0.1, 0.0, 0.2, 60, "firms", "ok"),
        ("c1", "n1", "supply", 0.0, 0.0, 3.0, 0, "firms", "ok"),
        ("c1", "n1", "local_share", NAN, NAN, NAN, 0, "firms", "no_data"),
    )
    views = node_views(three, table, pd.DataFrame(), "zh", day)
    assert [views[node].count for node in ("n0", "n1", "n2")] == ["6/60", "0/0", "无数据"]
    assert "本地企业 6 家，全部企业 60 家" in views["n0"].tip


def test_a_score_without_data_has_no_figure(three, day):
    """Even where a figure stands beside the status."""
    table = scores(("c1", "n0", "rta", 0.0, 0.0, 0.0, 0, "patents", "no_data"))
    assert node_views(three, table, pd.DataFrame(), "en", day)["n0"].scores["rta"].value is None


def test_rows_of_other_chains_days_and_nodes_are_left_out(three, day):
    """A table of several snapshots is read at the day that is named."""
    row = ("supply", 1.0, 1.0, 1.0, 1, "firms", "ok")
    other = day - dt.timedelta(days=365)
    table = pd.concat(
        [
            scores(("c1", "n0", *row), as_of=pd.Timestamp(day)),
            scores(("c1", "n1", *row), as_of=pd.Timestamp(other)),
            scores(("c2", "n2", *row), ("c1", "n9", *row), as_of=pd.Timestamp(day)),
        ]
    )
    assert [node for node, view in node_views(three, table, pd.DataFrame(), "zh", day).items() if view.scores] == ["n0"]


def test_flags_without_data_are_not_raised_and_uncertain_ones_are_hollow(three, day):
    """A missing verdict is neither raised nor not raised."""
    value = ("supply", 0.9, 0.8, 0.1, 3, -1, "local_firms")
    table = flags(
        ("c1", "n0", "risk", "ok", True, True, *value),
        ("c1", "n0", "potential", "ok", True, False, *value),
        ("c1", "n0", "gap", "no_data", None, False, *value),
    )
    view = node_views(three, pd.DataFrame(), table, "zh", day)["n0"]
    assert view.raised == ("risk", "potential")
    assert view.marks == ("risk maybe", "potential")
    assert view.colour == "potential"  # a name takes the colour of what is certain
    assert view.flags["gap"].raised is None
    assert "风险环节：数值 0.9，界值 0.8" in view.tip


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "–"), (3.0, "3"), (1234.5, "1,234"), (0.12345, "0.123"), (-0.5, "-0.5")]
)
def test_figures_of_tips(value, shown):
    assert figure(value) == shown


def test_another_language_is_one_error(three, day):
    with pytest.raises(ValueError, match="fr"):
        node_views(three, pd.DataFrame(), pd.DataFrame(), "fr", day)


def test_every_text_is_in_both_languages():
    """The file of texts is read whole: its rules hold and no text is HTML."""
    assert LANGUAGES == ("zh", "en")
    for sentence in templates().values():
        assert not [part for part in (*sentence.zh, *sentence.en) if set("<>&") & set(part)]


def test_firms_of_the_node_scores_are_counted_as_they_are(chain, known):
    """The chain that is counted by hand: at lens one local firm and two others, at idle none of either."""
    params = ScoreParams(
        days=("2024-06-30",), growth_years=3, reach_steps=4, known_share=0.5, level=0.9, draws=50, seed=1
    )
    table = node_scores(PlacedChain.of(chain, known), params)
    views = node_views(chain, table, pd.DataFrame(), "zh", dt.date(2024, 6, 30))
    assert (views["lens"].local, views["lens"].world) == (1, 3)
    assert views["parts"].local == 1
    assert views["idle"].local == 0
