"""What a real browser makes of the token and of the content security policy, on every page."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from dashboard.access_token import REFUSAL
from tests.browser.conftest import settled
from tests.conftest import AS_OF, REPO, clean_environment
from tests.servers import dashboard, free_port

pytestmark = pytest.mark.browser
PAGES = ["", "risk", "retakes", "subjects", "tutoring", "student?student={one}", "evidence", "upload",
         "exam_plan", "rules"]  # fmt: skip


@pytest.fixture
def watched(profile):
    """A page that keeps what its console says of the policy, and the addresses it asked outside its own."""

    def watch(address):
        page = profile(1280, 900).new_page()
        page.violations, page.asked = [], set()
        page.on("console", lambda said: page.violations.append(said.text) if "ontent Security" in said.text else None)
        page.on("request", lambda request: page.asked.add(urlsplit(request.url).netloc))
        page.goto(address)
        return settled(page)

    return watch


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_the_policy_and_asks_nobody_else(watched, served, at_risk, name):
    address, _ = served
    page = watched(f"{address}/{name.format(one=at_risk[0])}")
    for chart in page.locator('[data-testid="stVegaLiteChart"]').all():
        chart.scroll_into_view_if_needed()
        chart.locator("canvas, svg").first.wait_for()
    settled(page)
    assert page.violations == []
    assert {host for host in page.asked if host} == {urlsplit(address).netloc}


def test_a_script_that_the_policy_does_not_know_is_stopped(watched, served):
    page = watched(served[0])
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.broken = true";
        document.body.append(script);
    }""")
    assert page.evaluate("window.broken") is None
    assert "script" in page.violations[0]


def test_a_page_of_another_address_cannot_frame_it(open_page, served, tmp_path):
    framing = tmp_path / "framing.html"
    framing.write_text(f'<iframe src="{served[0]}/risk"></iframe>')
    page = open_page(framing.as_uri())
    page.wait_for_timeout(1500)
    assert all("Risk" not in frame.content() for frame in page.frames)


HOSTILE = """Zoë "; path=/evil; x=</script><script>window.broken=1</script>' % \n"""


def test_who_is_working_is_kept_in_the_cookie_whatever_the_name(watched, served):
    page = watched(served[0])
    page.locator(".st-key-passline-bar").get_by_test_id("stPopover").last.click()
    box = page.get_by_role("combobox", name="Who is working in this browser?")
    box.fill(HOSTILE.strip())
    box.press("Enter")
    settled(page).get_by_text('Zoë "; path=/evil').wait_for()
    kept = [c for c in page.context.cookies() if c["name"] == "passline_me"]
    assert [unquote(c["value"]) for c in kept] == [HOSTILE.strip()]
    assert [(c["path"], c["sameSite"]) for c in kept] == [("/", "Lax")]
    assert page.evaluate("window.broken") is None
    page.reload()
    settled(page)
    assert page.get_by_text('Zoë "; path=/evil').count() == 1
    assert page.violations == []


def test_a_link_with_the_token_opens_its_page_and_leaves_no_token(profile, sample_root, tmp_path):
    with dashboard("serve", "--home", str(sample_root), "--as-of", AS_OF.isoformat(), token=True) as address:
        own, token = address.split("/?")
        page, referers = profile(1280, 900).new_page(), []
        page.on("request", lambda request: referers.append(request.headers.get("referer", "")))
        page.goto(f"{own}/risk?class=2028&{token}")
        settled(page).get_by_role("heading", name="Risk").first.wait_for()
        assert "class=2028" in page.url
        assert token not in page.url + page.content() + "".join(referers)
        assert page.evaluate("document.cookie.includes('passline_' + location.port)") is False
        history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")["entries"]
        assert not [entry for entry in history if "token" in entry["url"]]
        page.reload()
        settled(page).get_by_role("heading", name="Risk").first.wait_for()
        stranger = profile(1280, 900).new_page()
        assert stranger.goto(f"{own}/risk").status == 403
        assert "open the address, with its token" in stranger.content()
        by_file = tmp_path / "open.html"
        by_file.write_text(f'<meta http-equiv="refresh" content="0; url={address}">')
        stranger.goto(by_file.as_uri())
        stranger.wait_for_url(f"{own}/")
        settled(stranger)


@pytest.mark.parametrize(("width", "scheme", "ink"), [(390, "dark", "rgb(228, 234, 237)"),
                                                      (1280, "light", "rgb(14, 25, 31)")])  # fmt: skip
def test_without_the_token_a_calm_page_says_what_to_do(open_page, tmp_path, artefacts, width, scheme, ink):
    with dashboard("serve", "--home", str(tmp_path / "home"), token=True) as address:
        page = open_page(f"{address.partition('?')[0]}risk", width, scheme)
        page.screenshot(path=artefacts / f"no-token-{width}-{scheme}.png")
        assert page.locator("main").inner_text().split("\n", 1)[1].strip() == REFUSAL
        shown = "[getComputedStyle(document.body).color, document.documentElement.scrollWidth, document.title]"
        assert page.evaluate(shown) == [ink, width, "Passline"]


def test_an_app_that_passline_does_not_serve_shows_one_sentence_and_no_page(profile, sample_root):
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(Path("dashboard/app.py")), f"--server.port={port}",
         "--server.headless=true"], cwd=REPO, env=clean_environment() | {"PASSLINE_HOME": str(sample_root)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert any("URL" in line for line in server.stdout)
        page = profile(1280, 900).new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        alert = page.get_by_test_id("stAlert")
        alert.wait_for()
        sentence = "This page is served without Passline's guards: stop it, and start it with passline serve."
        assert settled(page).get_by_test_id("stApp").inner_text().strip().endswith(sentence)
        assert page.get_by_role("heading").count() == 0
    finally:
        server.terminate()
        server.wait(timeout=20)
        server.stdout.close()
