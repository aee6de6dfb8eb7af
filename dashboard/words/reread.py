"""Sheets that today's reader reads otherwise, in sentences."""

from dashboard.words.formats import count
from pipelines.contracts.accounts import ReadOtherwise, RereadEffect


def read_otherwise_text(one: ReadOtherwise) -> str:
    """How an import was read, and how it would be read today."""
    was = f"{one.file} (import {one.import_id}) was read as a roster, {count(one.stored, 'row')} stored"
    if one.refused:
        return f"{was}. Today it is asked about: {one.refused} Upload it again to answer."
    kinds = ", ".join(f"{kind.replace('_', ' ')} ({count(rows, 'row')})" for kind, rows in one.kinds.items())
    return f"{was}. Today it is read as {kinds}."


def reread_text(effect: RereadEffect) -> str:
    """What reading the import again will do to its rows, the students and the other sheets."""
    words = [f"{effect.stored_before:,} stored before; now {effect.stored:,} stored + {effect.unchanged:,} unchanged + "
             f"{effect.rejected:,} rejected + {effect.waiting:,} waiting."]
    if lost := effect.students_lost:
        words.append(f"{count(lost, 'student')} on no other roster will no longer be on record: their rows wait until "
                     "a roster comes, or until you add them as students.")
    if effect.others_before != effect.others_after:
        words.append(f"Rows stored of all other sheets: {effect.others_before:,} before, {effect.others_after:,} now.")
    return " ".join(words)
