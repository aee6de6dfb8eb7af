"""A date order that is remembered for the school, beside the question about a sheet's dates."""

import streamlit as st

from dashboard.shared.session import Session, now

REMEMBERED = "passline.upload.remembered date order"


def offer_to_remember(order: str | None, key: str) -> None:
    """A checkbox beside an answered question about the order of dates: whether to keep it when applying."""
    marked = st.session_state.setdefault(REMEMBERED, {})
    if order and st.checkbox("Remember for this school", key=f"{key} remember"):
        marked[key] = order
    else:
        marked.pop(key, None)


def remember_order(session: Session) -> None:
    """Keeps the order that was marked to be remembered; of different ones, the last."""
    for order in list(st.session_state.pop(REMEMBERED, {}).values())[-1:]:
        session.home.office.date_order.remember(order, by=session.person, at=now())
