"""support.toml: what the office does about risk: contact, rules that suggest flags, tutoring, peer mentors."""

from enum import StrEnum
from typing import Any

from pipelines.policy.strict import Fact, Strict


class Contact(Strict):
    """When Today shows a case, in days, and the outcomes offered when one is closed."""

    within_days: int
    new_evidence_days: int
    crossed_days: int
    outcomes: list[str]


class Budget(Strict):
    """At most `per_advisor` suggestions in `in_days`, and none for `quiet_days` after a flag was closed; a change of
    the chance by `material_chance` is material."""

    per_advisor: int
    in_days: int
    quiet_days: int
    material_chance: float
    per_expected_failure: float
    fewest_hits: float


class DryRun(Strict):
    days_before: list[int]
    most_students: int


class FlagRuleKind(StrEnum):
    """The id of the kind of a rule that suggests flags."""

    FEW_DAYS = "few_days"
    NO_CONTACT = "no_contact"
    BAND = "band"
    GATE = "gate"
    MISSED_ASSESSMENT = "missed_assessment"
    STALE = "stale"


class FlagRule(Strict):
    """A rule that suggests a flag; its kind decides which of the numbers it uses."""

    id: str
    version: int
    kind: FlagRuleKind
    wording: str
    days: int
    within_days: int | None = None
    chance: float | None = None
    bands: list[str] = []
    exam: str | None = None
    instrument: str | None = None
    scale: str | None = None
    score: float | None = None

    @property
    def threshold(self) -> dict[str, Any]:
        """The values that the rule compares with, as stored with every flag that it raises."""
        return self.model_dump(mode="json", exclude={"id", "version", "wording"}, exclude_defaults=True)


class TutoringTerms(Strict):
    """How a week's hours are assigned; each bound is named on the page and can be changed there."""

    hours_closing: float
    areas_each: int
    hours_each: int
    max_students: int
    continuity_days: int
    continuity_worth: float
    at_risk_share: float
    retaker_share: float
    gap: float
    seconds: float
    just_missed: int


class Help(Strict):
    """Which results count for the tutoring effect, in days after the first session, who is compared, and how sure a
    verdict is."""

    from_days: int
    until_days: int
    alike_epc: float
    alike_days: int
    earlier_classes: int
    seldom_share: float
    unseen_growth_sd: dict[str, float]
    class_gain_sd: float
    confidence: float
    power: float


class Peers(Strict):
    areas_each: int
    mentors_each: int


class Support(Fact):
    """All of support.toml."""

    contact: Contact
    budget: Budget
    dry_run: DryRun
    flag_rule: list[FlagRule]
    tutoring: TutoringTerms
    help: Help
    peers: Peers
