"""Whether `passline serve`, with its checks of addresses and tokens, is what serves the app."""

import os

from streamlit.runtime import Runtime, exists, get_instance

SERVED_BY = "PASSLINE_SERVED_BY"


def is_guarded() -> bool:
    """False under a server that `passline serve` did not start (`streamlit run`): it checks neither address nor token.

    Streamlit's AppTest runs pages without a server.
    """
    has_server = exists() and type(get_instance()) is Runtime  # AppTest puts a likeness in its place
    return not has_server or os.environ.get(SERVED_BY) == str(os.getpid())
