"""Tutoring effects in words."""

from typing import Any, assert_never

from dashboard.words.formats import count, percent
from pipelines.contracts.support import ComparedWith, EffectOf, EffectVerdict
from pipelines.policy import Policy


def effect_of(of: str, name: str) -> str:
    """Whose gain it is; `name` is the area, or what the tutor is called."""
    match EffectOf(of):
        case EffectOf.ALL:
            return "Everyone tutored"
        case EffectOf.AREA:
            return f"Area: {name}"
        case EffectOf.TUTOR:
            return f"Tutor: {name}"
        case unknown:
            assert_never(unknown)


def compared_with(group_id: str) -> str:
    """With whom the tutored are compared: `students who just missed hours`."""
    match ComparedWith(group_id):
        case ComparedWith.NOBODY:
            return "nobody"
        case ComparedWith.JUST_MISSED:
            return "students who just missed hours"
        case ComparedWith.EARLIER_CLASSES:
            return "earlier classes"
        case ComparedWith.OTHER_ADVISORS:
            return "students of other advisors"
        case unknown:
            assert_never(unknown)


def verdict(verdict_id: str) -> str:
    """What the interval says: `more than those compared`."""
    match EffectVerdict(verdict_id):
        case EffectVerdict.CANNOT_TELL:
            return "can't tell from this"
        case EffectVerdict.MORE_THAN_EXPECTED:
            return "more than those compared"
        case EffectVerdict.LESS_THAN_EXPECTED:
            return "less than those compared"
        case unknown:
            assert_never(unknown)


def could_see(row: dict[str, Any]) -> str:
    """What a comparison of this size is able to show, whatever its result: `With 60 tutored and 12 compared (…), only
    an effect of 5 EPC or more is likely to be seen.`; empty where nobody is compared."""
    if row["smallest"] is None:
        return ""
    sizes = f"With {row['students']:,} tutored and {row['compared']:,} compared ({compared_with(row['compared_with'])})"
    return f"{sizes}, only an effect of {round(row['smallest'])} EPC or more is likely to be seen."


def effect(row: dict[str, Any], policy: Policy) -> str:
    """The answer for everyone tutored, in a sentence without its end."""
    tutored = count(row["students"], "tutored student")
    if row["compared_with"] == ComparedWith.NOBODY:
        return f"Can't tell from this: {tutored}, and nobody alike to compare them with"
    if row["gain"] is None:
        return f"Too early to tell: of {tutored} and {row['compared']:,} to compare, too few have a later score"
    gain, low, high = (f"{row[name]:+.1f}".replace("-", "−") for name in ("gain", "low", "high"))
    figures = f"{gain} EPC beside {compared_with(row['compared_with'])}, 80 % interval {low} to {high}"
    if row["verdict_id"] == EffectVerdict.CANNOT_TELL:
        wide = percent(policy.support.help.confidence)
        return f"Can't tell from this: {figures}, among {tutored}; the {wide} interval does not rule out zero"
    return f"{tutored} gained {verdict(row['verdict_id'])}: {figures}"


def who_can_be_compared(policy: Policy) -> str:
    """Who would be a comparison, where there is none."""
    fewest, terms = policy.disclosure.smallest_group, policy.support.help
    return (
        f"A comparison needs {fewest} students without tutoring, alike in readiness and in time to the exam, with "
        "scores before and after. They may have just missed hours in an approved week, been flagged and never "
        f"tutored, be in one of the {terms.earlier_classes} classes before tutoring began, or have an advisor who "
        f"sent at most {percent(terms.seldom_share)} of a class to tutoring."
    )


def method(policy: Policy) -> str:
    """How the figure is made and what it leaves open, in a few sentences."""
    terms, fewest = policy.support.help, policy.disclosure.smallest_group
    return (
        f"A gain is the mean of the equated NBME forms {terms.from_days} to {terms.until_days} days after the start, "
        "less what the readiness model expected from the scores before it. The effect is the gain of tutored "
        "students less that of alike students without tutoring, so neither growth that everybody makes nor a low "
        "score that rises by itself counts. The interval allows for chance, for a class that gains more than "
        "another, and for tutored students who grow somewhat faster or slower than their scores show. It cannot "
        f"allow for a choice of students that matters more and shows in no score. Groups below {fewest} are not "
        f"shown. A verdict uses a {percent(terms.confidence)} interval."
    )
