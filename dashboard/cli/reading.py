"""Commands on how sheets are read: layouts, labels of content areas, and inspect."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.cli.arguments import HomeOption, JsonOption, KindOption, check_kind, existing, layout_in
from dashboard.cli.edge import now, open_home, open_to_decide, open_warehouse, person
from dashboard.cli.terminal import say
from pipelines.errors import PasslineError

if TYPE_CHECKING:
    from pipelines.imports.label_decisions import UnknownLabel


def layouts(
    add: Annotated[Path | None, typer.Option("--add", help="Save the layout in this TOML file.")] = None,
    drop: Annotated[str | None, typer.Option("--drop", metavar="NAME", help="Delete a saved layout.")] = None,
    date_order: Annotated[str | None, typer.Option(
        "--date-order", metavar="month|day", help="Whether this school writes 3/4/2027 with the month or the day first."
    )] = None,
    ignore: Annotated[list[str] | None, typer.Option(
        "--ignore", metavar="HEADER", help="A column that holds no results: no sheet asks about it again.")] = None,
    stop_ignoring: Annotated[list[str] | None, typer.Option(
        "--stop-ignoring", metavar="HEADER", help="An ignored column: sheets ask about it again.")] = None,
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """List or change the layouts that sheets are recognized by, shipped and saved here, the school's date order, and
    the columns that hold no results."""
    from pipelines.imports.ignored_columns import ignore_column, stop_ignoring_column
    from pipelines.sheets import shipped_layouts

    opened = open_home(home)
    if add:
        opened.office.layouts.save(layout_in(add), by=person(), at=now())
    if drop:
        opened.office.layouts.drop(drop, by=person(), at=now())
    if date_order:
        opened.office.date_order.remember(date_order, by=person(), at=now())
    for header in ignore or []:
        ignore_column(opened.office, header, by=person(), at=now())
    for header in stop_ignoring or []:
        stop_ignoring_column(opened.office, header, by=person(), at=now())
    first, ignored = opened.office.date_order.current(), opened.office.ignored_columns.current()
    known = [{"name": one.name, "kind": one.kind, "source": one.source, "saved": False}
             for one in shipped_layouts().values()]
    known += [{"name": one["name"], "kind": one["kind"], "source": one.get("source", ""), "saved": True}
              for one in opened.office.layouts.saved()]
    if as_json:
        say(json.dumps({"layouts": known, "date_order": first, "ignored": ignored}))
        return
    for one in known:
        say(f"{one['name']} ({one['kind']}){', saved here' if one['saved'] else ''}")
    say(f"Ambiguous dates such as 3/4/2027: {f'the {first} first' if first else 'asked'}.")
    if ignored:
        say(f"Columns that hold no results: {', '.join(ignored)}.")


def areas(
    place: Annotated[str | None, typer.Option(
        "--place", metavar="LABEL", help="A label on sheets; give its area with --on.")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="AREA", help="The content area it means.")] = None,
    leave_out: Annotated[str | None, typer.Option(
        "--leave-out", metavar="LABEL", help="A label that is not a content area: leave its rows out.")] = None,
    take_back: Annotated[str | None, typer.Option(
        "--take-back", metavar="LABEL", help="Undo the decision on a label.")] = None,
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """List the labels of content areas, waiting and decided; decide which area one means, or undo that."""
    from pipelines.imports import area_labels
    from pipelines.policy import load_policy

    decides = place or leave_out or take_back
    opened, policy = open_to_decide(home) if decides else open_home(home), load_policy()
    if bool(place) != bool(on):
        raise PasslineError("Give both: --place LABEL --on AREA.")
    for label, area in [(place, on), (leave_out, area_labels.NO_AREA)]:
        if label:
            area_labels.place_label(opened, policy, label=label, area=area or "", by=person(), at=now())
    if take_back:
        area_labels.take_back_label(opened, policy, take_back, by=person(), at=now())
    waiting = area_labels.area_label_queue(open_warehouse(opened).unknown_areas(), policy)
    decided = area_labels.placed_labels(opened).to_dicts()
    if as_json:
        known = [{"axis": a.axis, "area": a.name} for a in policy.blueprint.areas]
        document = {"waiting": [asdict(one) for one in waiting], "decided": decided, "areas": known}
        say(json.dumps(document, default=str))
        return
    _echo_waiting(waiting)
    for row in decided:
        say(f"“{row['label']}” is {row['area'] or 'left out'}, by {row['made_by']} {row['made_at']:%Y-%m-%d}")
    if not (waiting or decided):
        say("Every label on the sheets is a known name of a content area.")


def _echo_waiting(waiting: "list[UnknownLabel]") -> None:
    for one in waiting:
        similar = f"; most similar: {', '.join(one.suggested)}" if one.suggested else ""
        say(f"“{one.label}” waits: {one.rows} rows in {', '.join(one.files)}{similar}")


def instruments(
    label: Annotated[str | None, typer.Option(
        "--label", metavar="NAME", help="A name on sheets; say what it is with --is, --own or --keep.")] = None,
    meaning: Annotated[str | None, typer.Option(
        "--is", metavar="INSTRUMENT", help="The instrument it is, with its form after it, if any.")] = None,
    own: Annotated[bool, typer.Option(
        "--own", help="It is our own exam, in percent: evidence, once its offset is learned.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep its scores, as no evidence of readiness.")] = False,
    take_back: Annotated[str | None, typer.Option(
        "--take-back", metavar="NAME", help="Undo the decision on a name.")] = None,
    as_json: JsonOption = False, home: HomeOption = None,
) -> None:
    """List the names of instruments, waiting and decided; decide what one is, or undo that."""
    from dashboard.words.instruments import instrument_meaning
    from pipelines.imports import instrument_labels as labels
    from pipelines.policy import load_policy

    answers = [bool(meaning), own, keep].count(True)
    if answers > 1 or bool(label) != bool(answers):
        raise PasslineError("Give a name and one answer: --label NAME with --is INSTRUMENT, --own or --keep.")
    opened, policy = open_to_decide(home) if label or take_back else open_home(home), load_policy()
    if label and meaning:
        labels.name_instrument(opened, policy, label=label, instrument=meaning, form="", by=person(), at=now())
    elif label:
        (labels.own_exam if own else labels.keep_only)(opened, policy, label=label, by=person(), at=now())
    if take_back:
        labels.take_back_instrument(opened, policy, take_back, by=person(), at=now())
    waiting = labels.instrument_queue(open_warehouse(opened).unknown_instruments(), policy)
    decided = labels.decided_instruments(opened).to_dicts()
    if as_json:
        document = {"waiting": [asdict(one) for one in waiting], "decided": decided,
                    "instruments": list(policy.instruments.by_name)}
        say(json.dumps(document, default=str))
        return
    _echo_waiting(waiting)
    for row in decided:
        say(f"“{row['label']}” is {instrument_meaning(row['instrument'], row['form'], policy)}, "
                   f"by {row['made_by']} {row['made_at']:%Y-%m-%d}")
    if not (waiting or decided):
        say("Every name on the sheets is that of an instrument.")


def inspect(
    file: Annotated[Path, typer.Argument(help="A sheet, CSV or XLSX, or a ZIP of them.")], kind: KindOption = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show how a sheet would be read: encoding, delimiter, header row, kind, columns, rows. Stores nothing."""
    from pipelines.policy import load_policy
    from pipelines.sheets import Answers, inspect_sheet

    check_kind(kind)
    found = inspect_sheet(existing(file), file.name, Answers(kind=kind), load_policy())
    for sheet in found.get("sheets", [found]):
        _in_words(sheet)
    if as_json:
        say(json.dumps(found, default=str))
        return
    for sheet in found.get("sheets", [found]):
        for name, value in sheet.items():
            if name != "unused":
                say(f"{name}: {json.dumps(value, default=str, ensure_ascii=False)}")
    for left_out in found.get("left_out", []):
        say(f"left out: {left_out}")


def _in_words(sheet: dict[str, Any]) -> None:
    """Adds the words of rules, and the older name of a field that scripts read."""
    from dashboard.words.held_rows import rule_words

    if "refused" not in sheet:
        sheet["held"] = [{"state": held["state"], "rule": rule_words(held["rule_id"], held["column"]),
                          "rows": held["rows"], "rule_id": held["rule_id"]} for held in sheet["held"]]  # fmt: skip
        sheet["unused"] = sheet["unused_columns"]
