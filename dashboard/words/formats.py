"""Numbers and days as people read them: `91 %`, `15 Feb 2027`, `14 d`; a dash where nothing is known."""

from datetime import date

NONE = "—"


def percent(rate: float | None) -> str:
    """A rate of 0-1 as `91 %`; `<1 %` and `>99 %` at the ends, since nobody is certain; `—` when missing."""
    if rate is None:
        return NONE
    if rate < 0.01:
        return "<1 %"
    return ">99 %" if rate > 0.99 else f"{rate * 100:.0f} %"


def percent_range(low: float | None, high: float | None) -> str:
    """`87–95 %`, `<1–6 %`, `97–>99 %`: never 0 or 100; `<1 %` and `>99 %` where both ends are there."""
    if low is None or high is None:
        return NONE
    if high < 0.01 or low > 0.99:
        return percent(low)
    return f"{percent(low)[:-2]}–{percent(high)}"


def whole(value: float | None) -> str:
    """EPC and counts, whole, with a true minus: `−9`."""
    return NONE if value is None else f"{value:.0f}".replace("-0", "0").replace("-", "−")


def whole_range(low: float | None, high: float | None) -> str:
    """`56–63`."""
    return NONE if low is None or high is None else f"{whole(low)}–{whole(high)}"


def signed(value: float | None) -> str:
    """`+8`, `−9`, `0`."""
    if value is None:
        return NONE
    return f"+{value:.0f}" if round(value) > 0 else whole(value)


def day(on: date | None) -> str:
    """`15 Feb 2027`."""
    return NONE if on is None else f"{on.day} {on:%b %Y}"


def near_day(on: date | None, as_of: date) -> str:
    """`15 Feb`, with the year when it is more than half a year from `as_of`."""
    if on is None:
        return NONE
    return f"{on.day} {on:%b}" if abs((on - as_of).days) < 183 else day(on)


def weekday(on: date) -> str:
    """`Tue 16 Feb`."""
    return f"{on:%a} {on.day} {on:%b}"


def days(count: int | None) -> str:
    """`14 d`."""
    return NONE if count is None else f"{whole(count)} d"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 student`, `2 students`, `25,000 students`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
