"""Whether `passline serve`, with its checks of addresses and tokens, is what serves the app."""

import os

from streamlit import runtime

SERVED_BY = "PASSLINE_SERVED_BY"


def is_guarded() -> bool:
    """False under a server that `passline serve` did not start (`streamlit run`): it checks neither address nor token.

    A test of pages runs without any server.
    """
    return not runtime.exists() or os.environ.get(SERVED_BY) == str(os.getpid())
