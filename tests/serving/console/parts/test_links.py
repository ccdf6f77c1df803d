"""Links between pages are plain anchors, and frames have a name."""

from serving.console.parts.links import downloads, framed_page, siblings


def test_the_present_page_is_marked_for_eyes_and_for_screen_readers():
    nav = siblings(
        "通关", [("看板", "/console/clearance"), ("报告", "/console/clearance/report")], "/console/clearance"
    )
    here, other = nav.children
    assert nav.to_plotly_json()["props"]["aria-label"] == "通关"
    assert (here.className, here.to_plotly_json()["props"]["aria-current"]) == ("sibling here", "page")
    assert (other.className, other.href) == ("sibling", "/console/clearance/report")
    assert "aria-current" not in other.to_plotly_json()["props"]


def test_files_and_frames_lead_where_they_say():
    assert [one.href for one in downloads([("CSV", "/console/api/a.csv")]).children] == ["/console/api/a.csv"]
    frame = framed_page("报告", "/console/api/page.html", 500)
    assert (frame.title, frame.src, frame.style) == ("报告", "/console/api/page.html", {"height": "500px"})
