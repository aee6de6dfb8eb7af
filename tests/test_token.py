"""Only who knows the token in the printed address is let in; the token is told to nobody else."""

import os
import re
import stat
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from dashboard.access_token import REFUSAL, new_token, split_token
from tests.servers import dashboard, free_port, request

PROXIED = "https://passline.school.example"


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The printed address of a server on an empty home, and all that the server says."""
    said = []
    with dashboard("serve", "--home", str(tmp_path_factory.mktemp("token") / "home"), said=said, token=True) as address:
        yield urlsplit(address), said


def key_of(address):
    """The cookie that the printed address gives, as a browser sends it."""
    _, headers, _ = request(address.port, f"/?{address.query}")
    return headers["Set-Cookie"].partition(";")[0]


def stream(port, cookie):
    """The status of a websocket handshake of an own page with this cookie; 101 is an open websocket."""
    sent = {"Cookie": cookie} if cookie else {}
    try:
        with connect(f"ws://127.0.0.1:{port}/_stcore/stream", origin=f"http://127.0.0.1:{port}",
                     additional_headers=sent, proxy=None) as opened:
            return opened.response.status_code
    except InvalidStatus as refused:
        return refused.response.status_code


def test_the_printed_address_gives_a_cookie_that_scripts_and_other_sites_cannot_use(printed):
    address, _ = printed
    status, headers, _ = request(address.port, f"/?{address.query}")
    assert (status, headers["Location"]) == (303, "/")
    assert re.fullmatch(
        rf"passline_{address.port}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=lax", headers["Set-Cookie"]
    )


def test_the_cookie_opens_pages_and_the_websocket(printed):
    address, _ = printed
    key = key_of(address)
    assert request(address.port, "/", Cookie=key)[0] == 200
    assert stream(address.port, key) == 101


@pytest.mark.parametrize("target", ["/", "/risk", "/static/media/x", "/media/x.csv", "/_stcore/host-config",
                                    "/_stcore/upload_file/a/b", "/?token=", "/?token=wrong",
                                    "/_stcore/health/../host-config"])  # fmt: skip
@pytest.mark.parametrize("cookie", ["", "passline_1=x", "passline_{port}=", "passline_{port}=wrong",
                                    "passline_{port}=\xe9"])  # fmt: skip
def test_without_the_cookie_everything_is_refused_in_one_sentence(printed, target, cookie):
    port = printed[0].port
    status, headers, body = request(port, target, Cookie=cookie.format(port=port))
    assert (status, REFUSAL in body.decode(), headers["Set-Cookie"]) == (403, True, None)
    assert headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("cookie", ["", "passline_{port}=wrong"])
def test_without_the_cookie_no_websocket_opens(printed, cookie):
    assert stream(printed[0].port, cookie.format(port=printed[0].port)) == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_the_token_alone_changes_nothing(printed, method):
    assert request(printed[0].port, f"/_stcore/upload_file/a/b?{printed[0].query}", method)[0] == 403


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer {token}"}, {"Authorization": "{token}"}, {"Token": "{token}"},
                {"X-Token": "{token}"}, {"Cookie": "token={token}"}, {"Cookie": "passline_1={token}"},
                {"Referer": "http://127.0.0.1:{port}/?token={token}"}],
)  # fmt: skip
def test_the_token_is_taken_from_no_other_header(printed, headers):
    token, port = printed[0].query.partition("=")[2], printed[0].port
    sent = {name: value.format(token=token, port=port) for name, value in headers.items()}
    assert request(port, "/risk", **sent)[0] == 403


@pytest.mark.parametrize(
    "query", ["Token={token}", "TOKEN={token}", "key={token}", "token[]={token}", "{token}", "x=token={token}",
              "token={token}x", "token=x{token}", "a;token={token}", "#token={token}", "token%00={token}"],
)  # fmt: skip
def test_the_token_is_taken_from_no_other_part_of_the_address(printed, query):
    token, port = printed[0].query.partition("=")[2], printed[0].port
    assert request(port, f"/risk?{query.format(token=token)}")[0] == 403
    assert request(port, f"/{token}")[0] == 403


def test_two_servers_of_one_computer_keep_a_cookie_each(printed, tmp_path):
    with dashboard("serve", "--home", str(tmp_path / "home"), token=True) as second:
        addresses = [printed[0], urlsplit(second)]
        keys = [key_of(address) for address in addresses]
        names = {key.partition("=")[0] for key in keys}
        assert names == {f"passline_{address.port}" for address in addresses}
        assert [request(address.port, "/", Cookie="; ".join(keys))[0] for address in addresses] == [200, 200]
        ports = [address.port for address in addresses]
        swapped = [f"passline_{port}={key.partition('=')[2]}" for port, key in zip(ports, keys[::-1], strict=True)]
        assert [request(port, "/", Cookie=key)[0] for port, key in zip(ports, swapped, strict=True)] == [403, 403]


def test_the_demo_has_the_same_guards(tmp_path):
    with dashboard("demo", "--as-of", "2026-11-22", token=True, TMPDIR=str(tmp_path)) as printed:
        address = urlsplit(printed)
        assert re.fullmatch(r"token=[\w-]{43}", address.query)
        assert [request(address.port, "/")[0], stream(address.port, "")] == [403, 403]
        assert request(address.port, "/", Host="evil.example", Cookie=key_of(address))[0] == 403
        assert request(address.port, "/", Cookie=key_of(address))[0] == 200


def test_a_text_frame_closes_its_websocket_and_is_no_fault_of_the_server(printed):
    address, said = printed
    own = f"127.0.0.1:{address.port}"
    with connect(f"ws://{own}/_stcore/stream", origin=f"http://{own}", proxy=None,
                 additional_headers={"Cookie": key_of(address)}) as opened:  # fmt: skip
        opened.send("text")
        with pytest.raises(ConnectionClosed) as closed:
            opened.recv(timeout=20)
    assert closed.value.rcvd.code == 1003
    assert "Exception in ASGI application" not in "".join(said)


def test_health_is_told_to_all(printed):
    assert request(printed[0].port, "/_stcore/health")[::2] == (200, b"ok")


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/student?student=A%2F1&{token}&class=2028&class=2029", "/student?student=A%2F1&class=2028&class=2029"),
        ("/risk?{token}", "/risk"),
        ("//evil.example/?{token}", "/evil.example/"),
        ("/%5Cevil.example/?{token}", "/%5Cevil.example/"),
        ("/?%74oken=wrong&{token}", "/"),
    ],
)
def test_the_redirect_keeps_page_and_parameters_and_stays_here(printed, target, location):
    address, _ = printed
    status, headers, _ = request(address.port, target.format(token=address.query))
    assert (status, headers["Location"]) == (303, location)


def test_a_browser_that_is_in_never_shows_a_token_to_the_app(printed):
    address, _ = printed
    status, headers, _ = request(address.port, "/risk?token=old&class=2028", Cookie=key_of(address))
    assert (status, headers["Location"]) == (303, "/risk?class=2028")


def test_no_log_holds_the_token(printed):
    address, said = printed
    request(address.port, f"/%ff?{address.query}")
    stream(address.port, key_of(address))
    assert "".join(said).count(address.query.partition("=")[2]) == 1


def test_each_start_has_a_token_of_256_bits_of_its_own():
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {43}


def test_a_query_without_token_stays_as_it_was():
    assert split_token("a=1&&b=%20+&c") == ([], "a=1&&b=%20+&c")


def test_behind_a_proxy_the_printed_address_is_the_public_one_and_its_cookie_is_secure(tmp_path):
    port, home = free_port(), str(tmp_path / "home")
    serving = ("serve", "--home", home, "--port", str(port), "--public-url", f"{PROXIED}/")
    with dashboard(*serving, token=True) as address:
        assert address.startswith(f"{PROXIED}/?token=")
        target, own = f"/?{urlsplit(address).query}", {"Host": "passline.school.example"}
        assert request(port, target, **own)[1]["Set-Cookie"].endswith("; Secure")
        assert "Secure" not in request(port, target)[1]["Set-Cookie"]


def test_without_a_token_no_public_url_is_served(cli, tmp_path):
    done = cli("serve", "--headless", "--no-token", "--public-url", PROXIED, home=tmp_path / "home")
    assert (done.status, done.out) == (2, "")
    assert done.err == "--no-token is for this computer alone: leave it out where --public-url is given.\n"


@pytest.mark.skipif(os.name == "nt", reason="a script stands in for the browser")
def test_the_opened_browser_gets_the_token_by_a_file_that_its_owner_alone_reads(tmp_path):
    asked, browser = tmp_path / "asked", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$*" > {asked}.part && mv {asked}.part {asked}\n')
    browser.chmod(0o700)
    serving = ("serve", "--home", str(tmp_path / "home"))
    with dashboard(*serving, token=True, headless=False, BROWSER=str(browser)) as address:
        token = urlsplit(address).query.partition("=")[2]
        until = time.monotonic() + 20
        while not asked.exists() and time.monotonic() < until:
            time.sleep(0.05)
        page = Path(unquote(urlsplit(asked.read_text()).path))
        assert page.read_text() == f'<meta http-equiv="refresh" content="0; url={address}">'
        assert [stat.S_IMODE(path.stat().st_mode) for path in (page, page.parent)] == [0o600, 0o700]
        assert token not in asked.read_text()
        assert not [p for p in psutil.process_iter(["cmdline"]) if token in " ".join(p.info["cmdline"] or [])]
    assert not page.parent.exists()
