"""Frames as a page shows them: polars in, polars and sentences out; no Streamlit, no queries."""
