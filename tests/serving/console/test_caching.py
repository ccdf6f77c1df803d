"""What a browser may keep, and how an answer is sent."""

from __future__ import annotations

import gzip

import pytest

from serving.console.caching import Answer, KeptFile, StaticFiles, dynamic, takes_gzip

SCRIPT = b"var firms = 7310;" * 200
GZIP = {b"accept-encoding": b"gzip, br"}


def answer(kind: bytes, body: bytes, *more: tuple[bytes, bytes], status: int = 200) -> Answer:
    return Answer(status, [(b"content-type", kind), *more], body)


def test_what_one_person_sees_is_never_kept_and_a_list_is_compressed():
    """JSON of some length is compressed and marked no-store, whatever the application said about keeping it."""
    rows = answer(b"application/json", b'{"firm": "x"}' * 100, (b"cache-control", b"public, max-age=60"))
    sent = dynamic(rows, GZIP)
    assert gzip.decompress(sent.body) == rows.body
    assert len(sent.body) < 200
    assert [value for name, value in sent.headers if name == b"cache-control"] == [b"no-store"]
    assert (sent.header(b"content-encoding"), sent.header(b"vary")) == (b"gzip", b"accept-encoding")
    assert sent.header(b"content-length") == str(len(sent.body)).encode()
    assert dynamic(rows, {}).body == rows.body


@pytest.mark.parametrize("kind", [b"text/html; charset=utf-8", b"application/pdf"])
def test_a_page_with_a_forms_secret_and_what_is_compressed_already_stay_as_they_are(kind):
    """The length of a compressed page would give its secret away; a PDF gains nothing."""
    assert dynamic(answer(kind, SCRIPT), GZIP).body == SCRIPT


def test_a_short_answer_is_sent_as_it_is():
    """Below a thousand bytes compression costs more than it saves."""
    assert dynamic(answer(b"application/json", b"{}"), GZIP).body == b"{}"


def test_a_versioned_file_is_kept_for_a_year_and_another_is_asked_for_again():
    """The address of a version never holds another file; one without is confirmed by its tag, with an empty answer."""
    kept = KeptFile.of(answer(b"text/javascript", SCRIPT))
    year, asked = kept.answer(GZIP, versioned=True), kept.answer(GZIP, versioned=False)
    assert year.header(b"cache-control") == b"public, max-age=31536000, immutable"
    assert asked.header(b"cache-control") == b"public, no-cache"
    assert gzip.decompress(asked.body) == SCRIPT
    again = kept.answer({**GZIP, b"if-none-match": b'"other", ' + asked.header(b"etag")}, versioned=False)
    assert (again.status, again.body, again.header(b"etag")) == (304, b"", asked.header(b"etag"))
    assert kept.answer({}, versioned=False).body == SCRIPT


def test_the_tag_changes_with_the_bytes():
    """Another version of a file has another tag."""
    tags = {KeptFile.of(answer(b"text/css", body)).etag for body in (SCRIPT, SCRIPT + b" ", SCRIPT)}
    assert len(tags) == 2


@pytest.mark.parametrize(
    ("path", "query", "name", "versioned"),
    [
        ("/assets/console.css", b"m=1764213", "/assets/console.css", True),
        ("/assets/console.css", b"", "/assets/console.css", False),
        ("/_dash-component-suites/dash/deps/react@18.v4_4_1m17.min.js", b"", None, True),
        ("/_dash-component-suites/dash_ag_grid/async-community.js", b"", None, False),
        ("/_dash-layout", b"m=1", "", False),
        ("/firms", b"v=1", "", False),
        ("/assets/../firms", b"m=1", "", False),
        ("/assets//console.css", b"m=1", "", False),
    ],
)
def test_only_files_of_the_console_and_its_libraries_are_static(path, query, name, versioned):
    """Layouts, callbacks and pages are not, nor a path that is written in a second way."""
    found, by_version, kept = StaticFiles().find(path, query)
    assert (found if name is not None else bool(found), by_version, kept) == (
        name if name is not None else True,
        versioned,
        None,
    )


def test_a_kept_file_is_found_under_every_fingerprint():
    """One copy in memory, however many fingerprints are asked for."""
    files = StaticFiles()
    first, _, _ = files.find("/_dash-component-suites/dash/r.v1m1.js", b"")
    files.keep(first, answer(b"text/javascript", SCRIPT))
    assert files.find("/_dash-component-suites/dash/r.v2m2.js", b"")[2] is not None


@pytest.mark.parametrize(
    "found",
    [
        answer(b"text/html", b"sign in first"),
        answer(b"text/css", b"a {}", (b"set-cookie", b"session=1")),
        answer(b"text/css", b"", status=404),
        answer(b"text/css", b"", status=302),
    ],
    ids=["page", "cookie", "not found", "moved"],
)
def test_no_page_cookie_or_fault_is_kept_as_a_file(found):
    """What is given to everybody can hold nothing of one person."""
    files = StaticFiles()
    assert files.keep("/assets/a.css", found) is None
    assert files.find("/assets/a.css", b"")[2] is None


@pytest.mark.parametrize(
    ("header", "takes"),
    [(b"gzip", True), (b"br, GZIP;q=0.5", True), (b"gzip;q=0", False), (b"gzip; q=0.0", False), (b"br", False)],
)
def test_gzip_is_sent_only_to_those_who_take_it(header, takes):
    """By the header, with its weights."""
    assert takes_gzip({b"accept-encoding": header}) is takes
    assert not takes_gzip({})
