"""Instruments on pages: their marks on charts, and lists of their names by policy."""

from collections.abc import Iterable

from pipelines.policy import Policy
from pipelines.policy.instruments import Instrument, Shape

GLYPHS: dict[Shape, tuple[str, str]] = {  # filled, then hollow
    "circle": ("●", "○"),
    "square": ("■", "□"),
    "triangle-up": ("▲", "△"),
    "diamond": ("◆", "◇"),
    "triangle-down": ("▼", "▽"),
    "triangle-right": ("▶", "▷"),
    "triangle-left": ("◀", "◁"),
    "cross": ("✚", "✚"),
}


def glyph(instrument: Instrument) -> str:
    """The mark of its scores: filled for equated NBME forms, hollow for a converted scale."""
    filled, hollow = GLYPHS[instrument.shape]
    return filled if instrument.anchor else hollow


def listed(names: Iterable[str], last: str = "or") -> str:
    """`CBSSA, CBSE or UWSA`."""
    *first, end = names
    return f"{', '.join(first)} {last} {end}" if first else end


def equated(policy: Policy) -> list[str]:
    """The instruments that fix the EPC scale."""
    return [i.name for i in policy.instruments.by_name.values() if i.anchor]


def made_for(exam: str, policy: Policy) -> list[str]:
    """The instruments made for the exam that are evidence of readiness."""
    return [i.name for i in policy.instruments.by_name.values() if i.exam == exam and i.to_epc]


def not_converted(policy: Policy) -> list[str]:
    """The instruments of which no score is evidence of readiness."""
    return [i.name for i in policy.instruments.by_name.values() if not i.to_epc]


def instrument_meaning(instrument: str, form: str, policy: Policy) -> str:
    """What a decided name is, in words."""
    match policy.instruments.by_name[instrument].takes_labels:
        case "own":
            return "our own exam, in percent"
        case "kept":
            return "kept, no evidence"
        case None:
            return f"{instrument} {f'form {form}' if form else ''}".strip()
