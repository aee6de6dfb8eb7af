"""What came of an attack."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """How many tries were made, a sentence for each one that broke a promise, and counts worth reporting by name."""

    tried: int
    broken: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        counts = "".join(f", {count:,} {name}" for name, count in self.counts.items())
        return f"{self.tried:,} tried, {len(self.broken):,} broken{counts}"
