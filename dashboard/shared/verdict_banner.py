"""A banner where this school's chances failed on its own past attempts."""

import streamlit as st

from dashboard.shared.session import Session
from dashboard.words.markdown import plain
from dashboard.words.verdicts import warnings


def verdict_banner(session: Session, exam: str | None = None) -> None:
    """Draws one banner an exam, or nothing."""
    for text in warnings(session.figures.readiness.verdicts, session.policy, exam):
        st.warning(plain(text), icon=":material/monitoring:")
