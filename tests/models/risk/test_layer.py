from __future__ import annotations

import numpy as np
import pytest

from models.risk.layer import Layer, Term, Terms

pytestmark = pytest.mark.law


@pytest.mark.parametrize(
    ("term", "values", "expected"),
    [
        # one where the value is above 0
        (Term(0, "any", 0.0, 0.0, 0.0, 1.0), [0.0, 0.5, 400.0], [0.0, 1.0, 1.0]),
        # log(1 + x) / log(1 + 90): log 2 = .6931, log 31 = 3.4340, log 91 = 4.5109; beyond 90 days nothing more
        (Term(0, "amount", 1.0, 90.0, 0.0, 1.0), [0.0, 1.0, 30.0, 90.0, 3_650.0], [0.0, 0.15366, 0.76127, 1.0, 1.0]),
        # log(1 + .05 / .05) / log(1 + 1 / .05) = .6931 / 3.0445
        (Term(0, "amount", 0.05, 1.0, 0.0, 1.0), [0.05, 1.0], [0.22767, 1.0]),
        # kept within -1 and 3, less the mean 1, times -.5: a large value is good
        (Term(0, "level", -1.0, 3.0, 1.0, -0.5), [-9.0, -1.0, 1.0, 2.0, 1e9], [1.0, 1.0, 0.0, -0.5, -1.0]),
        # log(1 + min(x, 9)) less log 2, times 2: log 10 - log 2 = 1.6094
        (Term(0, "log", 0.0, 9.0, float(np.log(2.0)), 2.0), [1.0, 9.0, 50.0], [0.0, 3.21888, 3.21888]),
        # an amount below 0 is none, and what is below the lower end counts as that: log 3 = 1.0986
        (Term(0, "amount", 1.0, 90.0, 0.0, 1.0), [-50.0, -1.0], [0.0, 0.0]),
        (Term(0, "log", 2.0, 9.0, 0.0, 1.0), [-5.0, 0.0, 2.0], [1.09861, 1.09861, 1.09861]),
        (Term(0, "any", 0.0, 0.0, 0.4, 2.0), [-1.0, 1.0], [-0.8, 1.2]),
        # the lower end counts, the upper one does not
        (Term(0, "band", 2.0, 4.0, 0.0, 1.0), [1.9, 2.0, 3.9, 4.0], [0.0, 1.0, 1.0, 0.0]),
        # a missing value is the training mean, whatever the form
        (Term(0, "level", 0.0, 1.0, 0.25, 4.0), [np.nan, 0.5], [0.0, 1.0]),
        (Term(0, "band", 0.0, 1.0, 0.25, 1.0), [np.nan, 0.5], [0.0, 0.75]),
    ],
)
def test_columns_by_hand(term, values, expected):
    """Each form on a few values; the intercept's column is one."""
    columns = Terms([term]).columns(np.array(values)[:, None])
    assert columns[0].tolist() == [1.0] * len(values)
    assert columns[1] == pytest.approx(expected, abs=2e-5)


def test_shares_and_variance_by_hand():
    """Two terms of one feature; U = [[.5, .1, 0], [0, .2, -.1], [0, 0, .3]]."""
    layer = Layer(
        (
            Term(0, "any", 0.0, 0.0, 0.0, 1.0),
            Term(0, "level", 0.0, 2.0, 0.0, 1.0),
        ),
        (-3.0, 0.4, 0.25),
        ((0.5, 0.1, 0.0), (0.2, -0.1), (0.3,)),
    )
    columns = layer.table.columns(np.array([[0.0, 7.0], [2.0, 7.0]]))
    parts = np.zeros((2, 2))
    layer.add_shares(columns, parts)
    assert parts.tolist() == [[0.0, 0.9], [0.0, 0.0]]  # .4 + 2 x .25; the intercept is no feature's
    # z = (1, 0, 0): U z = (.5, 0, 0); z = (1, 1, 2): U z = (.6, 0, .6)
    assert layer.variance(columns) == pytest.approx([0.25, 0.72])


def test_a_row_alone_has_the_variance_of_the_table():
    """One order of adding up, whatever the number of rows."""
    rng = np.random.default_rng(1)
    terms = tuple(Term(position, "level", -3.0, 3.0, 0.0, 1.0) for position in range(20))
    root = tuple(tuple(rng.normal(size=21 - position).tolist()) for position in range(21))
    layer, x = Layer(terms, tuple(rng.normal(size=21).tolist()), root), rng.normal(size=(1_000, 20))
    every = layer.variance(layer.table.columns(x))
    alone = [layer.variance(layer.table.columns(x[position : position + 1]))[0] for position in range(1_000)]
    assert every.tolist() == alone
    full = np.zeros((21, 21))
    for position, row in enumerate(root):
        full[position, position:] = row
    z = np.column_stack([np.ones(1_000), np.clip(x, -3, 3)])
    assert every == pytest.approx(np.einsum("ni,ij,nj->n", z, full.T @ full, z))


def test_every_term_takes_its_own_feature_and_its_own_bounds():
    """Five forms over three features in one table; the third row knows nothing."""
    terms = (
        Term(2, "any", 0.0, 0.0, 0.5, 1.0), Term(0, "amount", 1.0, 3.0, 0.0, 2.0),
        Term(1, "level", 0.0, 4.0, 1.0, -1.0),
        Term(0, "log", 0.0, 9.0, 0.0, 1.0), Term(2, "band", 1.0, 2.0, 0.0, 3.0), Term(2, "level", -1.0, 1.5, 0.0, 1.0),
    )  # fmt: skip
    columns = Terms(terms).columns(np.array([[3.0, 5.0, 1.0], [0.0, -2.0, -4.0], [np.nan] * 3]))
    wanted = [[1, 0.5, 2.0, -3.0, np.log(4.0), 3.0, 1.0], [1, -0.5, 0.0, 1.0, 0.0, 0.0, -1.0], [1] + [0.0] * 6]
    assert columns == pytest.approx(np.array(wanted).T, abs=1e-12)


def test_a_layer_without_constraints_is_its_intercept():
    """One column of ones, no share, and the intercept's variance .5^2 for every case."""
    layer = Layer((), (-3.0,), ((0.5,),))
    columns = layer.table.columns(np.zeros((2, 4)))
    parts = np.zeros((4, 2))
    layer.add_shares(columns, parts)
    assert (columns.tolist(), parts.any(), layer.variance(columns).tolist()) == ([[1.0, 1.0]], False, [0.25, 0.25])


def test_a_card_holds_every_figure_in_its_order():
    """Feature, form, low, high, mean, gain of each term; coefficients; the root row by row."""
    term = Term(3, "band", 1.0, 2.0, 0.25, -0.5)
    card = Layer((term,), (0.5, 1.0), ((1.0, 0.25), (2.0,))).card()
    assert card == {
        "terms": [[3, "band", 1.0, 2.0, 0.25, -0.5]], "coefficients": [0.5, 1.0], "root": [[1.0, 0.25], [2.0]],
    }  # fmt: skip
    for key in card:
        with pytest.raises(KeyError, match=key):
            Layer.of_card({name: value for name, value in card.items() if name != key})


@pytest.mark.contract
def test_a_layer_that_does_not_fit_together_is_refused():
    """Numbers of coefficients, shape of the root, forms and finite numbers are checked."""
    term = Term(0, "level", 0.0, 1.0, 0.0, 1.0)
    size = "^a layer of 1 terms needs 2 coefficients and a root of that size$"
    finite = "^the layer's coefficients and root must be finite$"
    for coefficients, root, message in [
        ((0.0,), ((1.0, 0.0), (1.0,)), size),
        ((0.0, 1.0), ((1.0,), (1.0,)), size),
        ((0.0, 1.0), ((1.0, 0.0),), size),
        ((0.0, 1.0), ((1.0, 0.0), (1.0,), ()), size),
        ((0.0, float("nan")), ((1.0, 0.0), (1.0,)), finite),
        ((0.0, 1.0), ((1.0, float("inf")), (1.0,)), finite),
    ]:
        with pytest.raises(ValueError, match=message):
            Layer((term,), coefficients, root)
    with pytest.raises(ValueError, match=r"^terms of unknown form: \['Level', 'cube'\]$"):
        Terms([Term(0, "cube", 0.0, 1.0, 0.0, 1.0), term, Term(0, "Level", 0.0, 1.0, 0.0, 1.0)])
    good = Layer((term,), (0.0, 1.0), ((1.0, 0.0), (1.0,)))
    assert Layer.of_card(good.card()) == good
