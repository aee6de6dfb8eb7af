"""What people and sheets wrote, as it may stand in Markdown."""

import re

_SPECIAL = re.compile(r"([\\`*_\[\]()#!<>~$:|{}])")


def plain(text: str) -> str:
    """The text with everything that Markdown would act on escaped: no image, link or style comes out of a sheet."""
    return _SPECIAL.sub(r"\\\1", text)
