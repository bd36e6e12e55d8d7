"""Guest lists and the database: the dry run of an upload, and its application in one transaction."""

import datetime
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history, incoming
from conference.models import City, Conference, MemberState
from conference.services import lock
from mailings import services as outbox
from registrations.guestlist.cells import display
from registrations.guestlist.columns import Kind
from registrations.guestlist.membership import State
from registrations.guestlist.planning import Action, Entry, Plan, Present, count_by_sheet, make_plan
from registrations.guestlist.reading import FileProblem, Finding, Level, Workbook, check_start, dump, load, read
from registrations.models import DEFAULT_SEATS, Category, Delegation, GuestListImport, Organisation
from registrations.services.places import fill_free_places
from registrations.states import ParticipantStatus

PENDING_FOR = datetime.timedelta(days=1)
_BATCH = 1000
_ORGANISATIONAL = frozenset({Kind.ORGANISATION, Kind.INSTITUTION})
_CITY_FIELDS = ("name", "other_names", "population", "latitude", "longitude")
_ORGANISATION_FIELDS = ("name", "kind")
_DELEGATION_FIELDS = (
    "contact_function",
    "email",
    "copy_to",
    "language",
    "salutation",
    "has_strategy",
    "has_multi_agency",
    "has_dedicated_staff",
    "has_evaluation",
    "wants_stand",
    "remarks",
)


class ImportRefused(Exception):
    """The list cannot be applied (any more); the message says why."""


class AlreadyApplied(ImportRefused):
    """It has been applied before, as by a second click: nothing is wrong and nothing was done again."""


class PlanOutdated(ImportRefused):
    """What is in the database differs from what the dry run saw."""


# The dry run ----------------------------------------------------------------------------------


@transaction.atomic
def receive_import(
    conference: Conference, content: bytes, *, file_name: str, include_outside: bool, by: User | None
) -> GuestListImport:
    """Keeps a file for a worker to read and check. Removes uploads that nobody applied for a day.

    Raises reading.FileProblem for what is evidently no guest list; whatever else is wrong with it, the worker finds.
    """
    check_start(content, file_name)
    discard_stale_imports()
    upload = GuestListImport.objects.create(
        conference=conference,
        uploaded_by=by,
        file_name=file_name[-200:],
        sha256=hashlib.sha256(content).hexdigest(),
        raw=content,
        include_outside=include_outside,
        status=GuestListImport.Status.READING,
    )
    _ask_worker(upload.pk)
    return upload


def _ask_worker(upload_id: int) -> None:
    from registrations.tasks import read_guest_list

    transaction.on_commit(lambda: outbox.publish(read_guest_list, upload_id), robust=True)


def imports_due() -> list[int]:
    """Uploads that wait for a worker, and those whose worker was lost."""
    return incoming.due(GuestListImport.objects.all())


def read_import(upload_id: int) -> bool:
    """Reads and checks an upload that waits, and keeps what it says with the report of its dry run.

    For the worker. Returns whether it can be looked at now; a file that cannot be read keeps the reason.
    """
    files = GuestListImport.objects.select_related("conference")
    return incoming.work(files, upload_id, _read_and_keep, refusals=FileProblem)


def _read_and_keep(upload: GuestListImport) -> None:
    workbook = read(bytes(upload.raw or b""), upload.file_name)
    with transaction.atomic():
        plan = _plan(workbook, upload.conference, include_outside=upload.include_outside)
        found = incoming.locked(GuestListImport.objects.all(), upload)
        found.content, found.report = dump(workbook), _report(plan)
        found.save()


@transaction.atomic
def check_again(upload: GuestListImport) -> GuestListImport:
    """Renews the report of a pending upload from what is in the database now."""
    upload = GuestListImport.objects.select_for_update(no_key=True, of=("self",)).get(pk=upload.pk)
    _check_pending(upload)
    upload.report = _report(_plan_of(upload))
    upload.save(update_fields=["report"])
    return upload


def discard_stale_imports() -> int:
    """Deletes uploads that nobody applied or discarded for more than a day. Returns how many."""
    undecided = incoming.UNDECIDED
    stale = GuestListImport.objects.filter(status__in=undecided, uploaded_at__lt=timezone.now() - PENDING_FOR)
    return stale.delete()[0]


def _plan_of(upload: GuestListImport) -> Plan:
    return _plan(load(bytes(upload.content)), upload.conference, include_outside=upload.include_outside)


def _plan(workbook: Workbook, conference: Conference, *, include_outside: bool) -> Plan:
    states = [
        State(state.code, state.iso_code, state.name, state.own_name, state.is_member_on(conference.held_on))
        for state in MemberState.objects.all()
    ]
    kinds = {sheet.format.kind for sheet in workbook.sheets}
    return make_plan(workbook, states=states, present=present(conference, kinds), include_outside=include_outside)


def present(conference: Conference, kinds: Iterable[str] = tuple(Kind)) -> list[Present]:
    """The cities, organisations and states of these kinds, each with its delegation at this conference if any."""
    wanted = set(kinds)
    if wanted & _ORGANISATIONAL:
        # An organisation on the wrong sheet is found only if both kinds are looked at.
        wanted |= _ORGANISATIONAL
    delegations = {
        (
            row["city_id"],
            row["organisation_id"],
            row["member_state_id"] if row["category"] == "member_state" else None,
        ): row
        for row in conference.delegations.filter(category__in=wanted).values(
            "pk", "category", "city_id", "organisation_id", "member_state_id", "seats", *_DELEGATION_FIELDS
        )
    }
    in_use = _seats_in_use(conference)
    found: list[Present] = []

    def add(kind: Kind, thing_id: int | str, key: tuple[Any, ...], facts: dict[str, Any]) -> None:
        delegation = delegations.get(key, {})
        own = {name: delegation[name] for name in ("seats", *_DELEGATION_FIELDS)} if delegation else {}
        pk = delegation.get("pk")
        found.append(Present(kind, thing_id, pk, {**facts, **own}, in_use.get(pk, 0)))

    if Kind.CITY in wanted:
        for city in City.objects.order_by("pk").values("pk", "member_state_id", *_CITY_FIELDS).iterator(5000):
            facts = {name: city[name] for name in _CITY_FIELDS}
            add(Kind.CITY, city["pk"], (city["pk"], None, None), {"state": city["member_state_id"], **facts})
    if Kind.ORGANISATION in wanted:
        for organisation in Organisation.objects.order_by("pk").values("pk", *_ORGANISATION_FIELDS).iterator(5000):
            key = (None, organisation["pk"], None)
            listed_as = delegations[key]["category"] if key in delegations else _kind_of(organisation["kind"])
            facts = {"name": organisation["name"]}
            if listed_as == Kind.ORGANISATION:
                facts["kind"] = organisation["kind"]
            add(Kind(listed_as), organisation["pk"], key, facts)
    if Kind.MEMBER_STATE in wanted:
        for state in MemberState.objects.all():
            add(Kind.MEMBER_STATE, state.pk, (None, None, state.pk), {"state": state.pk, "name": state.name})
    return found


def _kind_of(organisation_kind: str) -> Kind:
    return Kind.INSTITUTION if organisation_kind == Organisation.Kind.INSTITUTION else Kind.ORGANISATION


def _seats_in_use(conference: Conference) -> Counter[int]:
    """Seats by delegation that are occupied, or held by invitations without being occupied yet."""
    in_use: Counter[int] = Counter()
    confirmed = conference.participants.confirmed().order_by().values_list("delegation").annotate(Count("pk"))
    in_use.update(dict(confirmed.values_list("delegation", "pk__count")))
    holding = conference.invitations.holding_seats().annotate(
        occupied=Count("participants", filter=Q(participants__status=ParticipantStatus.CONFIRMED))
    )
    for delegation, seats, occupied in holding.values_list("delegation", "seats", "occupied"):
        in_use[delegation] += max(0, seats - occupied)
    return in_use


# The report -----------------------------------------------------------------------------------


def _report(plan: Plan) -> dict[str, Any]:
    """The plan as kept with the upload, in words: pages and downloads are made of it."""
    return {
        "digest": plan.digest,
        "sheets": [
            {
                "title": count.sheet,
                "kind": count.kind,
                "created": count.created,
                "changed": count.changed,
                "kept": count.kept,
                "left_out": count.left_out,
                "errors": count.errors,
            }
            for count in count_by_sheet(plan)
        ],
        "created": [_entry_in_words(entry) for entry in plan.entries if entry.action == Action.CREATE],
        "changed": [_entry_in_words(entry) for entry in plan.entries if entry.action == Action.CHANGE],
        "kept": sum(1 for entry in plan.entries if entry.action == Action.KEEP),
        "left_out": [_finding_in_words(finding) for finding in plan.findings if finding.level == Level.LEFT_OUT],
        "errors": [_finding_in_words(finding) for finding in plan.findings if finding.level == Level.ERROR],
        "notices": [_finding_in_words(finding) for finding in plan.findings if finding.level == Level.NOTICE],
    }


def _entry_in_words(entry: Entry) -> dict[str, Any]:
    return {
        "sheet": entry.sheet,
        "row": entry.row,
        "name": entry.name,
        "state": str(entry.values.get("state", "")),
        "email": str(entry.values.get("email", "")),
        "changes": [
            {"label": change.label, "old": display(change.old), "new": display(change.new)} for change in entry.changes
        ],
    }


def _finding_in_words(finding: Finding) -> dict[str, Any]:
    return {"place": finding.place, "message": finding.message}


# Applying -------------------------------------------------------------------------------------


def apply_import(upload: GuestListImport, *, by: User | None) -> GuestListImport:
    """Creates and changes what the dry run announced, all or nothing, and drops the file's content.

    Plans again under the lock of the conference. Raises AlreadyApplied for a second time, PlanOutdated where
    the database has changed since the dry run so that something else would happen, ImportRefused where the
    list contains errors, was discarded, or another import created the same records at the same moment.
    """
    try:
        with transaction.atomic():
            return _apply(upload, by)
    except IntegrityError as error:
        raise PlanOutdated(
            _("Someone else changed the same cities or organisations at this moment. Nothing was imported.")
        ) from error


def _apply(upload: GuestListImport, by: User | None) -> GuestListImport:
    conference = lock(upload.conference_id)
    try:
        upload = GuestListImport.objects.select_for_update(no_key=True, of=("self",)).get(pk=upload.pk)
    except GuestListImport.DoesNotExist as error:
        raise ImportRefused(_("This upload is older than a day and was removed. Upload the file again.")) from error
    _check_pending(upload)
    plan = _plan_of(upload)
    if plan.has_errors:
        raise ImportRefused(_("The list contains errors, so nothing was imported."))
    if plan.digest != upload.report["digest"]:
        raise PlanOutdated(
            _("The data changed since this check, so that the import would do something else. Nothing was imported.")
        )
    _create(conference, [entry for entry in plan.entries if entry.action == Action.CREATE], upload, by)
    _change(conference, [entry for entry in plan.entries if entry.action == Action.CHANGE], upload, by)
    upload.status = GuestListImport.Status.APPLIED
    upload.applied_at = timezone.now()
    upload.applied_by = by
    upload.content = b""
    upload.save(update_fields=["status", "applied_at", "applied_by", "content"])
    return upload


def _check_pending(upload: GuestListImport) -> None:
    if upload.status == GuestListImport.Status.APPLIED:
        raise AlreadyApplied(_("This guest list was imported already."))
    if upload.status == GuestListImport.Status.DISCARDED:
        raise ImportRefused(_("This upload was discarded. Upload the file again."))
    if upload.status != GuestListImport.Status.PENDING:
        raise ImportRefused(_("This upload has not been checked, so there is nothing to import."))


@transaction.atomic
def discard_import(upload: GuestListImport) -> None:
    """Drops the file of an upload, whether it was read yet or not. Raises AlreadyApplied where it was applied."""
    upload = GuestListImport.objects.select_for_update(no_key=True, of=("self",)).get(pk=upload.pk)
    if upload.status == GuestListImport.Status.APPLIED:
        raise AlreadyApplied(_("This guest list was imported already."))
    upload.status = GuestListImport.Status.DISCARDED
    upload.content, upload.error = b"", ""
    upload.raw = upload.claim = upload.lease_until = None
    upload.save(update_fields=["status", "content", "error", "raw", "claim", "lease_until"])


def _source(upload: GuestListImport) -> str:
    return _("guest list %(file)s") % {"file": upload.file_name}


def _create(conference: Conference, entries: Sequence[Entry], upload: GuestListImport, by: User | None) -> None:
    things = _ids_of_things(entries)
    _change_things(entries)
    names = dict(MemberState.objects.values_list("pk", "name"))
    default_language = conference.languages[0] if conference.languages else "en"
    delegations = []
    for entry, thing_id in zip(entries, things, strict=True):
        own = {name: entry.values[name] for name in _DELEGATION_FIELDS if name in entry.values}
        delegations.append(
            Delegation(
                conference=conference,
                category=entry.kind,
                city_id=thing_id if entry.kind == Kind.CITY else None,
                organisation_id=thing_id if entry.kind in _ORGANISATIONAL else None,
                member_state_id=entry.values.get("state"),
                name=names[thing_id] if entry.kind == Kind.MEMBER_STATE else entry.values["name"],
                seats=entry.values.get("seats", DEFAULT_SEATS[Category(entry.kind)]),
                **{"language": default_language, **own},
            )
        )
    history.record_many(
        Delegation.objects.bulk_create(delegations, batch_size=_BATCH), "created", by=by, detail=_source(upload)
    )


def _ids_of_things(entries: Sequence[Entry]) -> list[Any]:
    """The primary key of each entry's city, organisation or state, in order; what is missing is created."""
    new_cities = [
        City(member_state_id=entry.values["state"], **_among(_CITY_FIELDS, entry.values))
        for entry in entries
        if entry.kind == Kind.CITY and entry.thing_id is None
    ]
    new_organisations = [
        Organisation(**{"kind": Organisation.Kind.INSTITUTION, **_among(_ORGANISATION_FIELDS, entry.values)})
        for entry in entries
        if entry.kind in _ORGANISATIONAL and entry.thing_id is None
    ]
    cities = iter(City.objects.bulk_create(new_cities, batch_size=_BATCH))
    organisations = iter(Organisation.objects.bulk_create(new_organisations, batch_size=_BATCH))
    ids: list[Any] = []
    for entry in entries:
        if entry.thing_id is not None:
            ids.append(entry.thing_id)
        else:
            ids.append(next(cities if entry.kind == Kind.CITY else organisations).pk)
    return ids


def _among(names: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _change(conference: Conference, entries: Sequence[Entry], upload: GuestListImport, by: User | None) -> None:
    _change_things(entries)
    delegations = Delegation.objects.in_bulk([entry.delegation_id for entry in entries])
    seats_grew = False
    by_words: dict[str, list[Delegation]] = {}
    for entry in entries:
        delegation = delegations[entry.delegation_id]
        for change in entry.changes:
            if change.key == "name":
                # An organiser may have given the delegation a name of its own.
                if delegation.name == change.old:
                    delegation.name = change.new
            elif change.key == "seats":
                seats_grew |= change.new > delegation.seats
                delegation.seats = change.new
            elif change.key in _DELEGATION_FIELDS:
                setattr(delegation, change.key, change.new)
        by_words.setdefault(", ".join(change.label for change in entry.changes), []).append(delegation)
    _save_changed(Delegation, delegations.values(), ("name", "seats", *_DELEGATION_FIELDS))
    for words, changed in by_words.items():
        history.record_many(changed, "changed", by=by, detail=f"{words} ({_source(upload)})")
    if seats_grew:
        fill_free_places(conference, by=by)


def _change_things(entries: Sequence[Entry]) -> None:
    """Writes what the file states differently about cities and organisations themselves."""
    for model, kinds, fields in (
        (City, {Kind.CITY}, _CITY_FIELDS),
        (Organisation, _ORGANISATIONAL, _ORGANISATION_FIELDS),
    ):
        wanted = {
            entry.thing_id: {change.key: change.new for change in entry.changes if change.key in fields}
            for entry in entries
            if entry.kind in kinds and entry.thing_id is not None
        }
        wanted = {pk: changes for pk, changes in wanted.items() if changes}
        things = model._default_manager.in_bulk(list(wanted))
        for pk, changes in wanted.items():
            for key, value in changes.items():
                setattr(things[pk], key, value)
        _save_changed(model, things.values(), fields)


def _save_changed(model: type[models.Model], objects: Iterable[models.Model], fields: Sequence[str]) -> None:
    """Like bulk_update, by one INSERT … ON CONFLICT a batch: its chain of CASE … WHEN takes minutes for thousands."""
    model._default_manager.bulk_create(
        list(objects), batch_size=_BATCH, update_conflicts=True, unique_fields=["pk"], update_fields=list(fields)
    )
