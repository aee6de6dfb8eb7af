"""The one table that the benchmarks print."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass

HEADER = ("measured", "Passline", "beside", "ratio", "peak", "aim", "")


@dataclass(frozen=True)
class Line:
    """One pair: what was measured, Passline's figure, what stands beside it, their ratio, Passline's peak memory, and
    whether the aim was met (None where nobody set one, or nothing could be measured)."""

    measured: str
    passline: str
    beside: str
    ratio: str
    peak: str
    aim: str
    met: bool | None

    @property
    def cells(self) -> tuple[str, ...]:
        verdict = {True: "met", False: "missed", None: "-"}[self.met]
        return (*(str(cell) for cell in astuple(self)[:-1]), verdict)


def table(lines: Iterable[Line]) -> str:
    """The lines as a Markdown table, its columns aligned."""
    rows = [HEADER, *(line.cells for line in lines)]
    widths = [max(3, *(len(row[at]) for row in rows)) for at in range(len(HEADER))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    drawn = [f"| {' | '.join(row)} |" for row in padded]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn)


def seconds(value: float) -> str:
    return f"{value * 1000:,.0f} ms" if value < 1 else f"{value:,.1f} s"


def megabytes(value: float) -> str:
    return f"{value:,.0f} MB"
