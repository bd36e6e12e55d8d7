"""An organiser signs in, loads a guest list, sends a wave, and sees where everything stands."""

import re
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from openpyxl import Workbook
from playwright.sync_api import expect

from accounts.models import User
from mailings import delivery
from mailings.models import Mail
from registrations.models import Delegation, Invitation, Wave
from registrations.services import invitations
from tests.factories import DelegationFactory, InvitationFactory, MemberStateDelegationFactory, WaveFactory
from tests.journeys.conftest import Visitor

PASSWORD = "a long enough passphrase"


@pytest.fixture
def organiser(site: str) -> User:
    user = User.objects.create_superuser("organiser@convoke.example", PASSWORD, name="Demonstration organiser")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def guest_list(tmp_path: Path) -> Path:
    """Three good cities, with the oddities of real lists."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "Cities"
    for row in [
        ["City", "Other names", "Member State", "Population", "Contact function", "E-mail", "Copy to", "Language"],
        ["Λευκωσία", "Nicosia", "Cyprus", "200 452", "Office of the Mayor", "mailto:mayor@nicosia.example", "", "el"],
        ["Sint-Jans-Molenbeek / Molenbeek-Saint-Jean", "", "BE", 97462, "Mayor", "mayor@molenbeek.example", "", "fr"],
        [],
        ["'s-Hertogenbosch", "Den Bosch", "NL", "154,205", "Mayor", "m@denbosch.example; c@denbosch.example", "", "en"],
    ]:
        sheet.append(row)
    path = tmp_path / "guests.xlsx"
    workbook.save(path)
    return path


def test_an_organiser_signs_in_with_a_password(visitor: Visitor, organiser: User):
    page = visitor.page
    visitor.opens("/admin/")
    visitor.looks_at("sign-in of organisers")
    page.fill("[name=login]", organiser.email)
    page.fill("[name=password]", PASSWORD)
    visitor.follows(page.get_by_role("button", name="Sign in with a password"))

    expect(page.get_by_text("No conference yet")).to_be_visible()
    visitor.looks_at("start page without a conference")


def test_a_second_factor_is_set_up_where_it_is_required(visitor: Visitor, organiser: User, settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    visitor.signs_in_as(organiser)

    visitor.opens("/admin/")

    expect(visitor.page.get_by_text("Organisers sign in with a second factor")).to_be_visible()
    visitor.looks_at("second factors")


def test_from_a_guest_list_to_a_wave_that_was_sent(visitor: Visitor, organiser: User, guest_list: Path):
    page = visitor.page
    call_command("load_concept_note", "--without-market-place")
    visitor.signs_in_as(organiser)
    visitor.opens("/admin/")
    visitor.looks_at("start page")

    # A dry run that finds an error imports nothing
    visitor.opens("/admin/registrations/delegation/guest-list/import/")
    visitor.looks_at("import")
    page.set_input_files(
        "[type=file]",
        {
            "name": "cities.csv",
            "mimeType": "text/csv",
            "buffer": b"City,Member State,E-mail\nGent,Atlantis,mayor@@gent\n",
        },
    )
    visitor.follows(page.get_by_role("button", name="Check the file"))
    expect(page.locator("[role=alert]").first).to_contain_text("Nothing can be imported")
    visitor.looks_at("dry run with errors")
    assert not Delegation.objects.filter(category="city").exists()

    # The good file says what would happen, then it happens once
    visitor.follows(page.get_by_role("link", name="Upload the mended file"))
    page.set_input_files("[type=file]", guest_list)
    visitor.follows(page.get_by_role("button", name="Check the file"))
    visitor.looks_at("dry run")
    visitor.follows(page.get_by_role("button", name=re.compile("^Import")))
    expect(page.get_by_text("Λευκωσία").first).to_be_visible()
    visitor.looks_at("delegations")
    assert Delegation.objects.filter(category="city").count() == 3

    # The cities become a wave
    visitor.opens("/admin/registrations/delegation/?category__exact=city")
    visitor.follows(page.get_by_role("link", name="Add all that match to a wave"))
    visitor.looks_at("add to a wave")
    page.fill("[name=name]", "Wave 1")
    conference = Delegation.objects.first().conference
    page.fill("[name=reply_by]", conference.today.isoformat())
    visitor.follows(page.get_by_role("button", name="Add to the wave"))
    wave = Wave.objects.get()
    visitor.opens(f"/admin/registrations/wave/{wave.pk}/change/")
    visitor.looks_at("wave in preparation")

    # Its mail is looked at, then it is sent
    visitor.follows(page.get_by_role("link", name="Preview for Λευκωσία"))
    expect(page.frame_locator("iframe").get_by_text("Reply to the invitation")).to_be_visible()
    visitor.looks_at("preview of the mail")
    visitor.opens(f"/admin/registrations/wave/{wave.pk}/change/")
    visitor.follows(page.get_by_role("link", name="Send …"))
    visitor.looks_at("before sending")
    visitor.follows(page.get_by_role("button", name="Send 3 mails"))
    expect(page.get_by_text("3 of 3 sent").first).to_be_visible()
    visitor.looks_at("wave sent")
    assert Mail.objects.filter(kind="invitation", status="sent").count() == 3

    # And its links in the outbox work
    visitor.opens(f"/admin/mailings/mail/{Mail.objects.filter(kind='invitation').first().pk}/change/")
    visitor.looks_at("a mail in the outbox")
    page.frame_locator("iframe").get_by_role("link", name="Reply to the invitation").wait_for()


def test_the_start_page_says_what_needs_a_decision(visitor: Visitor, organiser: User):
    page = visitor.page
    call_command("load_concept_note", "--without-market-place")
    conference = Delegation.objects.first().conference
    wave = WaveFactory(conference=conference, name="Wave 1")
    bounced = InvitationFactory(delegation=DelegationFactory(conference=conference), wave=wave)
    invitations.mark_bounced(bounced, by=None)
    visitor.signs_in_as(organiser)

    visitor.opens("/admin/")
    visitor.looks_at("start page with a decision")
    visitor.follows(page.get_by_role("link", name=re.compile("came back")))
    visitor.follows(page.get_by_role("link", name=bounced.delegation.name).first)
    visitor.looks_at("an invitation that bounced")
    visitor.follows(page.get_by_role("link", name=re.compile("^Send again")))
    visitor.looks_at("send again")
    page.fill("[name=email]", "right@city.example")
    visitor.follows(
        page.locator("#content-main form button, #content form button[type=submit], #content form .act.primary").first
    )

    expect(page.get_by_text("right@city.example").first).to_be_visible()
    assert Invitation.objects.get(pk=bounced.pk).bounced_at is None
    delivery.drain()
    assert Mail.objects.get(kind="invitation").to == ["right@city.example"]


def test_a_reply_by_telephone_is_recorded(visitor: Visitor, organiser: User):
    page = visitor.page
    invitation = InvitationFactory(delegation=MemberStateDelegationFactory())
    visitor.signs_in_as(organiser)

    visitor.opens(f"/admin/registrations/invitation/{invitation.pk}/change/")
    visitor.follows(page.get_by_role("link", name=re.compile("^Record an acceptance")))
    visitor.looks_at("record an acceptance")
    page.fill("[name=people-0-given_name]", "Владимир")
    page.fill("[name=people-0-family_name]", "Štěpánek")
    page.fill("[name=people-0-function]", "Head of unit")
    page.fill("[name=people-0-email]", "v.stepanek@ministry.example")
    visitor.follows(page.locator("form button.act.primary").first)

    expect(page).to_have_url(re.compile(r"/invitation/\d+/change/$"))
    expect(page.get_by_text("accepted").first).to_be_visible()
    visitor.looks_at("an accepted invitation")
    visitor.opens("/admin/registrations/participant/")
    visitor.looks_at("participants")
    visitor.follows(page.get_by_role("link", name=re.compile("Štěpánek")).first)
    visitor.looks_at("a participant")
    assert invitation.participants.get().status == "confirmed"


def test_an_organiser_proves_again_who_they_are_before_changing_the_account(visitor: Visitor, organiser: User):
    page = visitor.page
    visitor.signs_in_as(organiser)

    # Given an account page, opened long after signing in
    visitor.opens("/accounts/password/change/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
    visitor.looks_at("confirm that it is you")

    # When they sign in again with a code to the address on file
    visitor.follows(page.get_by_role("button", name="Sign in again"))
    page.fill("[name=email]", organiser.email)
    visitor.follows(page.get_by_role("button", name="Send me a code"))
    visitor.enters_the_code_sent_to(organiser.email)

    # Then the page opens
    assert page.url.endswith("/accounts/password/change/")
    visitor.looks_at("change the password")


def test_a_forgotten_password_is_reset_with_a_code(visitor: Visitor, organiser: User):
    page = visitor.page
    visitor.opens("/accounts/password/reset/")
    visitor.looks_at("new password")
    page.fill("[name=email]", organiser.email)
    visitor.follows(page.get_by_role("button", name="Send me a code"))
    visitor.looks_at("code for a new password")
    visitor.enters_the_code_sent_to(organiser.email)
    visitor.looks_at("choose a new password")
