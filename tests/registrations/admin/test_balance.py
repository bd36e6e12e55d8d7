"""Organisers' pages of balance."""

import datetime
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from conference.models import MemberState
from registrations.models import BalanceDimension, BalanceSettings, Delegation, Invitation, Proposal, Wave
from registrations.services import balance_targets, replies
from registrations.states import InvitationStatus
from tests.factories import CityFactory, DelegationFactory, InvitationFactory, person

pytestmark = pytest.mark.django_db


def url(name, pk):
    return reverse(f"admin:registrations_balancesettings_{name}", args=[pk])


def town(conference, name, code, **more):
    place = CityFactory(
        name=name, member_state=MemberState.objects.get(code=code), population=70_000, **more.pop("place", {})
    )
    return DelegationFactory(conference=conference, city=place, **more)


@pytest.fixture
def cities(conference):
    return [town(conference, f"Ville {code}", code) for code in ("BE", "DE", "FR", "MT")]


@pytest.fixture
def proposal(conference, cities):
    return Proposal.objects.create(conference=conference, seats=3, seed=1, chosen=[cities[0].pk, cities[1].pk])


# Where we stand ------------------------------------------------------------------------------------


def test_the_standing_says_what_is_missing(organiser_client, conference, cities) -> None:
    page = organiser_client.get(url("standing", conference.pk))

    assert page.status_code == 200
    assert "none from Belgium, Bulgaria" in page.content.decode()
    assert "No city can be invited from: Bulgaria" in page.content.decode()


def test_each_view_counts_its_guests(organiser_client, conference, cities) -> None:
    InvitationFactory(delegation=cities[3])

    seats = {
        view: organiser_client.get(url("standing", conference.pk), {"view": view}).context["effect"].seats
        for view in ("expected", "invited", "accepted", "confirmed", "nonsense")
    }

    assert seats == {"expected": 0.8, "invited": 2.0, "accepted": 0.0, "confirmed": 0.0, "nonsense": 0.8}
    assert "Attended" not in organiser_client.get(url("standing", conference.pk)).content.decode()


def test_the_map_draws_each_status_by_its_own_shape(organiser_client, conference) -> None:
    there = {"latitude": 50.85, "longitude": 4.35}
    InvitationFactory(delegation=town(conference, "Invited", "BE", place=there))
    replies.decline(InvitationFactory(delegation=town(conference, "Gone", "BE", place=there)), by=None)
    town(conference, "Las Palmas", "ES", place={"latitude": 28.1, "longitude": -15.4})
    town(conference, "Nowhere", "FR")

    page = organiser_client.get(url("standing", conference.pk))
    found = page.context["map"]

    assert {(dot.name, dot.status) for dot in found.dots} == {("Invited", "invited"), ("Gone", "gone")}
    assert [dot.name for dot in found.away] == ["Las Palmas"]
    assert [dot.name for dot in found.unplaced] == ["Nowhere"]
    assert 'class="city invited"' in page.content.decode()
    assert 'class="city gone"' in page.content.decode()
    assert "Las Palmas (Spain): not invited" in page.content.decode()


def test_a_former_member_state_is_land_like_all_other(organiser_client, conference) -> None:
    now = organiser_client.get(url("standing", conference.pk)).context["map"]
    conference.held_on = datetime.date(2019, 2, 26)
    conference.save()
    then = organiser_client.get(url("standing", conference.pk)).context["map"]

    assert [len(one.shapes) for one in (now, then)] == [27, 28]
    assert [len(one.land) for one in (now, then)] == [2, 1]


def test_the_queries_of_the_standing_do_not_grow(organiser_client, conference) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            organiser_client.get(url("standing", conference.pk))
        return len(captured)

    def gone(name):
        replies.decline(InvitationFactory(delegation=town(conference, name, "BE")), by=None)
        Proposal.objects.create(conference=conference, seats=1, seed=1)

    gone("One")
    queries()
    with_one = queries()
    gone("Two")
    gone("Three")

    assert queries() == with_one


# Targets ----------------------------------------------------------------------------------------------


def typed(conference, **changes):
    """What a browser sends from the page of targets."""
    data = {"size_bounds": "50000, 100000", "coverage": "0.7", "overflow_risk": "0.05", "promotion_days": "10"}
    for setting in balance_targets.settings_in_use(conference):
        data |= {f"{setting.key}-weight": setting.weight, f"{setting.key}-rule": setting.rule}
    return data | changes


def test_targets_are_shown_in_seats_and_kept(organiser_client, conference, cities) -> None:
    address = url("targets", conference.pk)
    assert "150 seats of cities" in organiser_client.get(address).content.decode()

    done = organiser_client.post(
        address,
        typed(
            conference,
            **{
                "experience-rule": "typed",
                "experience-share_0": "1",
                "experience-share_2": "3",
                "state-floor_0": "2",
                "visits-weight": "0.5",
            },
        ),
    )

    assert done.url == address
    page = organiser_client.get(address)
    by_key = {one["setting"].key: one for one in page.context["dimensions"]}
    assert [row["target"] for row in by_key["experience"]["rows"]] == [37.5, 0.0, 112.5]
    assert [row["label"] for row in by_key["size"]["rows"]] == ["below 50,000", "50,000 to 100,000", "100,000 and more"]
    assert by_key["visits"]["used"]
    assert by_key["state"]["setting"].limits["BE"].floor == 2.0


def test_the_preview_exchanges_numbers_alone_unless_the_groups_are_others(organiser_client, conference, cities) -> None:
    fields = {f"size-share_{number}": "" for number in range(3)}

    same = organiser_client.post(url("targets_preview", conference.pk), typed(conference, **fields)).content.decode()
    others = organiser_client.post(
        url("targets_preview", conference.pk), typed(conference, **fields, size_bounds="70000")
    ).content.decode()

    assert '<strong id="seats-size-0" hx-swap-oob="true">50.0</strong>' in same
    assert 'name="size-share_0"' not in same
    assert 'name="size-share_0"' in others
    assert "below 70,000" in others


def test_the_preview_saves_nothing(organiser_client, conference, cities) -> None:
    data = typed(conference, **{"state-rule": "equal"})

    part = organiser_client.post(url("targets_preview", conference.pk), data)
    whole = organiser_client.post(url("targets", conference.pk), {**data, "calculate": "1"})

    assert part.content.decode().lstrip().startswith('<div id="targets-in-words">')
    assert ">5.6</strong>" in part.content.decode()
    assert ">5.6</strong>" in whole.content.decode()
    assert not BalanceDimension.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size_bounds": "100000, 50000"}, "each above the one before"),
        ({"size_bounds": "many"}, "“many” is not a whole number"),
        ({"state-floor_0": "3", "state-ceiling_0": "2"}, "Belgium: the floor is above the ceiling."),
        ({"experience-rule": "typed"}, "Type in the share of one group"),
        ({"state-weight": "heavy"}, "Enter a number."),
    ],
)
def test_what_cannot_be_kept_stays_typed_with_its_error(organiser_client, conference, changes, words) -> None:
    page = organiser_client.post(url("targets", conference.pk), typed(conference, **changes))

    assert page.status_code == 422
    assert words in page.content.decode()
    assert str(next(iter(changes.values()))) in page.content.decode()
    assert not BalanceDimension.objects.exists()


def test_targets_that_contradict_each_other_are_named(organiser_client, conference, cities) -> None:
    page = organiser_client.post(
        url("targets_preview", conference.pk), typed(conference, **{"state-floor_0": "100", "state-floor_1": "90"})
    )

    assert "The floors add up to 190.0 seats, but there are 150.0." in page.content.decode()


def test_the_settings_lead_to_their_page(organiser_client, conference) -> None:
    organiser_client.post(url("targets", conference.pk), typed(conference))
    address = reverse("admin:registrations_balancesettings_change", args=[BalanceSettings.objects.get().pk])

    assert organiser_client.get(address).url == url("targets", conference.pk)


# Proposals --------------------------------------------------------------------------------------------


def test_from_the_gaps_to_a_wave(organiser_client, conference, cities) -> None:
    made = organiser_client.post(url("propose", conference.pk), {"seats": "3"})
    proposal = Proposal.objects.get()
    assert made.url == url("proposal", proposal.pk)
    assert organiser_client.get(made.url).status_code == 200
    first = proposal.chosen[0]

    part = organiser_client.post(url("edit", proposal.pk), {"city": first}, headers={"HX-Request": "true"})
    plain = organiser_client.post(url("edit", proposal.pk), {"city": first})
    reply_by = conference.today + datetime.timedelta(days=14)
    organiser_client.post(url("to_wave", proposal.pk), {"name": "First", "reply_by": reply_by})

    assert part.content.decode().lstrip().startswith('<div id="proposal">')
    assert plain.url == url("proposal", proposal.pk)
    wave = Wave.objects.get()
    assert sorted(wave.invitations.values_list("delegation", flat=True)) == sorted(proposal.chosen)
    page = organiser_client.get(url("proposal", proposal.pk))
    assert "To the wave made of it" in page.content.decode()


@pytest.mark.parametrize("seats", ["", "0", "many"])
def test_seats_are_a_whole_number(organiser_client, conference, seats) -> None:
    organiser_client.post(url("propose", conference.pk), {"seats": seats})

    assert not Proposal.objects.exists()


def test_a_wave_that_cannot_be_keeps_what_was_typed(organiser_client, conference, proposal) -> None:
    page = organiser_client.post(url("to_wave", proposal.pk), {"name": "Łódź first", "reply_by": "2001-01-01"})

    assert page.status_code == 422
    assert "Łódź first" in page.content.decode()
    assert "from today on" in page.content.decode()
    assert not Wave.objects.exists()


def test_cities_are_swapped_locked_and_kept_out(organiser_client, cities, proposal) -> None:
    address = url("edit", proposal.pk)

    organiser_client.post(address, {"swap": f"{cities[0].pk}:{cities[3].pk}"})
    organiser_client.post(address, {"must": cities[3].pk})
    organiser_client.post(address, {"never": cities[1].pk})

    proposal.refresh_from_db()
    assert (proposal.chosen, proposal.must, proposal.never) == ([cities[3].pk], [cities[3].pk], [cities[1].pk])
    again = organiser_client.post(url("again", proposal.pk), {"seats": "3", "seed": "7"})
    newest = Proposal.objects.first()
    assert again.url == url("proposal", newest.pk)
    assert cities[3].pk in newest.chosen
    assert cities[1].pk not in newest.chosen
    assert (newest.seed, newest.must, newest.never) == (7, [cities[3].pk], [cities[1].pk])


def test_a_refused_edit_says_so_by_htmx_too(organiser_client, proposal) -> None:
    plain = organiser_client.post(url("edit", proposal.pk), {"city": "0"}, follow=True)
    part = organiser_client.post(url("edit", proposal.pk), {"city": "x"}, headers={"HX-Request": "true"})

    assert "This city cannot be invited now." in plain.content.decode()
    assert part.headers["HX-Redirect"] == url("proposal", proposal.pk)


def test_other_cities_are_found_by_name_or_state_the_best_first(organiser_client, conference, proposal) -> None:
    town(conference, "Łódź", "PL")
    part = organiser_client.get(url("find", proposal.pk), {"q": "LODZ"}, headers={"HX-Request": "true"})
    by_state = organiser_client.get(url("find", proposal.pk), {"q": "malta"})
    nobody = organiser_client.get(url("find", proposal.pk), {"q": "<zz>"}, headers={"HX-Request": "true"})

    assert [city.name for city in part.context["offered"]] == ["Łódź"]
    assert part.context["offered"][0].change < 0
    assert [city.name for city in by_state.context["offered"]] == ["Ville MT"]
    assert "matches “&lt;zz&gt;”" in nobody.content.decode()


def test_ticked_cities_are_weighed(organiser_client, conference, cities) -> None:
    InvitationFactory(delegation=cities[1])

    done = organiser_client.post(
        reverse("admin:registrations_delegation_changelist"),
        {"action": "weigh", "_selected_action": [one.pk for one in cities[:2]]},
        follow=True,
    )

    assert Proposal.objects.get().chosen == [cities[0].pk]
    assert "Chosen by hand" in done.content.decode()
    assert "1 of them is no city that can be invited now" in done.content.decode()


def test_adding_to_a_wave_says_what_it_does_to_the_balance(organiser_client, cities) -> None:
    page = organiser_client.get(
        reverse("admin:registrations_delegation_add_to_wave"), {"ids": ",".join(str(one.pk) for one in cities)}
    )

    found = page.context["balance"]
    assert found["effect"].imbalance < found["before"].imbalance
    assert "Imbalance" in page.content.decode()


def test_ticked_cities_go_on_the_reserve_list(organiser_client, cities) -> None:
    address = reverse("admin:registrations_delegation_changelist")
    for action, left in (("put_on_reserve", 2), ("take_off_reserve", 0)):
        organiser_client.post(address, {"action": action, "_selected_action": [one.pk for one in cities[:2]]})
        assert Delegation.objects.filter(on_reserve=True).count() == left


# Who does not come, what if, and the report ------------------------------------------------------------


def test_who_declined_is_replaced_by_who_is_like_it(organiser_client, conference, cities) -> None:
    twin = town(conference, "Mdina", "MT")
    InvitationFactory(delegation=cities[3], status=InvitationStatus.DECLINED, holds_seats=False)
    InvitationFactory(delegation=cities[0], status=InvitationStatus.DECLINED, holds_seats=False)
    InvitationFactory(delegation=cities[0], email="other@city.example")

    standing = organiser_client.get(url("standing", conference.pk))
    page = organiser_client.get(url("stand_ins", cities[3].pk))
    reply_by = conference.today + datetime.timedelta(days=5)
    wrong = organiser_client.post(url("invite_stand_in", cities[3].pk), {"city": twin.pk, "reply_by": "soon"})
    organiser_client.post(url("invite_stand_in", cities[3].pk), {"city": twin.pk, "reply_by": reply_by})

    assert [delegation for delegation, _url in standing.context["gone"]] == [cities[3]]
    assert {city.name for city, *_rest in page.context["lines"]} == {"Ville DE", "Ville FR", "Mdina"}
    assert wrong.status_code == 422
    stand_in = Invitation.objects.get(delegation=twin)
    assert (stand_in.in_place_of.delegation, stand_in.reply_by) == (cities[3], reply_by)
    after = organiser_client.get(url("stand_ins", cities[3].pk)).content.decode()
    assert "Invited in its place: Mdina" in after


def test_what_if_is_played_through(organiser_client, conference, cities) -> None:
    page = organiser_client.get(url("what_if", conference.pk))
    other = organiser_client.get(url("what_if", conference.pk), {"acceptance": "90", "waves": "1", "overbooking": "20"})
    wrong = organiser_client.get(url("what_if", conference.pk), {"waves": "99"})

    assert [name for name, *_rest in page.context["lines"]] == [
        "Biggest cities first",
        "First come, first served",
        "As proposed here",
    ]
    assert page.context["lines"][2][1].imbalance != other.context["lines"][2][1].imbalance
    assert wrong.context["lines"] == []
    assert "Choose numbers within their limits." in wrong.content.decode()


def test_where_the_reserve_list_moves_up_by_itself_that_is_supposed(organiser_client, conference, cities) -> None:
    by_hand = organiser_client.get(url("what_if", conference.pk)).context["form"]["reserve"].value()
    BalanceSettings.objects.update_or_create(conference=conference, defaults={"promotes": True})

    by_itself = organiser_client.get(url("what_if", conference.pk)).context["form"]["reserve"].value()

    assert (by_hand, by_itself) == (0, 4)


def test_the_report_is_one_page_and_gives_no_small_group_away(organiser_client, conference, cities) -> None:
    for number in range(4):
        InvitationFactory(delegation=town(conference, f"Ort {number}", "DE", has_strategy=number == 0))
    replies.accept(InvitationFactory(delegation=cities[3]), [person(1), person(2)], by=None)

    answer = organiser_client.get(url("report", conference.pk))

    reader = PdfReader(io.BytesIO(answer.content))
    text = reader.pages[0].extract_text()
    assert answer.headers["Content-Type"] == "application/pdf"
    assert len(reader.pages) == 1
    assert "How cities were chosen" in text
    assert "Germany" in text
    lines = [line for line in text.splitlines() if line.startswith("Malta")]
    assert lines and all("–" in line for line in lines)
    assert "Malta" not in " ".join(text.split()).partition("Result")[2].partition("Group")[0]


def test_the_report_of_all_dimensions_is_one_page(organiser_client, conference) -> None:
    for number, state in enumerate(MemberState.objects.on(conference.held_on)):
        answers = dict.fromkeys(balance_targets.ANSWERS, number % 2 == 0)
        language = ("de", "fr", "it", "es", "pl", "el", "nl", "pt", "ro", "bg")[number % 10]
        tags = [f"own group {number % 8}"]
        for place in range(3):
            town(conference, f"{state.code} {place}", state.code, tags=tags, language=language, **answers)
    keys = ("state", "size", "experience", "host", "visits", "language", "tags", *balance_targets.ANSWERS)
    for key in keys:
        BalanceDimension.objects.create(conference=conference, key=key, weight=1.0)
    BalanceSettings.objects.create(conference=conference, host_state_id="BE")

    answer = organiser_client.get(url("report", conference.pk))

    reader = PdfReader(io.BytesIO(answer.content))
    assert len(reader.pages) == 1
    assert reader.pages[0].extract_text().count("shares: ") == len(keys)


def test_without_pango_the_report_says_what_to_install(organiser_client, conference, without_pango) -> None:
    answer = organiser_client.get(url("report", conference.pk))

    assert answer.status_code == 503
    assert "libpango-1.0-0" in answer.content.decode()


@pytest.mark.parametrize("name", ["standing", "targets", "what_if", "report"])
def test_the_pages_need_an_organiser(client: Client, conference, name) -> None:
    assert client.get(url(name, conference.pk)).status_code == 302


@pytest.mark.parametrize("name", ["propose", "targets_preview"])
def test_a_look_changes_nothing(organiser_client, conference, name) -> None:
    assert organiser_client.get(url(name, conference.pk)).status_code == 405


def test_what_does_not_exist_is_not_found(organiser_client) -> None:
    for name in ("standing", "targets", "what_if", "report", "stand_ins", "proposal", "find"):
        assert organiser_client.get(url(name, 999_999)).status_code == 404


def test_experience_is_never_shown_to_the_public(client, conference) -> None:
    town(conference, "Gent", "BE", experience="starting")

    page = client.get(conference.get_absolute_url()).content.decode()

    assert "starting" not in page
