"""The news of a release: what it changed in this home, until dismissed, or that an older one is read-only."""

import streamlit as st

from dashboard.shared.session import Session, damaged
from dashboard.words import releases as words
from dashboard.words.damage import damaged_sheets as words_of_damage
from dashboard.words.markdown import plain
from pipelines.store.releases import dismiss_news, is_older, news_for


def release_news(session: Session) -> None:
    """Draws the news, and what is damaged; nothing where there is none."""
    for sentence in (session.home.read_only, words_of_damage(damaged(session))):
        if sentence:
            st.warning(plain(sentence), icon=":material/warning:")
    if is_older(session.home, session.policy):
        st.info(words.READS_ONLY, icon=":material/lock:")
    news = news_for(session.home, session.person.name)
    if news is None or news.changes is None:
        return
    effects = "\n".join(f"- {plain(effect)}" for effect in words.effects(news.changes))
    built_at = news.built_at.astimezone()
    with st.container(horizontal=True, vertical_alignment="top", key="passline-news"):
        st.info(f"{plain(words.headline(news.changes, built_at))}\n\n{effects}", icon=":material/update:")
        st.button("Dismiss", type="tertiary", disabled=bool(session.home.read_only), on_click=dismiss_news,
                  args=(session.home, news, session.person.name))  # fmt: skip
