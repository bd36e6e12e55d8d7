"""The dry run: what a file would create, change and leave alone, compared with what is there. Plain values only."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from registrations.guestlist.cells import Unclear, interpret, tidy
from registrations.guestlist.columns import Column, Holds, Kind, SheetFormat, fold, sheet_format
from registrations.guestlist.membership import State, States
from registrations.guestlist.reading import Finding, Level, RawRow, Sheet, Unreadable, Workbook

Identity = tuple[str, ...]


class Action(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Present:
    """A city, organisation or state as it is now, with its delegation at this conference if it has one.

    `values` go by the keys of the sheet's columns. `seats_in_use` are occupied, or held by invitations.
    """

    kind: Kind
    thing_id: int | str
    delegation_id: int | None
    values: Mapping[str, Any]
    seats_in_use: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    key: str
    label: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the file and what becomes of it. `values` are those that the file states, and no others."""

    kind: Kind
    sheet: str
    row: int
    name: str
    action: Action
    values: Mapping[str, Any]
    changes: tuple[Change, ...]
    thing_id: int | str | None
    delegation_id: int | None


@dataclass(slots=True)
class Plan:
    """`sheets` are those that were read: what each lists, by its title in the file."""

    sheets: dict[str, Kind] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        return any(finding.level == Level.ERROR for finding in self.findings)

    @property
    def changes_something(self) -> bool:
        return any(entry.action != Action.KEEP for entry in self.entries)

    @property
    def digest(self) -> str:
        """The same for two plans exactly if they do the same to the same records and refuse the same rows."""
        doings = [
            [
                entry.kind,
                entry.row,
                entry.action,
                entry.thing_id,
                entry.delegation_id,
                list(entry.values.items()),
                [[change.key, change.old, change.new] for change in entry.changes],
            ]
            for entry in self.entries
            if entry.action != Action.KEEP
        ]
        # Their places, since their words are those of the reader's language.
        refusals = [
            [finding.level, finding.sheet, finding.row, finding.column]
            for finding in self.findings
            if finding.level != Level.NOTICE
        ]
        return hashlib.sha256(json.dumps([doings, refusals], default=str).encode()).hexdigest()


def make_plan(
    workbook: Workbook, *, states: Iterable[State], present: Iterable[Present], include_outside: bool
) -> Plan:
    """Compares the file with what is there.

    An empty cell leaves its field alone. Rows of states that are not Member States on the day are left out;
    with `include_outside` their cities are taken in, never their delegations as Member States.
    """
    return _Planner(States(states), present, include_outside).plan(workbook)


@dataclass(frozen=True, slots=True)
class _Place:
    sheet: str
    row: int

    def __str__(self) -> str:
        return f"{self.sheet}, " + _("row %(number)d") % {"number": self.row}


class _StateIs(Enum):
    """What a row's state means for the row."""

    GOOD = auto()
    FAULTY = auto()
    LEFT_OUT = auto()


class _Planner:
    def __init__(self, states: States, present: Iterable[Present], include_outside: bool) -> None:
        self._states = states
        self._include_outside = include_outside
        self._by_identity: dict[Identity, list[Present]] = {}
        # Other names of cities, to warn before one city is invited under two names.
        self._city_aliases: dict[Identity, str] = {}
        for one in present:
            self._by_identity.setdefault(_identity(one.kind, one.values), []).append(one)
            if one.kind == Kind.CITY and one.delegation_id:
                self._note_aliases(one.values, str(one.values["name"]))
        self._seen: dict[Identity, _Place] = {}
        self._addresses: dict[str, _Place] = {}
        self._plan = Plan()

    def plan(self, workbook: Workbook) -> Plan:
        self._plan.findings = list(workbook.findings)
        for sheet in workbook.sheets:
            self._plan.sheets[sheet.title] = sheet.format.kind
            for row in sheet.rows:
                self._plan_row(sheet, row)
        self._warn_of_aliases(workbook)
        return self._plan

    def _report(self, level: Level, sheet: Sheet, row: int, column: Column, message: str) -> None:
        letter = sheet.letters.get(column.key, "")
        self._plan.findings.append(Finding(level, message, sheet.title, row, letter, column.label if letter else ""))

    def _plan_row(self, sheet: Sheet, row: RawRow) -> None:
        layout = sheet.format
        values: dict[str, Any] = {}
        state = self._read_state(sheet, row, values) if "state" in sheet.letters else _StateIs.GOOD
        if state is _StateIs.LEFT_OUT:
            return
        # The other cells of a faulty row are read too: all its errors show at once.
        faultless = state is _StateIs.GOOD
        for column in layout.columns:
            if column.holds == Holds.STATE:
                continue
            try:
                value = _read(column, row.cells.get(column.key))
            except Unclear as problem:
                self._report(Level.ERROR, sheet, row.number, column, str(problem))
                faultless = False
                continue
            if value is not None:
                values[column.key] = value
            elif column.required and not isinstance(row.cells.get(column.key), Unreadable):
                self._report(Level.ERROR, sheet, row.number, column, _("is empty"))
                faultless = False
        if faultless and self._is_sound(sheet, row, values):
            self._share_out_addresses(values)
            self._compare(sheet, row, values)

    def _read_state(self, sheet: Sheet, row: RawRow, values: dict[str, Any]) -> _StateIs:
        """Puts the state's code into `values`; else there is a finding that says why not."""
        column = sheet.format.column("state")
        try:
            text = _read(column, row.cells.get("state"))
        except Unclear as problem:
            self._report(Level.ERROR, sheet, row.number, column, str(problem))
            return _StateIs.FAULTY
        if text is None:
            self._report(Level.ERROR, sheet, row.number, column, _("is empty"))
            return _StateIs.FAULTY
        state = self._states.find(text)
        if state is None:
            if outside := self._states.name_outside(text):
                message = _("%(state)s is not a Member State of the European Union: left out") % {"state": outside}
                self._report(Level.LEFT_OUT, sheet, row.number, column, message)
                return _StateIs.LEFT_OUT
            message = _("“%(value)s” is not a Member State or its code") % {"value": text[:60]}
            self._report(Level.ERROR, sheet, row.number, column, message)
            return _StateIs.FAULTY
        values["state"] = state.code
        if state.is_member:
            return _StateIs.GOOD
        if self._include_outside and sheet.format.kind == Kind.CITY:
            message = _("%(state)s is not a Member State on the day of the conference: taken in as you asked")
            self._report(Level.NOTICE, sheet, row.number, column, message % {"state": state.name})
            return _StateIs.GOOD
        message = _("%(state)s is not a Member State on the day of the conference: left out")
        self._report(Level.LEFT_OUT, sheet, row.number, column, message % {"state": state.name})
        return _StateIs.LEFT_OUT

    def _is_sound(self, sheet: Sheet, row: RawRow, values: Mapping[str, Any]) -> bool:
        """Checks what no single cell can tell: both coordinates, no second row for the same."""
        layout = sheet.format
        for given, missing in (("latitude", "longitude"), ("longitude", "latitude")):
            if given in values and missing not in values:
                message = _("is empty, while the other coordinate is given")
                self._report(Level.ERROR, sheet, row.number, layout.column(missing), message)
                return False
        if layout.kind == Kind.MEMBER_STATE and values.get("seats", 1) > 1:
            self._report(Level.ERROR, sheet, row.number, layout.column("seats"), _("a Member State has one seat"))
            return False
        identity = _identity(layout.kind, values)
        here = _Place(sheet.title, row.number)
        if earlier := self._seen.get(identity):
            message = _("is listed already: %(place)s") % {"place": earlier}
            self._report(Level.ERROR, sheet, row.number, layout.column(layout.name_key), message)
            return False
        self._seen[identity] = here
        for address in values.get("email", ()):
            if shared := self._addresses.get(address):
                message = _("%(address)s stands in %(place)s too") % {"address": address, "place": shared}
                self._report(Level.NOTICE, sheet, row.number, layout.column("email"), message)
            self._addresses.setdefault(address, here)
        return True

    @staticmethod
    def _share_out_addresses(values: dict[str, Any]) -> None:
        """The first address of the cell is the address; the others get copies."""
        if addresses := values.pop("email", None):
            values["email"] = addresses[0]
            if others := addresses[1:]:
                copies = values.get("copy_to", [])
                values["copy_to"] = [*others, *(address for address in copies if address not in others)]

    def _compare(self, sheet: Sheet, row: RawRow, values: dict[str, Any]) -> None:
        layout = sheet.format
        name_column = layout.column(layout.name_key)
        known = self._find_present(layout.kind, values)
        if known and known.kind != layout.kind:
            message = _("is known as one of “%(title)s”; list it on that sheet")
            self._report(
                Level.ERROR, sheet, row.number, name_column, message % {"title": sheet_format(known.kind).title}
            )
            return
        changes = _changes(layout, values, known) if known else ()
        if known and known.delegation_id and values.get("seats", known.seats_in_use) < known.seats_in_use:
            message = _("%(number)d seats are occupied or held by open invitations; there cannot be fewer")
            seats = layout.column("seats")
            self._report(Level.ERROR, sheet, row.number, seats, message % {"number": known.seats_in_use})
            return
        action = Action.CHANGE if changes else Action.KEEP
        if not known or not known.delegation_id:
            action = Action.CREATE
        self._plan.entries.append(
            Entry(
                kind=layout.kind,
                sheet=sheet.title,
                row=row.number,
                name=str(values.get("name") or (known.values["name"] if known else values["state"])),
                action=action,
                values=values,
                changes=changes,
                thing_id=known.thing_id if known else None,
                delegation_id=known.delegation_id if known else None,
            )
        )

    def _find_present(self, kind: Kind, values: Mapping[str, Any]) -> Present | None:
        """The record with this very name; failing that one that differs in case or accents only."""
        candidates = self._by_identity.get(_identity(kind, values), [])
        # A name that exists as it stands must be found first: renaming another record to it would be refused.
        exact = (one for one in candidates if one.values["name"] == values.get("name"))
        with_delegation = (one for one in candidates if one.delegation_id)
        return next(chain(exact, with_delegation, candidates), None)

    def _note_aliases(self, values: Mapping[str, Any], whose: str) -> None:
        for alias in str(values.get("other_names") or "").split("/"):
            # Codes such as BRU are other names too, and say nothing.
            if len(alias.strip()) > 3:
                self._city_aliases.setdefault((str(values["state"]), fold(alias)), whose)

    def _warn_of_aliases(self, workbook: Workbook) -> None:
        """Tells of new cities that another city of the same state lists among its other names."""
        cities = [entry for entry in self._plan.entries if entry.kind == Kind.CITY]
        for entry in cities:
            self._note_aliases(entry.values, entry.name)
        sheet = next((sheet for sheet in workbook.sheets if sheet.format.kind == Kind.CITY), None)
        for entry in cities:
            whose = self._city_aliases.get((entry.values["state"], fold(entry.name)))
            if sheet and entry.action == Action.CREATE and whose and fold(whose) != fold(entry.name):
                message = _("may be the same city as %(other)s, which has “%(name)s” among its other names")
                self._report(
                    Level.NOTICE,
                    sheet,
                    entry.row,
                    sheet.format.column("name"),
                    message % {"other": whose, "name": entry.name},
                )


def _read(column: Column, raw: Any) -> Any:
    if raw is None:
        return None
    if isinstance(raw, Unreadable):
        raise Unclear(raw.reason)
    return interpret(column, raw)


def _identity(kind: Kind, values: Mapping[str, Any]) -> Identity:
    """What makes two rows the same. An organisation is one thing, whichever sheet lists it."""
    if kind == Kind.CITY:
        return ("city", str(values["state"]), fold(str(values["name"])))
    if kind == Kind.MEMBER_STATE:
        return ("state", str(values["state"]))
    return ("organisation", fold(str(values["name"])))


def _changes(layout: SheetFormat, values: Mapping[str, Any], known: Present) -> tuple[Change, ...]:
    """What the file states differently. Where a delegation is still to be created only the facts of the city or
    organisation count, since the delegation's own have no earlier value."""
    return tuple(
        Change(column.key, column.label, known.values[column.key], values[column.key])
        for column in layout.columns
        if column.key in values
        and column.key in known.values
        and column.holds != Holds.STATE
        and tidy(column, known.values[column.key]) != tidy(column, values[column.key])
    )


@dataclass(frozen=True, slots=True)
class SheetCount:
    sheet: str
    kind: Kind
    created: int
    changed: int
    kept: int
    left_out: int
    errors: int


def count_by_sheet(plan: Plan) -> list[SheetCount]:
    """What becomes of the rows of each sheet; the errors are counted one by one, since a row can have several."""
    actions = Counter((entry.sheet, entry.action) for entry in plan.entries)
    findings = Counter((finding.sheet, finding.level) for finding in plan.findings)
    return [
        SheetCount(
            sheet,
            kind,
            created=actions[sheet, Action.CREATE],
            changed=actions[sheet, Action.CHANGE],
            kept=actions[sheet, Action.KEEP],
            left_out=findings[sheet, Level.LEFT_OUT],
            errors=findings[sheet, Level.ERROR],
        )
        for sheet, kind in plan.sheets.items()
    ]
