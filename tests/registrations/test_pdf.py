"""The confirmation to print."""

import io

import pytest
from django.core import checks
from django.urls import reverse
from pypdf import PdfReader

from conference import pdf
from registrations.services import replies
from tests.factories import InvitationFactory, person

pytestmark = pytest.mark.django_db
needs_pango = pytest.mark.skipif(not pdf.is_available(), reason="PDFs need the library Pango (libpango-1.0-0)")


def document(client, **changes: str) -> PdfReader:
    invitation = InvitationFactory(delegation__name="Sint-Jans-Molenbeek / Molenbeek-Saint-Jean")
    (participant,) = replies.accept(invitation, [person(**changes)], by=None)
    client.force_login(invitation.conference.participants.get().invitation.contact)
    response = client.get(reverse("registrations:participant_pdf", args=[participant.pk]))
    assert response["Content-Type"] == "application/pdf"
    return PdfReader(io.BytesIO(response.content))


def words(reader: PdfReader) -> str:
    return " ".join(reader.pages[0].extract_text().split())


@needs_pango
@pytest.mark.parametrize(
    ("given", "family"),
    [("Αικατερίνη", "Παπαδοπούλου"), ("Владимир", "Петров"), ("Štěpánka", "Żółkiewska"), ("Jørgen", "Ångström")],
)
def test_names_the_person_in_any_script_of_the_union(client, given, family):
    text = words(document(client, given_name=given, family_name=family, title="Dr"))

    assert f"Dr {given} {family}" in text
    assert "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean" in text
    assert "EU Cities Against Radicalisation" in text


@needs_pango
def test_is_one_page_however_long_the_names_are(client):
    reader = document(
        client,
        given_name="Κωνσταντίνα-" * 8,
        family_name="Wolfeschlegelsteinhausenbergerdorff-" * 2,
        function="x " * 99,
    )

    assert len(reader.pages) == 1


@needs_pango
def test_is_accessible(client):
    catalogue = document(client).trailer["/Root"]

    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "en-gb"
    assert "http://www.aiim.org/pdfua/ns/id/" in catalogue["/Metadata"].get_data().decode()


def test_without_pango_the_reason_and_the_packages_are_said(without_pango):
    with pytest.raises(pdf.PdfUnavailable, match="apt-get install libpango-1.0-0 libpangoft2-1.0-0"):
        pdf.render("pdf/confirmation.html", {})


@pytest.mark.parametrize(("available", "ids"), [(True, []), (False, ["conference.W001"])])
def test_the_check_before_going_live_warns(monkeypatch, available, ids):
    monkeypatch.setattr(pdf, "is_available", lambda: available)

    assert [warning.id for warning in pdf.check_pdf(None)] == ids
    assert pdf.check_pdf in checks.registry.registry.deployment_checks


def test_libraries_are_looked_for_by_all_their_names():
    assert not pdf._can_load(("libno-such-library.so.0",))
