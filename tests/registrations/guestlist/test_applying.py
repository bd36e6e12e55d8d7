"""Dry run and application against a real database."""

import datetime
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from conference.models import City, Conference, HistoryEntry
from registrations.guestlist import applying
from registrations.guestlist.applying import (
    AlreadyApplied,
    ImportRefused,
    PlanOutdated,
    apply_import,
    check_again,
    discard_import,
    discard_stale_imports,
)
from registrations.guestlist.reading import FileProblem
from registrations.models import Delegation, GuestListImport, Organisation
from registrations.services import replies
from registrations.states import ParticipantStatus
from tests import uploads
from tests.factories import CityFactory, ConferenceFactory, DelegationFactory, InvitationFactory, person
from tests.registrations.guestlist.conftest import CITY_HEADINGS, cities, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.databases]


@pytest.fixture
def in_2019(db: None) -> Conference:
    """A conference of 28 Member States."""
    return ConferenceFactory(held_on=datetime.date(2019, 2, 26))


@pytest.fixture
def upload(conference: Conference, organiser: User) -> Callable[..., GuestListImport]:
    def prepared(content: bytes, **options: Any) -> GuestListImport:
        return uploads.guest_list(options.pop("conference", conference), content, **{"by": organiser, **options})

    return prepared


def counts(import_: GuestListImport) -> tuple[int, int, int, int, int]:
    report = import_.report
    return (
        len(report["created"]),
        len(report["changed"]),
        report["kept"],
        len(report["left_out"]),
        len(report["errors"]),
    )


def city_file(*rows: Sequence[Any], headings: Sequence[str] = CITY_HEADINGS) -> bytes:
    return cities(*rows, headings=headings)


def test_the_real_list_in_2019(real_list: bytes, in_2019: Conference, organiser: User, upload: Any) -> None:
    dry_run = upload(real_list, conference=in_2019)
    assert counts(dry_run) == (285, 0, 0, 0, 0)
    assert dry_run.report["notices"] == []
    assert not Delegation.objects.exists()

    applied = apply_import(dry_run, by=organiser)

    numbers = [
        in_2019.delegations.in_category(one).count() for one in ("city", "organisation", "institution", "member_state")
    ]
    assert numbers == [241, 13, 3, 28]
    assert (applied.status, applied.applied_by, bytes(applied.content)) == ("applied", organiser, b"")
    brussels = in_2019.delegations.get(name="Brussels")
    assert (brussels.seats, brussels.email, brussels.copy_to, brussels.language, brussels.has_dedicated_staff) == (
        2, "mayor@brussels.example", ["cabinet@brussels.example"], "fr", False,
    )  # fmt: skip
    assert (brussels.city.population, str(brussels.city.latitude)) == (1019022, "50.85045")
    assert in_2019.delegations.get(name="European Commission").seats == 8
    assert in_2019.delegations.get(category="member_state", member_state="UK").name == "United Kingdom"
    entries = HistoryEntry.objects.filter(conference=in_2019, action="created", by=organiser)
    assert entries.count() == 285
    assert entries.first().detail == "guest list list.xlsx"


def test_the_real_list_twice_changes_nothing(
    real_list: bytes, in_2019: Conference, organiser: User, upload: Any
) -> None:
    apply_import(upload(real_list, conference=in_2019), by=organiser)
    before = list(Delegation.objects.order_by("pk").values())
    history = HistoryEntry.objects.count()

    again = upload(real_list, conference=in_2019)
    assert counts(again) == (0, 0, 285, 0, 0)
    apply_import(again, by=organiser)

    assert list(Delegation.objects.order_by("pk").values()) == before
    assert HistoryEntry.objects.count() == history


def test_the_real_list_today_leaves_the_united_kingdom_out(real_list: bytes, organiser: User, upload: Any) -> None:
    without = upload(real_list)
    assert counts(without) == (271, 0, 0, 14, 0)
    with_cities = upload(real_list, include_outside=True)
    assert counts(with_cities) == (284, 0, 0, 1, 0)
    apply_import(with_cities, by=organiser)
    assert Delegation.objects.filter(member_state="UK").values_list("category", flat=True).distinct().get() == "city"


def test_two_conferences_share_cities_and_keep_their_own_delegations(organiser: User, upload: Any) -> None:
    content = city_file(["Gent", "BE", "mayor@gent.example"])
    first, second = ConferenceFactory(languages=["fr"]), ConferenceFactory()
    apply_import(upload(content, conference=first), by=organiser)
    apply_import(upload(content, conference=second), by=organiser)
    assert City.objects.count() == 1
    assert [one.delegations.get().language for one in (first, second)] == ["fr", "en"]


def test_changes_are_applied_and_written_to_the_history(conference: Conference, organiser: User, upload: Any) -> None:
    apply_import(
        upload(city_file(["Gent", "BE", "a@gent.example"], ["Brussels", "BE", "b@brussels.example"])), by=organiser
    )
    headings = ["City", "Member State", "E-mail", "Population", "Seats", "Remarks"]
    changed = upload(city_file(["GENT", "BE", "new@gent.example", 265086, 3, "two\nlines"], headings=headings))
    assert counts(changed) == (0, 1, 0, 0, 0)
    assert changed.report["changed"][0]["changes"][0] == {"label": "City", "old": "Gent", "new": "GENT"}

    apply_import(changed, by=organiser)

    gent = conference.delegations.select_related("city").get(name="GENT")
    assert (gent.email, gent.seats, gent.remarks, gent.city.name, gent.city.population) == (
        "new@gent.example", 3, "two\nlines", "GENT", 265086,
    )  # fmt: skip
    entry = HistoryEntry.objects.get(action="changed")
    assert entry.subject == gent
    assert entry.detail == "City, Population, E-mail, Seats, Remarks (guest list list.xlsx)"
    brussels = conference.delegations.get(name="Brussels")
    assert (brussels.email, brussels.city.population) == ("b@brussels.example", None)


def test_what_the_organiser_edited_is_not_overwritten_by_empty_cells(
    conference: Conference, organiser: User, upload: Any
) -> None:
    content = city_file(["Gent", "BE", None])
    apply_import(upload(content), by=organiser)
    conference.delegations.update(
        name="City of Gent",
        email="found@gent.example",
        seats=1,
        language="nl",
        salutation="Dear Mayor,",
        copy_to=["x@y.example"],
    )
    apply_import(upload(city_file(["Gent", "BE", None, 5], headings=[*CITY_HEADINGS, "Population"])), by=organiser)
    gent = conference.delegations.get()
    assert (gent.name, gent.email, gent.seats, gent.language, gent.salutation, gent.copy_to) == (
        "City of Gent", "found@gent.example", 1, "nl", "Dear Mayor,", ["x@y.example"],
    )  # fmt: skip
    assert gent.city.population == 5


def test_more_seats_move_the_waiting_list_up(conference: Conference, organiser: User, upload: Any) -> None:
    gent = DelegationFactory(conference=conference, city=CityFactory(name="Gent"), seats=1, name="Gent")
    invitation = InvitationFactory(delegation=gent, seats=2)
    first, second = replies.accept(invitation, [person(1), person(2)], by=organiser)
    assert {first.status, second.status} == {ParticipantStatus.CONFIRMED, ParticipantStatus.WAITING}

    apply_import(upload(city_file(["Gent", "BE", 2], headings=["City", "Member State", "Seats"])), by=organiser)

    assert gent.participants.confirmed().count() == 2


def test_fewer_seats_than_taken_are_refused_in_the_dry_run(conference: Conference, upload: Any) -> None:
    gent = DelegationFactory(conference=conference, city=CityFactory(name="Gent"), name="Gent")
    InvitationFactory(delegation=gent, seats=2)
    dry_run = upload(city_file(["Gent", "BE", 1], headings=["City", "Member State", "Seats"]))
    assert [error["message"] for error in dry_run.report["errors"]] == [
        "2 seats are occupied or held by open invitations; there cannot be fewer"
    ]


def test_one_error_and_nothing_is_imported(organiser: User, upload: Any) -> None:
    dry_run = upload(city_file(["Gent", "BE", "mayor@gent.example"], ["Brussels", "BE", "mayor@@x"]))
    assert dry_run.report["errors"] == [
        {"place": "Cities, row 3, column C (E-mail)", "message": "“mayor@@x” is not an e-mail address"}
    ]
    with pytest.raises(ImportRefused, match="contains errors"):
        apply_import(dry_run, by=organiser)
    assert not City.objects.exists()
    assert GuestListImport.objects.get().status == "pending"


def test_a_failure_in_the_middle_undoes_all(organiser: User, upload: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("the lights went out")

    dry_run = upload(city_file(["Gent", "BE", "mayor@gent.example"]))
    monkeypatch.setattr(applying, "_change", fail)
    with pytest.raises(RuntimeError):
        apply_import(dry_run, by=organiser)
    assert not City.objects.exists()
    assert not Delegation.objects.exists()
    assert GuestListImport.objects.get().status == "pending"


def test_a_second_click_does_nothing(organiser: User, upload: Any) -> None:
    dry_run = upload(city_file(["Gent", "BE", "mayor@gent.example"]))
    apply_import(dry_run, by=organiser)
    with pytest.raises(AlreadyApplied):
        apply_import(dry_run, by=organiser)
    with pytest.raises(AlreadyApplied):
        discard_import(dry_run)
    assert Delegation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment(organiser: User, upload: Any) -> None:
    dry_run = upload(city_file(*([f"City {n}", "BE", f"m{n}@city.example"] for n in range(200))))
    start = threading.Barrier(2)

    def click(_number: int) -> str:
        start.wait(timeout=60)
        try:
            return str(apply_import(dry_run, by=organiser).status)
        except AlreadyApplied as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(click, range(2)))
    assert answers == ["This guest list was imported already.", "applied"]
    assert Delegation.objects.count() == 200


def test_data_that_changed_since_the_dry_run_is_refused_until_checked_again(
    conference: Conference, organiser: User, upload: Any
) -> None:
    dry_run = upload(city_file(["Gent", "BE", "mayor@gent.example"]))
    DelegationFactory(conference=conference, city=CityFactory(name="Gent"), email="other@gent.example")
    with pytest.raises(PlanOutdated, match="changed since this check"):
        apply_import(dry_run, by=organiser)
    checked = check_again(dry_run)
    assert counts(checked) == (0, 1, 0, 0, 0)
    apply_import(checked, by=organiser)
    assert conference.delegations.get().email == "mayor@gent.example"


def test_data_that_changed_without_bearing_on_the_plan_is_no_obstacle(
    conference: Conference, organiser: User, upload: Any
) -> None:
    dry_run = upload(city_file(["Gent", "BE", "mayor@gent.example"]))
    DelegationFactory(conference=conference, city=CityFactory(name="Antwerp"))
    apply_import(dry_run, by=organiser)
    assert conference.delegations.count() == 2


def test_the_same_city_created_elsewhere_at_this_moment(
    organiser: User, upload: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dry_run = upload(city_file(["Gent", "BE", "mayor@gent.example"]))
    create = applying._create

    def create_after_another(*args: Any) -> None:
        CityFactory(name="Gent")
        create(*args)

    monkeypatch.setattr(applying, "_create", create_after_another)
    with pytest.raises(PlanOutdated, match="at this moment"):
        apply_import(dry_run, by=organiser)
    assert not City.objects.exists()


def test_discarded_and_removed_uploads_cannot_be_applied(organiser: User, upload: Any) -> None:
    content = city_file(["Gent", "BE", "mayor@gent.example"])
    discarded = upload(content)
    discard_import(discarded)
    assert bytes(GuestListImport.objects.get().content) == b""
    with pytest.raises(ImportRefused, match="was discarded"):
        apply_import(discarded, by=organiser)
    removed = upload(content)
    removed_pk = removed.pk
    GuestListImport.objects.filter(pk=removed_pk).delete()
    with pytest.raises(ImportRefused, match="older than a day"):
        apply_import(removed, by=organiser)


def test_stale_uploads_are_removed_when_a_new_one_comes(upload: Any) -> None:
    content = city_file(["Gent", "BE", "mayor@gent.example"])
    old, fresh = upload(content), upload(content)
    GuestListImport.objects.filter(pk=old.pk).update(uploaded_at=timezone.now() - datetime.timedelta(hours=25))
    newest = upload(content)
    assert set(GuestListImport.objects.values_list("pk", flat=True)) == {fresh.pk, newest.pk}
    assert discard_stale_imports() == 0


def test_an_unreadable_file_leaves_nothing_behind(upload: Any) -> None:
    with pytest.raises(FileProblem):
        upload(b"PK\x03\x04 broken")
    assert not GuestListImport.objects.exists()


def test_organisations_and_institutions(conference: Conference, organiser: User, upload: Any) -> None:
    content = workbook(
        {
            "Organisations": [["Organisation", "Kind", "Stand"], ["Efus", "Network", "x"]],
            "EU institutions": [["Institution", "Seats"], ["European Parliament", 3], ["Europol", None]],
        }
    )
    apply_import(upload(content), by=organiser)
    assert set(Organisation.objects.values_list("name", "kind")) == {
        ("Efus", "network"), ("European Parliament", "institution"), ("Europol", "institution"),
    }  # fmt: skip
    assert set(conference.delegations.values_list("name", "category", "seats", "wants_stand")) == {
        ("Efus", "organisation", 1, True),
        ("European Parliament", "institution", 3, None),
        ("Europol", "institution", 1, None),
    }
    assert counts(upload(content)) == (0, 0, 3, 0, 0)


def test_a_very_long_list(organiser: User, upload: Any, conference: Conference) -> None:
    headings = ["City", "Member State", "Population", "E-mail"]
    rows = [[f"Městys {n}", ("CZ", "PL", "FR", "DE")[n % 4], n, f"mayor@m{n}.example"] for n in range(20_000)]
    apply_import(upload(city_file(*rows, headings=headings)), by=organiser)
    assert conference.delegations.count() == 20_000
    rows[7][2] = 1_000_000
    again = upload(city_file(*rows, headings=headings))
    assert counts(again) == (0, 1, 19_999, 0, 0)


def test_the_number_of_queries_does_not_follow_the_rows(organiser: User, upload: Any) -> None:
    def queries(rows: int, prefix: str) -> int:
        content = city_file(*([f"{prefix} {n}", "BE", f"m{n}@{prefix}.example"] for n in range(rows)))
        with CaptureQueriesContext(connection) as captured:
            apply_import(upload(content), by=organiser)
        return len(captured)

    queries(1, "warm")
    assert queries(1, "one") == queries(9, "nine")
