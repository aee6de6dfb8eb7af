"""Number formats of a workbook: the text that Excel shows for a number under `0%` or `00000`.

Only what changes a value's meaning: percents, and the zeros and dashes of an ID that is kept as a number. Everything
else (decimals, thousands, currency, dates) stays as the reader gives it. Imports nothing of ours, to start fast.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

_TOKEN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|.', re.DOTALL)
_CONDITION = re.compile(r"\[(<=|>=|<>|=|<|>)(-?[\d.]+)\]")
_PREFIX = re.compile(r"[A-Z0-9#-]{0,4}")
_BETWEEN = {"-", " ", ".", "/"}
BUILT_IN = {9: "0%", 10: "0.00%"}  # [ECMA-376, 18.8.30 numFmt]: those that concern us
INTEGER = r"^\d+$"


@dataclass(frozen=True)
class Section:
    """One section of a format: the condition under which it applies, whether it shows percent, and its zeros: a
    prefix, then groups of digits, each with the text after it."""

    condition: tuple[str, float] | None
    percent: bool
    prefix: str = ""
    groups: tuple[tuple[int, str], ...] = ()

    @property
    def matters(self) -> bool:
        return self.percent or bool(self.groups)


def sections_of(code: str) -> list[Section]:
    """The sections of a format that matter to us, in order; none where no section does."""
    parts: list[list[str]] = [[]]
    for token in _TOKEN.findall(code):
        if token == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    sections = [_section(tokens) for tokens in parts[:3]]
    return sections if any(s.matters for s in sections) else []


def _section(tokens: list[str]) -> Section:
    condition = next((m for t in tokens if (m := _CONDITION.fullmatch(t))), None)
    limit = (condition[1], float(condition[2])) if condition else None
    shown = [t for t in tokens if t[0] not in "[_*" or len(t) == 1]
    if "%" in shown:
        return Section(limit, percent=True)
    prefix, groups = _zeros(shown)
    return Section(limit, False, prefix, groups)


def _zeros(shown: list[str]) -> tuple[str, tuple[tuple[int, str], ...]]:
    """The prefix and groups of digits of a format such as 00000, 000-00-0000 or "U"00000; no groups in another one."""
    nothing: tuple[str, tuple[tuple[int, str], ...]] = "", ()
    text = "".join("0" if t == "0" else f"\x01{t.strip(chr(34)) if t[0] == chr(34) else t[-1]}\x02" if len(t) > 1
                   else f"\x01{t}\x02" if t in "- /" else t for t in shown)  # fmt: skip
    text = text.replace("\x02\x01", "")
    if not re.fullmatch("(\x01[^\x02]*\x02)?0+(\x01[^\x02]*\x020+)*", text) or text.count("0") < 2:
        return nothing
    pieces = re.split("[\x01\x02]+", text)
    prefix, pieces = (pieces[1], pieces[2:]) if text[0] == "\x01" else ("", pieces)
    digits, between = pieces[::2], pieces[1::2]
    if not _PREFIX.fullmatch(prefix) or not _BETWEEN.issuperset(between) or sum(map(len, digits)) < 2:
        return nothing
    return prefix, tuple((len(d), b) for d, b in zip(digits, [*between, ""], strict=True))


def shown_text(text: pl.Expr, sections: Sequence[Section]) -> pl.Expr:
    """The cell's text as Excel shows it under a format of these sections: 65% for 0.65, 00321 for 321."""
    value = text.cast(pl.Float64, strict=False)
    shown = text
    for place in reversed(range(len(sections))):
        section = sections[place]
        applies = _applies(value, section.condition, place, len(sections))
        shown = pl.when(applies).then(_as_section(text, value, section)).otherwise(shown)
    return pl.when(value.is_not_null()).then(shown).otherwise(text)


def _applies(value: pl.Expr, condition: tuple[str, float] | None, place: int, count: int) -> pl.Expr:
    if condition:
        limit = condition[1]
        return {"<=": value <= limit, ">=": value >= limit, "<>": value != limit, "=": value == limit,
                "<": value < limit, ">": value > limit}[condition[0]]  # fmt: skip
    if count == 1 or place == count - 1:
        return pl.lit(True)
    if place == 1:
        return value < 0
    return value >= 0 if count == 2 else value > 0


def _as_section(text: pl.Expr, value: pl.Expr, section: Section) -> pl.Expr:
    if section.percent:
        return (value * 100).round(10).cast(pl.String).str.strip_suffix(".0") + "%"
    if not section.groups:
        return text
    padded = text.str.zfill(sum(n for n, _ in section.groups))
    parts: list[pl.Expr] = [pl.lit(section.prefix)]
    left = sum(n for n, _ in section.groups)
    for place, (count, after) in enumerate(section.groups):
        left -= count
        parts += [padded.str.head(-left) if place == 0 and left else padded if place == 0
                  else padded.str.slice(-(left + count), count).cast(pl.String), pl.lit(after)]  # fmt: skip
    return pl.when(text.str.contains(INTEGER)).then(pl.concat_str(parts)).otherwise(text)
