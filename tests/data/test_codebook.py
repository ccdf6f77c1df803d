from __future__ import annotations

import hashlib

import pytest

from data.codebook import (
    POINTS_TOTAL,
    CodebookError,
    CreditFact,
    Indicator,
    read_codebook,
    read_credit_facts,
    reference_path,
)

pytestmark = pytest.mark.contract


def test_seventeen_core_indicators_make_100_and_seven_auxiliary_make_30():
    """The shape of the points: base 100 and bonus 30 in every stage."""
    book = read_codebook()
    assert [sum(item.kind == kind for item in book) for kind in POINTS_TOTAL] == [17, 7]
    for stage in book.stages:
        for kind, total in POINTS_TOTAL.items():
            assert sum(item.weights[stage] for item in book if item.kind == kind) == total


def test_a_broken_codebook_lists_every_fault(tmp_path):
    """Two faults, one message."""
    lines = reference_path("indicators.csv").read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("core", "cores")
    lines[2] = lines[2].replace(",1,log1p", ",2,log1p")
    path = tmp_path / "codebook.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CodebookError) as result:
        read_codebook(path)
    assert "line 2" in str(result.value)
    assert "line 3" in str(result.value)


def test_weights_that_do_not_add_up_are_refused(tmp_path):
    """A stage whose core weights miss 100 names the stage and the sum."""
    text = reference_path("indicators.csv").read_text(encoding="utf-8").replace(",1,6,7,6\n", ",1,7,7,6\n", 1)
    path = tmp_path / "codebook.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CodebookError, match="startup: core weights sum to 101"):
        read_codebook(path)


HEADER = (
    "key,zh,en,dimension,kind,unit,dtype,low,high,direction,transform,agency,freshness_months,zero_is_fact,"
    "personal,actionable,weight_startup,weight_growth"
)
ONE = [
    "a",
    "甲",
    "A",
    "input",
    "core",
    "share",
    "float",
    "-0.5",
    "2",
    "1",
    "identity",
    "tax",
    "12",
    "1",
    "0",
    "0",
    "100",
    "60",
]
TWO = ["b", "乙", "B", "output", "core", "items", "int", "0", "50", "-1", "log1p", "ip", "6", "0", "1", "1", "0", "40"]
BONUS = [
    "c",
    "丙",
    "C",
    "input",
    "auxiliary",
    "items",
    "int",
    "0",
    "9",
    "1",
    "log1p",
    "ip",
    "6",
    "0",
    "0",
    "1",
    "30",
    "30",
]


def write(path, *rows, header=HEADER):
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8", newline="")
    return path


def changed(row, **values):
    names = HEADER.split(",")
    return [values.get(name, cell) for name, cell in zip(names, row, strict=True)]


def test_a_codebook_of_three_rows_is_read_cell_by_cell(tmp_path):
    """Every column becomes the member of its name."""
    book = read_codebook(write(tmp_path / "book.csv", ONE, TWO, BONUS))
    assert (book.keys, book.stages, book.dimensions) == (("a", "b", "c"), ("startup", "growth"), ("input", "output"))
    assert len(book) == 3
    assert list(book) == [book["a"], book["b"], book["c"]]
    assert book["a"] == Indicator(
        key="a", zh="甲", en="A", dimension="input", kind="core", unit="share", dtype="float", low=-0.5, high=2.0,
        direction=1, transform="identity", agency="tax", freshness_months=12, zero_is_fact=True, personal=False,
        actionable=False, weights={"startup": 100.0, "growth": 60.0},
    )  # fmt: skip
    assert book["b"] == Indicator(
        key="b", zh="乙", en="B", dimension="output", kind="core", unit="items", dtype="int", low=0.0, high=50.0,
        direction=-1, transform="log1p", agency="ip", freshness_months=6, zero_is_fact=False, personal=True,
        actionable=True, weights={"startup": 0.0, "growth": 40.0},
    )  # fmt: skip
    with pytest.raises(KeyError, match=r"'z' is not in the codebook; it has \['a', 'b', 'c'\]"):
        book["z"]


def test_the_digest_is_of_the_content_and_not_of_its_line_ends(tmp_path):
    """One changed cell is another digest; other line ends are not."""
    first = write(tmp_path / "one.csv", ONE, TWO, BONUS)
    (tmp_path / "two.csv").write_bytes(first.read_bytes().replace(b"\n", b"\r\n"))
    third = write(tmp_path / "three.csv", changed(ONE, agency="bank"), TWO, BONUS)
    one, two, three = (read_codebook(path).digest for path in (first, tmp_path / "two.csv", third))
    assert one == two != three
    assert one == hashlib.sha256(first.read_bytes()).hexdigest()


# rows -> the faults, in order, after the line that names the file
FAULTS = [
    ([], ["no rows"]),
    ([ONE, TWO, TWO, BONUS], ["key 'b' occurs 2 times", "growth: core weights sum to 140, not 100"]),
    ([changed(ONE, high="-0.5"), TWO, BONUS], ["a: low -0.5 is not below high -0.5"]),
    ([ONE, changed(TWO, low="-1"), BONUS], ["b: log1p needs low >= 0, got -1"]),
    ([ONE, TWO, changed(BONUS, weight_startup="31")], ["startup: auxiliary weights sum to 31, not 30"]),
    ([changed(ONE, kind="main"), TWO], ["line 2: a: kind is 'main', allowed: ['core', 'auxiliary']"]),
    ([ONE, changed(TWO, dtype="text")], ["line 3: b: dtype is 'text', allowed: ['float', 'int']"]),
    ([ONE, changed(TWO, transform="sqrt")], ["line 3: b: transform is 'sqrt', allowed: ['identity', 'log1p']"]),
    (
        [changed(ONE, direction="0"), changed(TWO, direction="2")],
        [
            "line 2: a: direction is '0', allowed: ['1', '-1']",
            "line 3: b: direction is '2', allowed: ['1', '-1']",
        ],
    ),
]


@pytest.mark.parametrize(("rows", "faults"), FAULTS)
def test_each_rule_of_a_codebook_has_its_message(tmp_path, rows, faults):
    """All faults of a kind are listed at once, under the file's name."""
    with pytest.raises(CodebookError) as result:
        read_codebook(write(tmp_path / "book.csv", *rows))
    assert str(result.value) == "book.csv breaks the codebook's rules:\n  " + "\n  ".join(faults)


def test_log1p_may_begin_at_zero_and_a_codebook_may_lack_a_kind(tmp_path):
    """Without a bonus part only the base has to add up; sums are compared but for rounding."""
    thirds = [changed(TWO, key=key, weight_startup="33.3333333333", weight_growth="33.3333333333") for key in "xyz"]
    thirds[0] = changed(thirds[0], weight_startup="33.3333333334", weight_growth="33.3333333334")
    assert read_codebook(write(tmp_path / "book.csv", *thirds)).keys == ("x", "y", "z")


def test_credit_facts_are_read_cell_by_cell(tmp_path):
    """A veto is marked by 1."""
    header = "key,zh,en,unit,dtype,low,high,pd_direction,agency,veto"
    path = write(tmp_path / "facts.csv", ["d", "债", "Debt", "wan", "float", "0", "9.5", "1", "bank", "0"],
                 ["v", "否", "Veto", "flag", "int", "0", "1", "-1", "court", "1"], header=header)  # fmt: skip
    assert read_credit_facts(path) == (
        CreditFact("d", "债", "Debt", "wan", "float", 0.0, 9.5, 1, "bank", veto=False),
        CreditFact("v", "否", "Veto", "flag", "int", 0.0, 1.0, -1, "court", veto=True),
    )
