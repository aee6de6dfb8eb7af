"""What logs and standard error say of a fault: where in the code, never with which values.

An error's message may quote a name, a note or a cell; so of an exception only its type and the files and lines of its
stack are written. PASSLINE_DEBUG lets messages through, for developers.
"""

import logging
import os
import sys
import threading
import traceback
from typing import Any

from dashboard.words.terminal import visible


def without_values(error: BaseException) -> str:
    """The error's type and its stack, a line a frame, with the errors that led to it; no message and no values."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        where = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        parts.append("\n".join([f"{type(current).__module__}.{type(current).__qualname__}", *where]))
        current = current.__cause__ or current.__context__
    return "\ncaused by ".join(parts)


def is_debugging() -> bool:
    return bool(os.environ.get("PASSLINE_DEBUG"))


def keep_values_out() -> None:
    """From here on this process's logs, and what Python itself says of errors nobody caught, name no values.

    It holds for every library's log, Streamlit's and uvicorn's too: a log record carries its exception as text already.
    """
    if is_debugging():
        return
    make = logging.getLogRecordFactory()

    def record(*arguments: Any, **named: Any) -> logging.LogRecord:
        made = make(*arguments, **named)
        values = made.args if isinstance(made.args, tuple) else ()
        made.args = tuple(type(one).__name__ if isinstance(one, BaseException) else one for one in values) or made.args
        if isinstance(made.msg, BaseException):
            made.msg = type(made.msg).__name__
        made.msg, made.args = visible(made.getMessage()), ()
        if made.exc_info and made.exc_info[1] is not None:
            made.exc_text, made.exc_info = without_values(made.exc_info[1]), None
        return made

    logging.setLogRecordFactory(record)
    sys.excepthook = lambda _type, error, _stack: _tell(error)
    threading.excepthook = lambda failed: _tell(failed.exc_value)
    sys.unraisablehook = lambda failed: _tell(failed.exc_value)


def _tell(error: BaseException | None) -> None:
    if error is not None:
        sys.stderr.write(f"{without_values(error)}\n")
