"""The server answers at its own address alone, and its websocket opens for its own pages alone."""

import http.client
import socket
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dashboard.own_address import own_origins
from pipelines.errors import PasslineError
from tests.servers import dashboard, free_port

LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
PROXIED = "https://passline.school.example"
STREAM = "/_stcore/stream"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with dashboard("serve", "--home", str(tmp_path_factory.mktemp("own-address") / "home")) as address:
        yield urlsplit(address).port


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """The port of a server that a proxy shows at PROXIED, and the cookie that its token gives."""
    port, home = free_port(), str(tmp_path_factory.mktemp("proxied") / "home")
    with dashboard("serve", "--home", home, "--port", str(port), "--public-url", f"{PROXIED}/", token=True) as address:
        yield port, f"passline_{port}={urlsplit(address).query.partition('=')[2]}"


def page(port, host, origin=None, path="/", cookie="", fetch=(), method="GET"):
    """The status of a request that names this host and, where given, this origin, and what a browser says of it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {"Host": host, "Cookie": cookie} | ({"Origin": origin} if origin else {})
        headers |= dict(zip(("Sec-Fetch-Site", "Sec-Fetch-Dest"), fetch, strict=False))
        connection.request(method, path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def stream(port, host, origin, cookie=""):
    """The status of a websocket handshake that names this host and origin; 101 is an open websocket."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as reached:
        try:
            with connect(f"ws://{host}{STREAM}", sock=reached, origin=origin, proxy=None,
                         additional_headers={"Cookie": cookie}) as opened:
                return opened.response.status_code
        except InvalidStatus as refused:
            return refused.response.status_code


@pytest.mark.parametrize("name", LOOPBACK)
def test_its_own_pages_open_with_and_without_an_origin(port, name):
    host = f"{name}:{port}"
    assert page(port, host) == 200
    assert page(port, host, f"http://{host}") == 200
    assert page(port, host.upper()) == 200


@pytest.mark.parametrize("name", LOOPBACK)
def test_its_own_pages_open_the_websocket(port, name):
    assert stream(port, f"{name}:{port}", f"http://{name}:{port}") == 101


@pytest.mark.parametrize(
    "host", ["evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.:{port}", "127.0.0.1:{port}.evil.example",
             "evil@127.0.0.1:{port}", ""],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/risk", "/_stcore/health", "/_stcore/host-config", "/favicon.png"])
def test_a_foreign_host_is_refused_on_every_path(port, host, path):
    assert page(port, host.format(port=port), path=path) == 403


FOREIGN = ["http://evil.example", "http://evil.example:{port}", "http://127.0.0.1:1", "https://127.0.0.1:{port}",
           "http://localhost:{port}", "http://[::1]:{port}", "http://127.0.0.1:{port}.evil.example", "null",
           PROXIED]  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_is_refused_on_pages_and_websocket(port, origin):
    host, origin = f"127.0.0.1:{port}", origin.format(port=port)
    assert page(port, host, origin) == 403
    assert stream(port, host, origin) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])  # another port of this computer is the same site
def test_another_site_may_link_to_a_page_and_load_nothing(port, site):
    own = f"127.0.0.1:{port}"
    for kind in ("image", "script", "iframe", "empty", "embed", "style"):
        assert page(port, own, fetch=(site, kind)) == 403
        assert page(port, own, fetch=("same-origin", kind)) == 200
    assert page(port, own, path="/risk", fetch=(site, "document")) == 200
    assert page(port, own, path="/risk", fetch=(site, "document"), method="POST") == 403


def test_a_foreign_name_for_this_computer_opens_no_websocket(port):
    assert stream(port, f"evil.example:{port}", f"http://evil.example:{port}") == 403


def test_a_websocket_without_an_origin_is_refused(port):
    assert stream(port, f"127.0.0.1:{port}", None) == 403


def test_two_hosts_in_one_request_are_refused(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as reached:
        reached.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\n\r\n".encode())
        assert reached.recv(100).split()[1] in (b"400", b"403")


def test_the_address_a_proxy_shows_it_at_opens_pages_and_websocket(proxied):
    port, cookie = proxied
    host = urlsplit(PROXIED).netloc
    assert page(port, host, PROXIED, cookie=cookie) == 200
    assert stream(port, host, PROXIED, cookie=cookie) == 101
    assert page(port, host, f"http://{host}", cookie=cookie) == 403
    assert page(port, f"127.0.0.1:{port}", PROXIED, cookie=cookie) == 403


def test_a_refused_page_makes_the_server_request_nothing_outside(tmp_path, monkeypatch):
    """Streamlit looks up this computer's outside address for an origin it does not know, through a proxy if set."""
    with socket.create_server(("127.0.0.1", 0)) as outside:
        outside.settimeout(1)
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{outside.getsockname()[1]}")
        with dashboard("serve", "--home", str(tmp_path / "home")) as address:
            port = urlsplit(address).port
            assert stream(port, f"127.0.0.1:{port}", "http://evil.example") == 403
            with pytest.raises(TimeoutError):
                outside.accept()


def test_the_usual_port_is_left_out_of_an_origin_as_browsers_do():
    assert own_origins("127.0.0.1", 80, None)[:2] == ["http://localhost", "http://127.0.0.1"]
    assert own_origins("127.0.0.1", 8501, "HTTPS://Passline.School.example:443/")[-1] == PROXIED
    assert own_origins("127.0.0.1", 8501, "http://[fd00::5]:8080")[-1] == "http://[fd00::5]:8080"


@pytest.mark.parametrize("url", ["passline.school.example", "ftp://school.example", "https://", "https://a/dean",
                                 "https://a:port", "https://me@school.example", "https://[fd00"])  # fmt: skip
def test_a_public_url_that_is_none_is_refused_in_a_sentence(url):
    with pytest.raises(PasslineError, match="give --public-url as in"):
        own_origins("127.0.0.1", 8501, url)
