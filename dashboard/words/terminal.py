"""What sheets and people wrote, as it may be printed on a terminal."""

import re

_STEERS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # ESC, BEL, CR and other control characters; tab and line end are let through
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # directions, which can show a name backwards
    r"\u2028\u2029\ud800-\udfff]"  # other line ends, and halves of characters
)


def visible(text: str) -> str:
    """The text with every character that steers a terminal written out, as `\\x1b`; tabs and line ends stay."""
    return _STEERS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def visible_line(text: str) -> str:
    """As `visible`, on one line: a line end within is written out too, so that no cell can forge a line of ours."""
    return visible(text).replace("\n", "\\n")
