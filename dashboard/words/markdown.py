"""What people and sheets wrote, as it may stand in Markdown."""

import re

_BREAK = ":small[]"  # Streamlit draws nothing for it: no emoji, icon, arrow or address is found across it
_SPECIAL = re.compile(r"[\\`*_\[\]()#!<>~$:|{}]|&(?=[#A-Za-z])")
_LINE_ENDS = re.compile(r"[^\S\n]*\n[^\S\n]*")
_LIST_OR_HEADING = re.compile(r"^(?:\d+(?=\.(?:\s|$))|(?=[-+=]))")
_TOGETHER = re.compile(
    r"(?<=:)(?=[\w+\-/])"  # :smile: and :material/home: and https://
    r"|(?<=w)(?=ww\.)"  # www.
    r"|(?<=[-.\w+])(?=@)"  # a@b.example
    r"|(?<=[-<>~])(?=[-=>])",  # -- and -> and <=
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """The text as Markdown that draws it as it stands: no image, link, style, icon, formula or list comes out of it.

    Lines stay lines. Escapes alone do not do: Streamlit looks for icons, emoji, arrows and addresses in the text that
    Markdown has made, so what must not be found there is broken in two.
    """
    lines = _LINE_ENDS.sub("\n", "\n".join(text.splitlines())).strip()
    return "\\\n".join(_drawn(line) for line in lines.split("\n"))


def plain_line(text: str) -> str:
    """The same on one line, for a heading, which Markdown ends with the line."""
    return plain(" ".join(text.split()))


def _drawn(line: str) -> str:
    first, *rest = (_SPECIAL.sub(r"\\\g<0>", part) for part in _TOGETHER.split(line))
    return _BREAK.join([_LIST_OR_HEADING.sub(r"\g<0>\\", first), *rest])
