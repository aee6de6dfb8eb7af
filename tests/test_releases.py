"""Releases of Passline on one home: a changed one builds anew, an older one only reads, and nothing is lost between."""

import shutil
import threading
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from dashboard.data.figures import figures_of
from dashboard.data.warehouse import Warehouse
from pipelines.contracts.releases import Part, ReleaseChanges, SheetChange, TableChange
from pipelines.errors import HomeIsNewer
from pipelines.imports.corrections import correct
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.imports.undo import redo_import, undo_import
from pipelines.policy import changed
from pipelines.store.builds import bring_up_to_date, ensure_current, is_current, rebuild
from pipelines.store.fingerprint import build_fingerprint, rows_fingerprint
from pipelines.store.home import Home
from pipelines.store.releases import LOG, dismiss_news, is_older, news_for, record_release, releases
from pipelines.store.typed_rows import rows_name_before_fingerprints
from tests.conftest import AS_OF, AT, DR_OSEI
from tests.releases import all_tables, with_error, with_label, with_range, without

ROSTER = "student_id,last_name,class_year\n00123,Abbott,2028\n00124,Sato,2028\n"
SCORES = (
    "student_id,instrument,form,taken_on,score,Cardiovascular,Path and more\n"
    "00123,CBSSA,30,2026-10-01,61,58,\n00124,UWSA,1,2026-10-02,95,,77\n00124,CBSSA,31,2026-10-02,70,66,\n"
    "00124,CBSSA,32,2026-13-02,70,,\n"
)
WIDE = "student_id,taken_on,UWSA 1\n00123,2026-10-05,215\n"
KEY = {"student_id": "00123", "instrument": "CBSSA", "form": "30", "taken_on": "2026-10-01"}


@dataclass
class Stop(Exception):
    """A rebuild that is cut off."""

    file: str


@pytest.fixture
def fill(sheet):
    """Imports the sheets into a home as a release would."""

    def run(home, policy, *sheets):
        named = {"roster.csv": ROSTER, "scores.csv": SCORES} | dict(sheets)
        for name, content in named.items():
            planned = plan_import(home, [Upload(name, sheet(name, content))], policy, accept_changes=False, at=AT)
            apply_import(home, planned, policy, by=DR_OSEI, at=AT)
        return home

    return run


def scores(home):
    return Warehouse(home.current().path).assessments().select("student_id", "instrument", "score").rows()


def row_caches(home):
    return {path.name for path in home.rows.iterdir()}


RELEASES = [
    lambda policy: without(policy, "UWSA"), lambda policy: with_error(policy, "UWSA", 9.5),
    lambda policy: with_label(policy, "Pathology", "Path and more"), lambda policy: with_range(policy, "EPC", (0, 65)),
    lambda policy: changed(policy, "instruments", larger_error={"self-paced": 9.0}),
]


@pytest.mark.parametrize("other", RELEASES)
def test_an_old_home_opened_by_a_changed_policy_equals_a_home_made_from_scratch(tmp_path, policy, fill, other):
    for number, (old, new) in enumerate([(policy, other(policy)), (other(policy), policy)]):
        opened = fill(Home(tmp_path / f"old {number}"), old)
        before = all_tables(opened)
        assert ensure_current(opened, new, AT)
        scratch = fill(Home(tmp_path / f"new {number}"), new)
        assert all_tables(opened) == all_tables(scratch)
        assert all_tables(opened) != before or old.instruments.larger_error != new.instruments.larger_error
        ours, theirs = (figures_of(Warehouse(home.current().path), AS_OF, new) for home in (opened, scratch))
        assert ours.risk.equals(theirs.risk)
        assert ours.subjects.equals(theirs.subjects)


def test_a_sheet_uploaded_again_under_a_release_that_knows_its_instrument_is_stored(home, policy, fill, sheet):
    fill(home, without(policy, "UWSA"))
    assert ("00124", "UWSA", 95.0) not in scores(home)
    again = Upload("scores.csv", sheet("scores.csv", SCORES))
    planned = plan_import(home, [again], policy, accept_changes=False, at=AT)
    assert planned.sheets[0].already == 2
    assert (planned.sheets[0].unchanged, planned.sheets[0].waiting, planned.sheets[0].rejected) == (3, 0, 1)
    assert ("00124", "UWSA", 95.0) in scores(home)


def test_another_error_of_an_instrument_reaches_the_evidence_and_no_sheet_is_read_again(home, policy, fill):
    fill(home, policy)
    for path in home.sheets.iterdir():
        path.unlink()
    ensure_current(home, with_error(policy, "UWSA", 9.5), AT)
    errors = dict(Warehouse(home.current().path).observations().select("instrument", "se").rows())
    assert errors["UWSA"] == 9.5
    assert errors["CBSSA"] != 9.5


def test_the_same_release_builds_nothing(home, policy, fill):
    fill(home, policy)
    build = home.current()
    assert not ensure_current(home, policy, AT)
    assert not bring_up_to_date(home, policy.model_copy(deep=True), AT)
    assert (home.current(), len(releases(home))) == (build, 1)


def test_a_rebuild_tells_how_far_it_is(home, policy, fill):
    fill(home, without(policy, "UWSA"))
    progress = []
    ensure_current(home, policy, AT, lambda *how: progress.append(how))
    assert progress == [(0, 2, "roster.csv"), (1, 2, "scores.csv"), (2, 2, "")]


def test_an_older_release_only_reads(home, policy, fill, sheet):
    older = without(policy, "UWSA")
    fill(home, older)
    ensure_current(home, policy, AT)
    build, before = home.current(), all_tables(home)
    assert is_older(home, older)
    assert not is_older(home, policy)
    assert not ensure_current(home, older, AT)
    upload = Upload("more.csv", sheet("more.csv", WIDE))
    for decision in [
        lambda: plan_import(home, [upload], older, accept_changes=False, at=AT),
        lambda: undo_import(home, 2, older, by=DR_OSEI, at=AT),
        lambda: rebuild(home, older, AT),
        lambda: correct(home, older, fact="assessment", student_id="00123", key=KEY, values={"score": 64.0},
                        reason="misread", by=DR_OSEI, at=AT),
    ]:
        with pytest.raises(HomeIsNewer, match="newer Passline has built this home"):
            decision()
    assert (home.current(), all_tables(home)) == (build, before)
    assert figures_of(Warehouse(home.current().path), AS_OF, older).risk.height == 2


def test_a_plan_made_before_a_newer_release_built_the_home_is_not_applied(home, policy, fill, sheet):
    older = without(policy, "UWSA")
    fill(home, older)
    planned = plan_import(home, [Upload("later.csv", sheet("later.csv", SCORES.replace(",61,", ",66,")))], older,
                          accept_changes=True, at=AT)
    ensure_current(home, policy, AT)
    files, build = set(home.warehouse.iterdir()), home.current()
    with pytest.raises(HomeIsNewer):
        apply_import(home, planned, older, by=DR_OSEI, at=AT)
    assert (set(home.warehouse.iterdir()), home.current()) == (files, build)


def test_releases_in_turn_on_one_home_build_it_once(home, policy, fill):
    older = without(policy, "UWSA")
    fill(home, older)
    ensure_current(home, policy, AT)
    build = home.current()
    for release in [older, policy] * 3:
        assert not ensure_current(home, release, AT)
    assert home.current() == build


def test_a_home_can_go_back_to_an_older_release_for_good(home, policy, fill):
    older = without(policy, "UWSA")
    before = all_tables(fill(home, older))
    ensure_current(home, policy, AT)
    rebuild(home, older, AT, with_this_release=True)
    assert all_tables(home) == before
    assert is_older(home, policy)
    assert not is_older(home, older)


def test_an_older_release_does_not_build_where_the_newer_build_is_gone(home, policy, fill):
    older = without(policy, "UWSA")
    fill(home, older)
    ensure_current(home, policy, AT)
    for path in home.warehouse.glob("*.duckdb"):
        path.unlink()
    with pytest.raises(HomeIsNewer):
        ensure_current(home, older, AT)
    assert ensure_current(home, policy, AT)


def test_a_crash_before_the_log_was_written_makes_no_release_the_older_one(home, policy, fill):
    older = without(policy, "UWSA")
    fill(home, older)
    logged = (home.root / LOG).read_bytes()
    ensure_current(home, policy, AT)
    (home.root / LOG).write_bytes(logged + b'{"fingerprint": "')
    assert is_older(home, older)
    assert is_current(home, policy)
    record_release(home, policy, AT)
    assert [one.fingerprint for one in releases(home)] == [build_fingerprint(older), build_fingerprint(policy)]


@pytest.mark.parametrize("cut_at", ["roster.csv", "scores.csv", ""])
def test_a_rebuild_that_is_cut_off_leaves_the_old_build_and_its_rows(home, policy, fill, cut_at):
    old, new = without(policy, "UWSA"), policy
    fill(home, old)
    build, before, caches = home.current(), all_tables(home), row_caches(home)

    def cut(_done, _total, file):
        if file == cut_at:
            raise Stop(file)

    with pytest.raises(Stop):
        ensure_current(home, new, AT, cut)
    assert (home.current(), all_tables(home)) == (build, before)
    assert caches <= row_caches(home)
    assert not is_older(home, old)
    files = []
    ensure_current(home, new, AT, lambda _done, _total, file: files.append(file))
    assert files == {"roster.csv": ["roster.csv", "scores.csv", ""], "scores.csv": ["scores.csv", ""], "": [""]}[cut_at]
    assert ("00124", "UWSA", 95.0) in scores(home)


def test_superseded_rows_go_once_the_new_build_stands(home, policy, fill):
    fill(home, without(policy, "UWSA"))
    old = row_caches(home)
    ensure_current(home, policy, AT)
    assert not old & row_caches(home)
    assert len(row_caches(home)) == 2
    assert all(rows_fingerprint(policy) in name for name in row_caches(home))


def test_rows_of_an_undone_import_stay_until_they_are_read_again(home, policy, fill):
    old = without(policy, "UWSA")
    fill(home, old)
    undo_import(home, 2, old, by=DR_OSEI, at=AT)
    ensure_current(home, policy, AT)
    assert sum(rows_fingerprint(old) in name for name in row_caches(home)) == 1
    redo_import(home, 2, policy, by=DR_OSEI, at=AT)
    assert ("00124", "UWSA", 95.0) in scores(home)


def test_a_sheet_that_a_release_refuses_stands_as_it_was_read_and_is_named(home, policy, fill, sheet):
    old, new = policy, without(policy, "UWSA")
    fill(home, old, ("wide.csv", WIDE))
    assert ensure_current(home, new, AT)
    assert ("00123", "UWSA", 215.0) in scores(home)
    assert releases(home)[-1].changes.kept == ["wide.csv"]
    rebuild(home, new, AT)
    assert ("00123", "UWSA", 215.0) in scores(home)
    newest = with_error(new, "CBSSA", 9.5)
    ensure_current(home, newest, AT)
    assert ("00123", "UWSA", 215.0) in scores(home)
    assert releases(home)[-1].changes.kept == ["wide.csv"]
    wide = sheet("new.csv", WIDE.replace("215", "216"))
    planned = plan_import(home, [Upload("new.csv", wide)], newest, accept_changes=False, at=AT)
    assert planned.sheets[0].refused


def test_the_account_names_the_parts_that_changed_and_counts_what_came_of_it(home, policy, fill):
    fill(home, without(policy, "UWSA"))
    assert releases(home)[-1].changes is None
    ensure_current(home, policy, AT)
    assert releases(home)[-1].changes == ReleaseChanges(
        [Part.INSTRUMENTS, Part.CONVERSIONS],
        [TableChange("assessment", 1, 0, 0), TableChange("observation", 1, 0, 0)],
        [SheetChange(2, "scores.csv", {"stored": 2, "unchanged": 0, "rejected": 1, "waiting": 1},
                     {"stored": 3, "unchanged": 0, "rejected": 1, "waiting": 0})],
    )
    ensure_current(home, with_error(policy, "CBSSA", 9.5), AT)
    assert releases(home)[-1].changes == ReleaseChanges([Part.CONVERSIONS], [TableChange("observation", 0, 0, 2)])
    ensure_current(home, with_error(without(policy, "UWSA"), "CBSSA", 9.5), AT)
    assert releases(home)[-1].changes.tables == [
        TableChange("assessment", 0, 1, 0), TableChange("observation", 0, 1, 0)]


def test_news_are_shown_to_each_person_until_dismissed_and_only_where_something_changed(home, policy, fill):
    fill(home, without(policy, "UWSA"))
    assert news_for(home, "Dr Osei") is None
    ensure_current(home, policy, AT)
    news = news_for(home, "Dr Osei")
    dismiss_news(home, news, "Dr Osei")
    assert news_for(home, "Dr Osei") is None
    assert news_for(home, "Dr Lin") == news
    ensure_current(home, with_error(policy, "Free 120", 9.5), AT)
    assert releases(home)[-1].changes == ReleaseChanges([Part.CONVERSIONS])
    assert news_for(home, "Dr Lin") is None


def test_a_damaged_build_is_replaced_though_nothing_can_be_compared(home, policy, fill):
    fill(home, without(policy, "UWSA"))
    home.current().path.write_bytes(b"no warehouse")
    ensure_current(home, policy, AT)
    assert ("00124", "UWSA", 95.0) in scores(home)
    assert not releases(home)[-1].changes.compared
    assert news_for(home, "Dr Osei") is not None


def test_a_home_made_before_fingerprints_is_built_anew_once_and_keeps_its_old_rows_where_it_must(home, policy, fill):
    fill(home, policy, ("wide.csv", WIDE))
    before = all_tables(home)
    as_before_fingerprints(home)
    assert ensure_current(home, policy, AT)
    assert all_tables(home) == before
    assert releases(home)[-1].changes == ReleaseChanges([])
    assert all(rows_fingerprint(policy) in name for name in row_caches(home))
    as_before_fingerprints(home)
    assert ensure_current(home, without(policy, "UWSA"), AT)
    assert ("00123", "UWSA", 215.0) in scores(home)
    assert releases(home)[-1].changes.kept == ["wide.csv"]


def test_a_home_that_a_passline_without_fingerprints_built_in_between_is_built_anew_and_says_so(home, policy, fill):
    fill(home, policy)
    logged = (home.root / LOG).read_bytes()
    as_before_fingerprints(home)
    (home.root / LOG).write_bytes(logged)
    assert not is_older(home, policy)
    assert ensure_current(home, policy, AT)
    assert [one.changes for one in releases(home)] == [None, ReleaseChanges([])]


def as_before_fingerprints(home):
    """Names builds and rows as the last Passline without fingerprints did, and takes the log away."""
    build, standing = home.current(), home.office.ledger.in_force()
    build_id = build.build_id.rpartition("-")[0] + "-v5"
    shutil.copyfile(build.path, home.build_path(build_id))
    assert home.office.ledger.make_current(revision=build.revision, build_id=build_id, at=AT)
    for imported in standing.imports:
        (rows,) = home.rows.glob(f"{imported.sha256}-*")
        rows.rename(home.rows / rows_name_before_fingerprints(imported.sha256, imported.answers))
    (home.root / LOG).unlink()
    assert home.current().fingerprint is None


def test_visitors_who_come_at_once_build_once(home, policy, fill):
    fill(home, without(policy, "UWSA"))
    built = []
    visitors = [threading.Thread(target=lambda: built.append(ensure_current(home, policy, AT))) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert sorted(built) == [False, False, False, True]


def test_an_office_store_that_a_newer_release_migrated_is_read_and_not_written(home, policy, fill):
    fill(home, policy)
    home.office.flags.raise_flags(
        ["00123"], reason="below", areas=[], urgency="today", owner="Dr Osei", due_on=None, by=DR_OSEI, at=AT
    )
    with home.office.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    opened = Home(home.root)
    assert opened.office.flags.rows().height == 1
    assert scores(opened) == scores(home)
    with pytest.raises(HomeIsNewer, match="update Passline"):
        opened.office.notes.add("00123", text="met", visibility="team", by=DR_OSEI, at=AT)
    with pytest.raises(HomeIsNewer):
        undo_import(opened, 2, policy, by=DR_OSEI, at=AT)
    assert opened.office.ledger.state() == home.office.ledger.state()


@pytest.mark.parametrize("cut_off", [b'{"fingerprint": "abc', '{"by": "Dr Müller'.encode()[:-5]])
def test_a_log_line_that_a_crash_broke_off_loses_no_other(home, policy, fill, cut_off):
    fill(home, without(policy, "UWSA"))
    log = home.root / LOG
    log.write_bytes(log.read_bytes() + cut_off)
    ensure_current(home, policy, AT)
    assert [one.fingerprint for one in releases(home)] == [
        build_fingerprint(without(policy, "UWSA")), build_fingerprint(policy)]


@pytest.mark.parametrize("person", ["Dr Müller", "Dr\u2028Osei", "Dr\x85Osei", "Dr\nOsei", "Dr \udcff"])
def test_news_are_dismissed_by_a_person_of_any_name(home, policy, fill, person):
    fill(home, without(policy, "UWSA"))
    ensure_current(home, policy, AT)
    dismiss_news(home, news_for(home, person), person)
    assert news_for(home, person) is None
