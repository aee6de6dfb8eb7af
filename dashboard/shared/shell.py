"""The frame of every page: theme, heading, who is working, calm errors, the empty home and confirmations."""

import getpass
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import streamlit as st

from dashboard.data import roster
from dashboard.data.warehouse import WarehouseGone
from dashboard.shared.inline_scripts import ME_COOKIE, keep_me
from dashboard.shared.session import Session, open_sample
from dashboard.shared.theme import colors
from dashboard.words.markdown import plain, plain_line
from pipelines.errors import for_people

log = logging.getLogger("passline.dashboard")
ME = "me"
LONGEST_NAME = 32  # in the bar, where a longer one would cover buttons
_TOAST = "passline.toast"
_READ_ANEW = "passline.read-anew"


def theme_name() -> str:
    """ "light" or "dark", as the browser shows it; charts take it as an argument."""
    return "dark" if st.context.theme.type == "dark" else "light"


def style() -> None:
    """The only CSS: selected pills stay readable in the dark theme, *who is working* sits in the bar above, a link at
    the start of a row is aligned with it, and on a phone a line separates one student's rows from the next."""
    bar = '[data-testid="stLayoutWrapper"]:has(>.st-key-passline-bar)'
    ink = colors(theme_name())
    wrapped = "[data-testid=stLayoutWrapper]"
    later = f":is(.st-key-passline-needs,.st-key-passline-suggested)>{wrapped}+{wrapped}"
    st.html(
        "<style>button[data-selected=true] p,button[aria-checked=true] p"
        f"{{color:{ink.ink}!important}}"
        f"{bar}{{position:fixed;top:.75rem;right:1rem;width:auto;z-index:999991}}@media print{{{bar}{{display:none}}}}"
        ".st-key-passline-needs [data-testid=stPageLink],.st-key-passline-suggested [data-testid=stPageLink]"
        f"{{margin-left:-.5rem}}@media(max-width:640px){{{later}{{border-top:1px solid {ink.grid};padding-top:.6rem}}}}"
        "</style>"
    )


@contextmanager
def heading(title: str, aside: str | None = None) -> Iterator[None]:
    """The page's first row: its title, then what the caller draws inside, then `aside` at the right."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(title, anchor=False, width="content")
        yield
        if aside:
            st.space("stretch")
            st.caption(aside, width="content")


@contextmanager
def calm() -> Iterator[None]:
    """Shows errors as sentences: those for people as they are, a bug with a reference to the log.

    PASSLINE_DEBUG lets bugs through, for developers and tests. Fragments and dialogs need one of their own.
    """
    try:
        yield
        st.session_state.pop(_READ_ANEW, None)
    except Exception as error:
        if refusal := for_people(error):
            st.warning(plain(str(refusal)))
            return
        if isinstance(error, WarehouseGone) and not st.session_state.get(_READ_ANEW):
            st.session_state[_READ_ANEW] = True  # superseded or damaged meanwhile: once more, on the current build
            st.rerun()
        if os.environ.get("PASSLINE_DEBUG"):
            raise
        reference = uuid.uuid4().hex[:8]
        log.exception("page failed, reference %s", reference)
        st.warning(
            f"Something went wrong on our side, and nothing was changed by it. Reload the page; if it happens again, "
            f"tell the person who runs Passline this reference: **{reference}**."
        )


def recall_me() -> None:
    """Fills `st.session_state["me"]` from this browser's cookie, or with the computer's account."""
    if ME not in st.session_state:
        st.session_state[ME] = unquote(dict(st.context.cookies).get(ME_COOKIE, "")) or account()


def account() -> str:
    """The name of the computer's account that runs the dashboard."""
    try:
        return getpass.getuser()
    except OSError:
        return "this computer"


def who_is_working(session: Session) -> None:
    """The small picker for the bar: an advisor on the roster, the computer's account, or a name typed in."""
    me: str = st.session_state[ME]
    names = sorted({*roster.advisors(session.figures.students), account(), me})

    def picked() -> None:
        st.session_state[ME] = (st.session_state["passline.who"] or "").strip() or account()
        st.session_state["passline.who.save"] = True

    short = me if len(me) <= LONGEST_NAME else f"{me[:LONGEST_NAME]}…"
    with st.popover(plain_line(short), icon=":material/person:", type="tertiary"):
        st.selectbox(
            "Who is working in this browser?", names, index=names.index(me), key="passline.who",
            accept_new_options=True, on_change=picked, placeholder="Choose or type a name",
        )  # fmt: skip
        st.caption("Every flag, note and import keeps this name, marked unverified until sign-in comes.")
    if st.session_state.pop("passline.who.save", False):
        st.html(keep_me(st.session_state[ME]), unsafe_allow_javascript=True)


def toast_later(text: str) -> None:
    """Show `text` on the next run, after `st.rerun()`."""
    st.session_state[_TOAST] = text


def show_toast() -> None:
    if text := st.session_state.pop(_TOAST, None):
        st.toast(plain(text), icon=":material/check:")


def empty_home() -> None:
    """The first screen of a home without sheets: what this is, and the two ways in."""
    st.title("Who needs help before Step 1?", anchor=False)
    st.markdown(
        "Passline reads the sheets you already export (roster, self-assessments, attempts) and shows who is at risk, "
        "when each retaker may sit, and what each student is weak at. The sheets stay on this computer.",
        width=680,
    )
    with st.container(horizontal=True):
        if st.button("Upload your sheets", type="primary", icon=":material/upload_file:"):
            st.switch_page("pages/upload/page.py")
        if st.button("Look around with a sample class", icon=":material/visibility:"):
            open_sample()
            st.rerun()
