"""Fifty people writing at once: every write is accounted for, by what stands and by the audit."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import date

import pytest
from sqlalchemy import func, select

from pipelines.errors import DecisionRefused
from pipelines.office import Office, Person
from pipelines.office.case_tables import case_fact, case_plan, flag_reason, note, note_version
from pipelines.office.tables import audit
from tests.conftest import AS_OF, AT, REPO, clean_environment

PEOPLE = 50
SHARED = 5  # flags that all of them work on


def shared_flags(office):
    students = [f"{n:05}" for n in range(SHARED)]
    office.flags.raise_flags(
        students, reason="Shared", areas=[], urgency="today", owner="Dr Osei", due_on=None, by=Person("Start"), at=AT
    )
    return office.flags.rows("open", students)["flag_id"].to_list()


def one_person(office, who, flags, rounds, until=None):
    """Writes of every sort, and what came of each; `until` ends it by the clock instead of after `rounds`."""
    did = Counter()
    person = Person(f"Advisor {who}")
    turn = 0
    while turn < rounds if until is None else time.monotonic() < until:
        flag_id, student = flags[(who + turn) % len(flags)], f"{(who + turn) % len(flags):05}"
        office.flags.raise_flags(
            [student], reason=f"{who}-{turn}", areas=[], urgency="today", owner="Dr Osei", due_on=None, by=person, at=AT
        )
        did["reason"] += 1
        office.cases.add_fact(flag_id, kind="contacted", happened_on=AS_OF, text=f"{who}-{turn}", by=person, at=AT)
        did["fact"] += 1
        against = office.cases.next_steps(flag_id)["version"].max() or 0
        written = office.cases.set_next_step(
            flag_id,
            next_step=f"{who}-{turn}",
            owner="Dr Osei",
            due_on=date(2026, 12, 1),
            against=against,
            by=person,
            at=AT,
        )
        did["plan" if written.version else "plan beside another"] += 1
        office.notes.save_draft("note", f"{who}-{turn}", by=person, at=AT)
        office.notes.add(student, text=f"{who}-{turn}", visibility="team", by=person, at=AT, place="note")
        did["note"] += 1
        turn += 1
    return did


def assert_store_holds(office, did):
    """The store holds exactly what the calls of all people reported."""
    def rows(table, *where):
        with office.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

    assert rows(flag_reason) == did["reason"] + SHARED
    assert rows(case_fact) == did["fact"]
    assert rows(case_plan, case_plan.c.version.is_not(None)) == did["plan"]
    assert rows(case_plan, case_plan.c.version.is_(None)) == did["plan beside another"]
    assert rows(note) == rows(note_version) == did["note"]
    assert rows(audit) == sum(did.values()) + SHARED
    with office.engine.connect() as connection:  # versions have neither gaps nor repeats
        for flag_id, newest, many in connection.execute(
            select(case_plan.c.flag_id, func.max(case_plan.c.version), func.count(case_plan.c.version))
            .group_by(case_plan.c.flag_id)
        ):
            assert newest == many, flag_id


def together(office, rounds, until=None):
    flags, results, start = shared_flags(office), [], threading.Barrier(PEOPLE)

    def run(who):
        start.wait()
        results.append(one_person(office, who, flags, rounds, until))

    threads = [threading.Thread(target=run, args=(who,)) for who in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == PEOPLE
    return sum(results, Counter())


def test_fifty_people_writing_at_once_lose_nothing(sqlite):
    did = together(sqlite, rounds=1)
    assert sum(did.values()) == PEOPLE * 4
    assert_store_holds(sqlite, did)


def test_only_one_of_fifty_closes_a_flag_and_the_others_are_refused(sqlite):
    flag_id, outcomes, start = shared_flags(sqlite)[0], [], threading.Barrier(PEOPLE)

    def close(who):
        start.wait()
        try:
            sqlite.cases.close(flag_id, outcome=f"Outcome {who}", by=Person(f"Advisor {who}"), at=AT)
            outcomes.append("closed")
        except DecisionRefused:
            outcomes.append("refused")

    threads = [threading.Thread(target=close, args=(who,)) for who in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"closed": 1, "refused": PEOPLE - 1}


@pytest.mark.slow
def test_a_minute_of_fifty_people_in_five_processes_loses_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'office.db'}"
    office = Office(url)
    flags = shared_flags(office)
    seconds = os.environ.get("PASSLINE_TEST_SECONDS", "60")
    workers = [
        subprocess.Popen([sys.executable, "-c", TEN_PEOPLE, url, str(10 * n), seconds, *map(str, flags)], cwd=REPO,
                         text=True, stdout=subprocess.PIPE, env=clean_environment())
        for n in range(5)
    ]
    did = Counter()
    for worker in workers:
        printed, _ = worker.communicate(timeout=170)
        assert worker.returncode == 0
        did += Counter(json.loads(printed))
    assert did["note"] > PEOPLE
    assert_store_holds(office, did)


TEN_PEOPLE = """
import json, sys, time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pipelines.office import Office
from tests.office.test_fifty_at_once import one_person
url, first, seconds, *flags = sys.argv[1:]
office, until = Office(url), time.monotonic() + float(seconds)
with ThreadPoolExecutor(10) as people:
    did = people.map(lambda n: one_person(office, int(first) + n, [int(f) for f in flags], 0, until), range(10))
print(json.dumps(sum(did, Counter())))
"""
