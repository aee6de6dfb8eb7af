"""Choices that live in the page's URL as plain words, so that a link carries them and Back restores them.

The URL is the truth. Before a widget is drawn its state is set from the URL; what a person picks is written to the
URL first. A choice made on one page is offered again on the next, when that page is opened.
"""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.words.markdown import plain

_KEPT = "passline.kept"
_PAGE = "passline.page"
_LATE = "passline.late"
_ARRIVED = "passline.arrived"


def arrive(page: str) -> None:
    """Note which page this run is for; app.py calls it before the page is drawn."""
    st.session_state[_ARRIVED] = st.session_state.get(_PAGE) != page
    st.session_state[_PAGE] = page


def in_url(name: str) -> list[str]:
    """The words in the URL under `name`; a page opened without any gets what was last chosen on another page."""
    words = st.query_params.get_all(name)
    if not words and st.session_state.get(_ARRIVED) and (kept := st.session_state.get(_KEPT, {}).get(name)):
        st.session_state[_LATE] = {**st.session_state.get(_LATE, {}), name: kept}
        return list(kept)
    return words


def write_kept() -> None:
    """Write the choices kept from another page into the URL; app.py calls it after the page is drawn."""
    for name, words in st.session_state.pop(_LATE, {}).items():
        st.query_params[name] = words


def write(name: str, words: Sequence[str], keep: bool = True) -> None:
    """Put the words into the URL; with `keep`, offer them on the next page too."""
    if words:
        st.query_params[name] = list(words)
    else:
        st.query_params.pop(name, None)
    if keep:
        st.session_state[_KEPT] = {**st.session_state.get(_KEPT, {}), name: list(words)}


def clear(*names: str) -> None:
    """Remove these choices from the URL."""
    for name in names:
        write(name, [])


def choose_one(name: str, label: str, options: Sequence[str], default: str, show: Callable[[str], str] = str,
        width: int = 150) -> str:  # fmt: skip
    """A selectbox whose choice is `?name=word`; the default leaves the URL clean."""
    key = f"passline.{name}"
    words = in_url(name)
    st.session_state[key] = words[0] if words and words[0] in options else default

    def written() -> None:
        chosen = st.session_state[key]
        write(name, [] if chosen == default else [chosen])

    st.selectbox(
        label, options, key=key, format_func=show, on_change=written, label_visibility="collapsed", width=width
    )
    return str(st.session_state[key])


def switch(name: str, label: str, options: Sequence[str], default: str, show: Callable[[str], str] = str) -> str:
    """A segmented control of two or three words, always with one chosen; `show` gives the label of each."""
    key = f"passline.{name}"
    words = in_url(name)
    st.session_state[key] = words[0] if words and words[0] in options else default

    def written() -> None:
        chosen = st.session_state[key] or default
        write(name, [] if chosen == default else [chosen])

    st.segmented_control(
        label, options, key=key, format_func=show, on_change=written, required=True, label_visibility="collapsed"
    )
    return str(st.session_state[key] or default)


def choose_many(
    name: str, label: str, counts: dict[str, int], show: Callable[[str], str] = str, old: Mapping[str, str] = {}
) -> list[str]:
    """Pills `word count`, any number chosen; none chosen means all. Words without rows are not offered. `old` maps the
    words that saved links may still have to today's."""
    key = f"passline.{name}"
    options = [word for word, rows in counts.items() if rows]
    st.session_state[key] = [word for word in (old.get(word, word) for word in in_url(name)) if word in options]

    def written() -> None:
        write(name, st.session_state[key], keep=False)

    if options:
        st.pills(
            label, options, key=key, on_change=written, selection_mode="multi", label_visibility="collapsed",
            format_func=lambda word: plain(f"{show(word)} {counts[word]:,}"),
        )  # fmt: skip
    return list(st.session_state[key])
