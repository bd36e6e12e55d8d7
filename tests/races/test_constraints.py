"""The net below the services: each named constraint of the database, broken on purpose."""

import datetime
import uuid
from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from accounts.models import User
from conference.models import City, MemberState, Page, Room
from mailings.models import Mail, MailTemplate
from registrations.models import (
    AddressChange,
    AddressNotice,
    BalanceDimension,
    BalanceGroup,
    BalanceSettings,
    Delegation,
    GuestListImport,
    Participant,
    Proposal,
    Wave,
)
from tests.factories import (
    CityFactory,
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    MemberStateDelegationFactory,
    OrganisationDelegationFactory,
    WaveFactory,
    person,
)

pytestmark = [pytest.mark.databases, pytest.mark.django_db]

CONFIRMED = {"status": "confirmed", "seat_no": 1, "place_no": 1}
WAITING = {"status": "waiting", "waiting_for": "delegation"}
A_TIME = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def participant(delegation: Delegation, **fields: object) -> Participant:
    if fields.get("status") == "waiting":
        fields.setdefault("waiting_since", timezone.now())
    return Participant.objects.create(
        conference=delegation.conference,
        delegation=delegation,
        category=delegation.category,
        **{**person().fields(), **CONFIRMED, **fields},
    )


def mail(**fields: object) -> Mail:
    return Mail.objects.create(key=str(uuid.uuid4()), sender="a@x.example", subject="s", text="t", **fields)


def two_of_a_city() -> None:
    first = DelegationFactory()
    DelegationFactory(conference=first.conference, city=first.city)


def two_of_an_organisation() -> None:
    first = OrganisationDelegationFactory()
    OrganisationDelegationFactory(conference=first.conference, organisation=first.organisation)


def two_of_a_member_state() -> None:
    first = MemberStateDelegationFactory(code="FR")
    MemberStateDelegationFactory(conference=first.conference, code="FR")


def one_address_twice_in_a_wave() -> None:
    wave = WaveFactory()
    first = InvitationFactory(delegation__conference=wave.conference, wave=wave)
    InvitationFactory(delegation=first.delegation, wave=wave)


def the_same_seat() -> None:
    delegation = DelegationFactory()
    participant(delegation)
    participant(delegation, place_no=2)


def the_same_place() -> None:
    first = DelegationFactory()
    participant(first)
    participant(DelegationFactory(conference=first.conference))


def two_confirmed_of_a_member_state() -> None:
    delegation = MemberStateDelegationFactory(code="FR")
    participant(delegation)
    participant(delegation, seat_no=2, place_no=2)


def balance_settings() -> BalanceSettings:
    return BalanceSettings.objects.create(conference=ConferenceFactory())


def balance_dimension() -> BalanceDimension:
    return BalanceDimension.objects.create(conference=ConferenceFactory(), key="state")


def balance_group() -> BalanceGroup:
    return BalanceGroup.objects.create(dimension=balance_dimension(), key="MT")


def two_of_a_dimension() -> None:
    first = balance_dimension()
    BalanceDimension.objects.create(conference=first.conference, key=first.key)


def two_groups_of_a_key() -> None:
    first = balance_group()
    BalanceGroup.objects.create(dimension=first.dimension, key=first.key)


def token() -> str:
    return uuid.uuid4().hex * 2


def notice(**fields: object) -> AddressNotice:
    delegation = fields.pop("delegation", None) or DelegationFactory()
    known = {"email": "guest@city.example", "reason": "registered", "token_sha256": token()}
    return AddressNotice.objects.create(conference=delegation.conference, delegation=delegation, **{**known, **fields})


def one_notice_twice() -> None:
    notice(delegation=notice().delegation)


def address_change(**fields: object) -> AddressChange:
    of = fields.pop("participant", None) or participant(DelegationFactory())
    return AddressChange.objects.create(
        participant=of,
        email="new@city.example",
        old_email=of.email,
        token_sha256=token(),
        keep_sha256=token(),
        expires_at=A_TIME,
        **fields,
    )


def two_open_changes_of_an_address() -> None:
    address_change(participant=address_change().participant)


def guest_list() -> GuestListImport:
    return GuestListImport.objects.create(conference=ConferenceFactory(), file_name="f", sha256="0")


def changed(make: Callable[[], models.Model], **fields: object) -> Callable[[], None]:
    """An update past the services, straight in the table."""

    def update() -> None:
        type(made := make())._base_manager.filter(pk=made.pk).update(**fields)

    return update


def file_unlike_its_status(make: Callable[[], models.Model]) -> list[Callable[[], None]]:
    """What an incoming file must not be: `make` stores one that was checked."""
    return [
        changed(make, **fields)
        for fields in (
            {"status": "reading"},
            {"status": "reading", "raw": b"f", "error": "e"},
            {"status": "reading", "raw": b"f", "claim": uuid.uuid4()},
            {"status": "reading", "raw": b"f", "lease_until": A_TIME},
            {"raw": b"f"},
            {"claim": uuid.uuid4(), "lease_until": A_TIME},
            {"error": "e"},
            {"status": "discarded", "raw": b"f"},
            {"status": "unreadable"},
            {"status": "unreadable", "error": "e", "raw": b"f"},
            {"status": "unreadable", "error": "e", "claim": uuid.uuid4(), "lease_until": A_TIME},
        )
    ]


def made_twice(model: type[models.Model], **fields: object) -> Callable[[], None]:
    def create() -> None:
        values = {name: value() if callable(value) else value for name, value in fields.items()}
        for _time in range(2):
            model._base_manager.create(**values)

    return create


BROKEN: dict[str, list[Callable[[], None]]] = {
    "user_email_unique_ignoring_case": [
        lambda: User.objects.bulk_create([User(email="mayor@city.example"), User(email="Mayor@City.example")])
    ],
    "member_state_until_not_before_from": [
        changed(lambda: MemberState.objects.get(code="UK"), member_until=datetime.date(1972, 12, 31))
    ],
    "city_unique_in_member_state": [
        made_twice(City, name="Aarhus", member_state=lambda: MemberState.objects.get(code="DK"))
    ],
    "city_coordinates_both_or_neither": [
        changed(CityFactory, latitude=50, longitude=None),
        changed(CityFactory, latitude=None, longitude=4),
    ],
    "room_unique_in_venue": [made_twice(Room, name="Atrium", venue=lambda: ConferenceFactory().venue)],
    "conference_target_within_hard_limit": [changed(ConferenceFactory, target=151)],
    "conference_ends_after_it_begins": [changed(ConferenceFactory, closes_at=datetime.time(0, 0))],
    "page_version_unique": [
        made_twice(Page, kind=Page.Kind.CONTACT, version=1, body="b", conference=ConferenceFactory)
    ],
    "mail_template_unique": [
        made_twice(MailTemplate, kind="invitation", language="fr", subject="s", text="t", conference=ConferenceFactory)
    ],
    "mail_claim_and_lease_both_or_neither": [
        changed(lambda: mail(status="claimed", claim=uuid.uuid4(), lease_until=timezone.now()), lease_until=None),
        changed(mail, lease_until=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)),
    ],
    "mail_claimed_exactly_while_a_worker_has_it": [
        changed(mail, status="sending"),
        changed(mail, claim=uuid.uuid4(), lease_until=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)),
    ],
    "mail_sent_at_exactly_when_sent": [
        changed(mail, status="sent"),
        changed(mail, sent_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)),
    ],
    "delegation_unique_city": [two_of_a_city],
    "delegation_unique_organisation": [two_of_an_organisation],
    "delegation_unique_member_state": [two_of_a_member_state],
    "delegation_is_what_its_category_says": [
        changed(DelegationFactory, city=None),
        changed(DelegationFactory, category="organisation"),
        changed(OrganisationDelegationFactory, category="member_state"),
        changed(MemberStateDelegationFactory, category="city"),
    ],
    "delegation_of_member_state_has_one_seat": [changed(MemberStateDelegationFactory, seats=2)],
    "wave_name_unique": [
        made_twice(Wave, name="Wave", reply_by=datetime.date(2026, 1, 1), conference=ConferenceFactory)
    ],
    "invitation_once_a_wave": [one_address_twice_in_a_wave],
    "invitation_holds_seats_only_while_open_or_accepted": [
        changed(InvitationFactory, status="declined"),
        changed(InvitationFactory, status="revoked"),
    ],
    "invitation_offers_a_seat": [changed(InvitationFactory, seats=0)],
    "invitation_lapsed_at_exactly_when_lapsed": [
        changed(InvitationFactory, status="lapsed", holds_seats=False),
        changed(InvitationFactory, lapsed_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)),
    ],
    "invitation_reply_time_and_channel_both_or_neither": [
        changed(InvitationFactory, reply_channel="web"),
        changed(InvitationFactory, replied_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)),
    ],
    "participant_unique_seat": [the_same_seat],
    "participant_unique_place": [the_same_place],
    "participant_one_confirmed_per_member_state": [two_confirmed_of_a_member_state],
    "participant_confirmed_exactly_with_seat_and_place": [
        changed(lambda: participant(DelegationFactory()), seat_no=None),
        changed(lambda: participant(DelegationFactory()), place_no=None),
        changed(lambda: participant(DelegationFactory()), seat_no=0),
        changed(lambda: participant(DelegationFactory(), seat_no=None, place_no=None, **WAITING), seat_no=1),
    ],
    "participant_waiting_exactly_with_since_and_for": [
        changed(lambda: participant(DelegationFactory(), seat_no=None, place_no=None, **WAITING), waiting_since=None),
        changed(lambda: participant(DelegationFactory(), seat_no=None, place_no=None, **WAITING), waiting_for=""),
        changed(lambda: participant(DelegationFactory()), waiting_for="conference"),
    ],
    "participant_checked_in_only_while_confirmed": [
        lambda: participant(
            DelegationFactory(),
            seat_no=None,
            place_no=None,
            **WAITING,
            checked_in_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        )
    ],
    "participant_withdrawn_at_exactly_when_withdrawn": [
        changed(lambda: participant(DelegationFactory()), status="withdrawn", seat_no=None, place_no=None),
        changed(
            lambda: participant(DelegationFactory()),
            withdrawn_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        ),
    ],
    **{
        f"balance_acceptance_{category}_is_a_probability": [
            changed(balance_settings, **{f"acceptance_{category}": 1.5})
        ]
        for category in ("city", "organisation", "institution", "member_state")
    },
    "balance_risk_is_a_probability": [changed(balance_settings, overflow_risk=-0.1)],
    "balance_coverage_is_no_certainty": [changed(balance_settings, coverage=1.0)],
    "balance_promotion_leaves_a_day": [changed(balance_settings, promotion_days=0)],
    "balance_dimension_once": [two_of_a_dimension],
    "balance_weight_not_negative": [changed(balance_dimension, weight=-1.0)],
    "balance_group_once": [two_groups_of_a_key],
    "balance_share_not_negative": [changed(balance_group, share=-0.1)],
    "balance_floor_not_above_ceiling": [
        changed(balance_group, floor=3, ceiling=2),
        changed(balance_group, floor=-1),
    ],
    "proposal_asks_for_seats": [
        changed(lambda: Proposal.objects.create(conference=ConferenceFactory(), seats=1, seed=1), seats=0)
    ],
    "guest_list_import_file_only_while_read": file_unlike_its_status(guest_list),
    "guest_list_import_applied_at_exactly_when_applied": [
        changed(guest_list, status="applied"),
        changed(guest_list, applied_at=A_TIME),
    ],
    "notice_once_a_person_and_reason": [one_notice_twice],
    "notice_settled_only_after_objection": [changed(notice, settled_at=A_TIME)],
    "notice_sent_at_least_once": [changed(notice, times_sent=0)],
    "notice_by_organiser_holds_no_mails": [changed(notice, by_organiser=True)],
    "address_change_one_open_a_participant": [two_open_changes_of_an_address],
    "address_change_end_and_how_both_or_neither": [
        changed(address_change, ended_at=A_TIME),
        changed(address_change, ended_as="cancelled"),
    ],
    "address_change_in_effect_or_ended": [
        changed(address_change, confirmed_at=A_TIME, done_at=A_TIME, ended_at=A_TIME, ended_as="cancelled")
    ],
    "address_change_in_effect_only_once_confirmed": [
        changed(address_change, done_at=A_TIME),
        changed(address_change, agreed_at=A_TIME, done_at=A_TIME),
        changed(address_change, needs_agreement=True, confirmed_at=A_TIME, done_at=A_TIME),
    ],
}
CASES = [pytest.param(name, breaks, id=f"{name}-{n}") for name, many in BROKEN.items() for n, breaks in enumerate(many)]


@pytest.mark.parametrize(("name", "breaks"), CASES)
def test_the_database_refuses(name, breaks):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        breaks()

    # SQLite names the columns of a unique constraint, not the constraint.
    assert name in str(refused.value) or (
        connection.vendor == "sqlite" and "UNIQUE constraint failed" in str(refused.value)
    )


def test_no_constraint_is_left_out():
    ours = {"accounts", "conference", "mailings", "registrations"}
    named = {
        constraint.name
        for model in apps.get_models()
        if model._meta.app_label in ours
        for constraint in model._meta.constraints
    }

    assert named == set(BROKEN)


def test_a_mail_is_written_once_under_its_key():
    first = mail()

    with pytest.raises(IntegrityError), transaction.atomic():
        Mail.objects.create(key=first.key, sender="a@x.example", subject="s", text="t")


def test_a_personal_link_is_unique():
    invitation = InvitationFactory()
    invitation.links.create(purpose="invitation", token_sha256="0" * 64)

    with pytest.raises(IntegrityError), transaction.atomic():
        invitation.links.create(purpose="reminder", token_sha256="0" * 64)


def test_who_takes_a_seat_over_takes_it_from_one_person():
    delegation = DelegationFactory()
    leaving = participant(delegation, status="replaced", seat_no=None, place_no=None)
    participant(delegation, replaces=leaving)

    with pytest.raises(IntegrityError), transaction.atomic():
        participant(delegation, seat_no=2, place_no=2, replaces=leaving)
