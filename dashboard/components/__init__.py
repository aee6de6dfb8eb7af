"""Cards and controls used on more than one page; each owns its session keys."""

from dashboard.components.address import many, one, switch
from dashboard.components.filters import Chosen, choose, no_match
from dashboard.components.shell import calm, empty_home, heading, theme_name, toast_later

__all__ = [
    "Chosen", "calm", "choose", "empty_home", "heading", "many", "no_match", "one", "switch", "theme_name",
    "toast_later",
]  # fmt: skip
