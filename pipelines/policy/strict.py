"""The base of every part of the policy: frozen, and no keys that its model does not name."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
