"""Releases that built a home: a log of their fingerprints in order, to distinguish an older program from a newer one.

A program with a new fingerprint is newer than the current build and builds again. One whose fingerprint was replaced is
older and only reads, so two releases on one home never rebuild in turn. The log is append-only, one JSON document per
line; a line cut off by a crash is skipped.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.contracts.releases import ReleaseChanges, SheetChange, TableChange
from pipelines.errors import HomeIsNewer
from pipelines.policy import Policy
from pipelines.store.durable import append
from pipelines.store.fingerprint import build_fingerprint, build_parts
from pipelines.store.home import Home

LOG = "releases.jsonl"


@dataclass(frozen=True)
class Release:
    """A release that built this home: its fingerprint and those of its parts, when, and what it changed (None: nothing
    to compare with)."""

    fingerprint: str
    parts: dict[str, str]
    built_at: datetime
    changes: ReleaseChanges | None


def releases(home: Home) -> list[Release]:
    """The releases that built this home, oldest first; the current one is last."""
    return [release for line in _lines(home.root / LOG) if (release := _release(line))]


def _release(line: dict[str, Any]) -> Release | None:
    """The release of a line; None for a line about something else, or one that was altered."""
    try:
        built_at = datetime.fromisoformat(line["built_at"])
        return Release(line["fingerprint"], dict(line["parts"]), built_at, _changes(line["changes"]))
    except (KeyError, TypeError, ValueError):
        return None


def is_older(home: Home, policy: Policy) -> bool:
    """True if a later release has built this home since this one did."""
    logged = [release.fingerprint for release in releases(home)]
    build = home.current()
    if build is not None and build.fingerprint is not None and build.fingerprint not in logged:
        logged.append(build.fingerprint)  # committed, but its line is not written yet
    this_release = build_fingerprint(policy)
    return this_release in logged and logged[-1] != this_release


def refuse_older(home: Home, policy: Policy) -> None:
    """Raise HomeIsNewer where a later release has built this home."""
    if is_older(home, policy):
        raise HomeIsNewer(
            "A newer Passline has built this home, so this one only reads it: update Passline, or go back to this one "
            "for good with `passline rebuild --with-this-release`."
        )


def record_release(home: Home, policy: Policy, at: datetime, changes: ReleaseChanges | None = None) -> None:
    """Log this release as the current one, unless it is already and changed nothing."""
    fingerprint = build_fingerprint(policy)
    if changes or not (logged := releases(home)) or logged[-1].fingerprint != fingerprint:
        _append(home.root / LOG, {
            "fingerprint": fingerprint, "parts": build_parts(policy), "built_at": at.isoformat(),
            "changes": changes and asdict(changes),
        })


def changed_parts(home: Home, fingerprint: str | None, policy: Policy) -> list[str]:
    """Ids of the parts in which this release differs from an earlier one; none where that is not in the log."""
    earlier = [release.parts for release in releases(home) if release.fingerprint == fingerprint]
    parts = build_parts(policy)
    return [part for part in parts if parts[part] != earlier[-1].get(part)] if earlier else []


def news_for(home: Home, person: str) -> Release | None:
    """The current release, if it changed something and this person has not dismissed the news."""
    logged = releases(home)
    if not logged or logged[-1].changes is None or logged[-1].changes.is_empty:
        return None
    dismissed = [line["dismissed"] for line in _lines(home.root / LOG) if "dismissed" in line and line["by"] == person]
    return None if logged[-1].built_at.isoformat() in dismissed else logged[-1]


def dismiss_news(home: Home, release: Release, person: str) -> None:
    """Stop showing a release's changes to this person."""
    _append(home.root / LOG, {"dismissed": release.built_at.isoformat(), "by": person})


def _lines(log: Path) -> list[dict[str, Any]]:
    lines = []
    for text in log.read_bytes().splitlines() if log.exists() else []:
        try:
            lines.append(json.loads(text))
        except ValueError:  # cut off by a crash, perhaps within a letter
            continue
    return [line for line in lines if isinstance(line, dict)]


def _append(log: Path, line: dict[str, Any]) -> None:
    """Write one whole line to the disk; the line break before it ends a line that a crash cut off."""
    append(log, f"\n{json.dumps(line)}\n".encode())


def _changes(logged: dict[str, Any] | None) -> ReleaseChanges | None:
    if logged is None:
        return None
    tables, sheets = ([kind(**one) for one in logged[name]] for name, kind in
                      [("tables", TableChange), ("sheets", SheetChange)])
    return ReleaseChanges(**{**logged, "tables": tables, "sheets": sheets})
