"""A form that becomes an address: every input has a label and a name."""

import dash_mantine_components as dmc

from serving.console.parts.filters import choice, query_form


def test_a_choice_may_be_left_open_only_where_it_says_so():
    pick = choice("lamp", "灯", [("red", "红灯"), ("green", "绿灯")], "red", "全部")
    assert (pick.name, pick.label, pick.value, pick.clearable, pick.placeholder) == ("lamp", "灯", "red", True, "全部")
    assert pick.data[1] == {"value": "green", "label": "绿灯"}
    fixed = choice("by", "分组", [("item", "事项")], "item")
    assert fixed.allowDeselect is False
    assert choice("by", "分组", [("item", "事项")]).value is None


def test_a_choice_is_as_wide_as_its_longest_words():
    """26 letters of at most 8 px, and 32 px for the mark that opens it."""
    longest = "incubators and makerspaces"
    assert choice("record", "Record", [("all", longest)]).w >= 8 * len(longest) + 32


def test_a_form_sends_its_inputs_and_what_it_keeps_to_its_address():
    form = query_form("/console/approvals", [dmc.TextInput(name="month", label="月份")], "筛选", {"office": "east"})
    assert (form.action, form.method) == ("/console/approvals", "get")
    month, office, button = form.children.children
    assert (month.name, office.name, office.value, office.display) == ("month", "office", "east", "none")
    assert (button.children, button.buttonProps) == ("筛选", {"type": "submit"})
