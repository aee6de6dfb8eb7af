"""Cards and controls used on more than one page; each owns its session keys."""

from dashboard.components.address import clear, many, one, switch
from dashboard.components.bands import band_badge, band_column, band_pills
from dashboard.components.filters import Chosen, choose, no_match
from dashboard.components.find import find_student
from dashboard.components.flag import flag_dialog, flag_generation
from dashboard.components.shell import calm, empty_home, heading, theme_name, toast_later

__all__ = [
    "Chosen", "band_badge", "band_column", "band_pills", "calm", "choose", "clear", "empty_home", "find_student",
    "flag_dialog", "flag_generation", "heading", "many", "no_match", "one", "switch", "theme_name", "toast_later",
]  # fmt: skip
