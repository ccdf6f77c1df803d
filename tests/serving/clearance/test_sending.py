"""Only an https host by name at public addresses that were checked is reached, and nothing is followed further."""

from __future__ import annotations

import asyncio
import threading
from ipaddress import ip_address

import pytest

from serving.clearance.sending import Sender, is_public, read_site, read_target
from tests.serving.clearance.planted import HOST, loopback, receiver

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
        "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.0.192", "192.0.2.1",
        "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "168.63.129.16",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
        "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1",
        "fd00:ec2::254", "ff02::1", "100::1", "5f00::1", "2606:4700::1%1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public(text):
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "114.114.114.114", "1.1.1.1", "2001:4860:4860::8888", "2400:3200::1"])
def test_a_public_address(text):
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example.com/", "https://a.example.com", "//a.example.com/", "https://1.2.3.4/", "https://[::1]/",
        "https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://localhost/", "https://a.example.com#f",
        "https://u:p@a.example.com/", "https://a.example.com\\@b.example.com/", "https://a.example.com:0/",
        "https://a.example.com:65536/", "https://a.example.com:443x/", "https://A.example.com/", "https://a..com/",
        "https://-a.example.com/", "https://a.example.com./", "https://a.example.com/ x", "https://a.example.com/\r\n",
        "https://a.example.com/%zz", "https://例.example.com/", "https://a.example.com/" + "x" * 500, "", "https://",
        "https://a.example.com/x\n", "ftp://a.example.com/", "https://a.example.com:443:443/", "https://a.1/",
    ],
)  # fmt: skip
def test_a_url_that_is_none_of_ours(url):
    """The one without a path is the only one of them that is read."""
    assert (read_target(url) is None) == (url != "https://a.example.com")


def test_the_parts_of_a_url():
    target = read_target("https://a-b.example.com:8443/x/y?z=%41")
    assert (target.host, target.port, target.path) == ("a-b.example.com", 8443, "/x/y?z=%41")
    assert (target.site, read_site("a.example.com:443")) == ("a-b.example.com:8443", "a.example.com")
    assert (read_site("a.example.com:8443"), read_site("1.2.3.4"), read_site("a.example.com/")) == (
        "a.example.com:8443", None, None,
    )  # fmt: skip


def post(sender, url, body=b"{}"):
    return asyncio.run(sender.post(read_target(url), {"webhook-id": "msg_1"}, body))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with receiver(tmp_path_factory.mktemp("tls")) as made:
        yield made


@pytest.fixture
def sender(server):
    server.answers, server.came, server.body, server.before = [204], [], b"", lambda: None
    return Sender(server.context, loopback, allow_loopback=True, timeout_s=20.0)


def test_what_is_sent_arrives_under_the_host_s_own_name(server, sender):
    sent = post(sender, server.url, b'{"a":1}')
    ((headers, body),) = server.came
    assert (sent.status, sent.reason, body) == (204, "", b'{"a":1}')
    assert (headers["host"], headers["webhook-id"]) == (f"{HOST}:{server.port}", "msg_1")


@pytest.mark.parametrize(("status", "reason"), [(302, "redirect"), (307, "redirect"), (404, "status"), (503, "status")])
def test_an_answer_that_acknowledges_nothing(server, sender, status, reason):
    """A redirect, here to a metadata address, is not followed."""
    server.answers = [status]
    assert (post(sender, server.url).status, post(sender, server.url).reason) == (status, reason)
    assert len(server.came) == 2


def test_loopback_is_reached_by_tests_alone(server, sender):
    refused = Sender(server.context, loopback)
    assert (post(refused, server.url).reason, server.came) == ("address_not_public", [])


@pytest.mark.parametrize("addresses", [["8.8.8.8", "10.0.0.1"], ["10.0.0.1"], [], ["8.8.8.8"] * 17])
def test_one_address_that_is_not_public_is_enough(server, addresses):
    async def resolve(host, port):
        return addresses

    assert post(Sender(server.context, resolve, timeout_s=20.0), server.url).reason == "address_not_public"


def test_a_name_is_looked_up_once_and_the_connection_goes_there(server):
    """A name that answers otherwise the second time (DNS rebinding) has no second time."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def resolve(host, port):
        return answers.pop(0)

    sender = Sender(server.context, resolve, allow_loopback=True, timeout_s=20.0)
    server.answers, server.came = [204], []
    assert post(sender, server.url).status == 204
    assert post(sender, server.url).reason == "address_not_public"
    assert len(server.came) == 1


def test_a_certificate_of_another_name_or_issuer_is_refused(server, sender):
    other = server.url.replace(HOST, "other.example.com")
    assert post(sender, other).reason == "certificate"
    assert post(Sender(resolve=loopback, allow_loopback=True), server.url).reason == "certificate"
    assert server.came == []


def test_a_slow_answer_and_a_closed_port_end_in_time(server, sender):
    answer = threading.Event()
    server.before = lambda: answer.wait(30)
    sender.timeout_s = 0.1
    sent = post(sender, server.url)
    answer.set()
    assert (sent.reason, sent.status) == ("timeout", None)
    assert 100 <= sent.duration_ms < 20_000  # it would be answered after 30 s
    assert post(Sender(server.context, loopback, allow_loopback=True), f"https://{HOST}:1/").reason == "no_connection"


def test_a_name_that_there_is_not_is_said(server):
    async def resolve(host, port):
        import socket

        raise socket.gaierror(-2, "unknown")

    assert post(Sender(server.context, resolve), server.url).reason == "name_not_found"


def test_an_endless_answer_is_left(server, sender):
    server.body, server.answers = b"x" * 3_000_000, [200]
    assert post(sender, server.url).status == 200


def test_a_proxy_of_the_environment_is_not_used(server, sender, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert post(sender, server.url).status == 204
