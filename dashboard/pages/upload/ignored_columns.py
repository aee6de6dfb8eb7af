"""The columns that hold no results, as people said, each with a button that lets sheets ask about it again."""

import streamlit as st

from dashboard.shared.session import Session, now
from dashboard.shared.shell import toast_later
from dashboard.words.formats import count
from dashboard.words.markdown import plain
from pipelines.imports.ignored_columns import stop_ignoring_column


def ignored_columns(session: Session) -> None:
    """The ignored headers; nothing where there is none."""
    headers = session.home.office.ignored_columns.current()
    if not headers:
        return
    with st.expander(f"{count(len(headers), 'column')} that hold no results"):
        st.caption("You are not asked about columns with these headers; each sheet still lists them as not used.")
        for header in headers:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(header)}**", width="stretch")
                if st.button("Ask again", key=f"ask about {header}"):
                    stop_ignoring_column(session.home.office, header, by=session.person, at=now())
                    toast_later("Sheets to come ask about this column again.")
                    st.rerun()
