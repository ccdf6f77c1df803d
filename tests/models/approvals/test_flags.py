"""Flags of many cases at once; each of them is worked by hand in ``test_fold.py``."""

from models.approvals.columns import event_columns
from models.approvals.ends import ends
from models.approvals.flags import flags
from models.approvals.lasting import lasting
from tests.models.approvals.events import CHINA, event, resumed, suspended


def found(*cases, now=None):
    events = [one for some in cases for one in some]
    ids = [at for at, some in enumerate(cases) for _ in some]
    columns = event_columns(events, ids, until=None, now=now, zone=CHINA)
    last = ends(columns)
    marks = flags(columns, last, lasting(columns, columns.counted & ~last.after))
    return [{code for code, rows in marks.items() if case in columns.case[rows]} for case in range(len(cases))]


def test_each_case_has_its_own_flags():
    clean = [event("accepted", "02"), suspended("03"), resumed("04"), event("decided", "05", outcome="granted")]
    assert found(
        clean,
        [event("accepted", "02"), suspended("03", basis="", days="")],
        [event("accepted", "05"), event("decided", "04"), event("extended", "06", by="head", informed="1")],
        [event("extended", "06", by="head", informed="1"), event("extended", "07", by="head", informed="1")],
    ) == [
        set(), {"suspension_without_basis", "suspension_without_days"}, {"decided_before_accepted", "after_end"},
        {"extended_twice"},
    ]  # fmt: skip


def test_what_is_in_the_future_has_no_other_flag():
    both = [event("accepted", "02"), event("decided", "09"), event("withdrawn", "10")]
    assert found(both, [], both, now=event("step", "03").at) == [{"in_future"}, set(), {"in_future"}]


def test_no_events_have_no_flags():
    assert found([]) == [set()]
