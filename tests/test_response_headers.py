"""Every response carries the security headers: pages, refusals, redirects, media and the websocket's refusal."""

import socket
from urllib.parse import urlsplit

import pytest

from dashboard.response_headers import security_headers
from dashboard.shared.inline_scripts import keep_me
from tests.servers import dashboard, request


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    with dashboard("serve", "--home", str(tmp_path_factory.mktemp("headers") / "home"), token=True) as address:
        yield urlsplit(address)


TARGETS = [("/", 200), ("/risk", 200), ("/favicon.png", 200), ("/media/none.csv", 404), ("/_stcore/health", 200),
           ("/_stcore/upload_file/a/b", 200), ("/_stcore/host-config", 200)]  # fmt: skip


@pytest.mark.parametrize(("target", "expected"), TARGETS)
def test_every_response_carries_them(printed, target, expected):
    key = f"passline_{printed.port}={printed.query.partition('=')[2]}"
    status, headers, _ = request(printed.port, target, Cookie=key)
    assert status == expected
    assert {name: headers.get_all(name) for name in security_headers()} == {
        name: [value] for name, value in security_headers().items()
    }
    assert headers.get_all("Cache-Control") == ["no-store"]


@pytest.mark.parametrize("headers", [{}, {"Host": "evil.example"}, {"Origin": "null"}])
@pytest.mark.parametrize("target", ["/", "/_stcore/stream"])
def test_refusals_carry_them_too(printed, headers, target):
    status, answered, _ = request(printed.port, target, **headers)
    assert status == 403
    assert {name: answered[name] for name in security_headers()} == security_headers()


def test_the_redirect_from_the_token_is_kept_by_no_browser(printed):
    status, headers, _ = request(printed.port, f"/?{printed.query}")
    assert (status, headers["Cache-Control"], headers["Referrer-Policy"]) == (303, "no-store", "same-origin")


def test_a_refused_websocket_carries_them(printed):
    with socket.create_connection(("127.0.0.1", printed.port), timeout=20) as reached:
        host = f"127.0.0.1:{printed.port}"
        reached.sendall(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            .encode()
        )  # fmt: skip
        answered = b""
        while b"\r\n\r\n" not in answered:
            answered += reached.recv(4096)
    assert answered.startswith(b"HTTP/1.1 403")
    assert b"content-security-policy: default-src 'none'" in answered.lower()


def test_the_policy_loads_from_this_server_alone_and_runs_no_unknown_script():
    rules = dict(rule.split(" ", 1) for rule in security_headers()["Content-Security-Policy"].split("; "))
    assert [rules[name] for name in ("default-src", "object-src", "base-uri", "frame-ancestors")] == ["'none'"] * 4
    assert rules["connect-src"] == rules["form-action"] == "'self'"
    assert rules["script-src"].count("'sha256-") == 3
    assert not [word for word in ("unsafe", "http", "*") if word in rules["script-src"]]


def test_a_name_ends_neither_its_attribute_nor_its_cookie():
    kept = keep_me('"><script>x</script>; path=/evil\r\nSet-Cookie: a=b').partition("</div>")[0]
    assert kept.count('"') == 2
    assert not [sign for sign in "'; \r\n\\" if sign in kept.partition("=")[2].strip('"').removesuffix('">')]
