"""The bases of every part of the policy: frozen models without unnamed keys, and facts with their source and dates."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

HowSure = Literal["official", "copy", "paper", "web", "assumption"]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fact(Strict):
    """Something that can change: where it is from, how sure that is, and when to look again.

    `how_sure` is the body's own page, a copy of it, a published study or report, a website, or our assumption.
    `as_of` is the day of the last check; `look_again_on` lies before it only with a `note` that says why. `says` is the
    fact in a sentence where its other fields do not say it.
    """

    source: str = Field(min_length=1, max_length=300)
    how_sure: HowSure
    as_of: date
    look_again_on: date
    note: str = ""
    says: str = ""
