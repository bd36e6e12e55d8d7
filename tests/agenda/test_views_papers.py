"""What is printed, over the web: the programme of the newest release for everybody, the rest for organisers."""

import threading
from io import BytesIO
from unittest import mock

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from kombu.exceptions import OperationalError
from pypdf import PdfReader

from agenda import published, warnings
from agenda.models import Session
from agenda.papers import kept
from agenda.queries import newest_release
from agenda.services import releases
from agenda.tasks import print_programme
from conference import pdf
from conference.models import Conference
from tests.agenda.full_day import full_day
from tests.factories import ConferenceFactory, SessionFactory, SpeakerFactory, UserFactory

needs_pango = pytest.mark.skipif(not pdf.is_available(), reason="PDFs need the library Pango (libpango-1.0-0)")


@pytest.fixture(autouse=True)
def _nothing_kept(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    published.forget()
    yield
    published.forget()


@pytest.fixture
def address(conference) -> str:
    return reverse("agenda:programme_pdf", args=[conference.slug])


@pytest.fixture
def panel(conference) -> Session:
    return SessionFactory(conference=conference, title="Panel of the working version", note="Two microphones")


@pytest.fixture
def unavailable(monkeypatch) -> None:
    def refuse(*_arguments):
        raise pdf.PdfUnavailable

    monkeypatch.setattr(pdf, "lay_out", refuse)


@pytest.fixture
def rendered(monkeypatch) -> list[str]:
    """The titles of the programmes that were laid out, each of which becomes a PDF of a few bytes."""
    found: list[str] = []

    def lay_out(programme) -> bytes:
        found.append(programme.title)
        return b"%PDF a programme"

    monkeypatch.setattr(kept, "programme_pdf", lay_out)
    return found


def publish(conference) -> None:
    confirmed = [warning.key for warning in warnings.find(conference)]
    releases.publish(conference, note="", seen=None, confirmed=confirmed, by=None)


def words(response) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages).split())


# The public programme ------------------------------------------------------------------------------


def test_before_the_first_release_there_is_none(client, address):
    assert client.get(address).status_code == 404


def test_of_an_unpublished_conference_there_is_none(client, conference, address, panel):
    publish(conference)
    conference.is_published = False
    conference.save()

    assert client.get(address).status_code == 404


@pytest.mark.usefixtures("unavailable")
def test_without_pango_the_page_says_what_to_install(client, conference, address, panel):
    publish(conference)

    response = client.get(address)

    assert response.status_code == 503
    assert pdf.DEBIAN_PACKAGES in response.content.decode()
    assert reverse("agenda:programme", args=[conference.slug]) in response.content.decode()


@needs_pango
def test_it_is_the_newest_release(client, conference, address):
    SessionFactory(conference=conference, title="Λευκωσία and Владимир")
    publish(conference)
    client.get(address)
    Session.objects.update(title="Sint-Jans-Molenbeek / Molenbeek-Saint-Jean")
    publish(conference)

    response = client.get(address)

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'inline; filename="{conference.slug}-programme.pdf"'
    assert "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean" in words(response)
    assert "Владимир" not in words(response)


def test_it_is_laid_out_once_and_not_sent_to_who_has_it(client, conference, address, rendered, panel):
    publish(conference)
    etag = client.get(address)["ETag"]

    again = client.get(address, headers={"If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")
    assert rendered == [conference.title]


def test_another_process_takes_it_from_the_storage(client, conference, address, rendered, panel):
    publish(conference)
    first = client.get(address)
    published.forget()

    second = client.get(address)

    assert second.content == first.content
    assert second["ETag"] == first["ETag"]
    assert rendered == [conference.title]


# Laid out before anybody asks ---------------------------------------------------------------------


def test_after_publishing_the_first_reader_finds_it(
    client, conference, address, rendered, panel, django_capture_on_commit_callbacks
):
    with mock.patch.object(print_programme, "apply_async") as asked, django_capture_on_commit_callbacks(execute=True):
        publish(conference)
    print_programme(*asked.call_args.args[0])
    published.forget()
    assert rendered == [conference.title]

    assert client.get(address).content == b"%PDF a programme"

    assert asked.call_args.args == ((conference.pk,),)
    assert rendered == [conference.title]


def test_the_task_can_run_twice_and_late(conference, rendered, panel):
    publish(conference)
    Session.objects.update(title="Another")
    publish(conference)

    for _again in range(2):
        print_programme(conference.pk)

    assert rendered == [conference.title]
    assert names_kept(conference.pk) == [str(newest_release(conference).pk)]


def test_the_task_does_nothing_where_nobody_can_read(conference, rendered, panel):
    print_programme(conference.pk)  # no release yet
    publish(conference)
    Conference.objects.update(is_published=False)
    print_programme(conference.pk)
    print_programme(conference.pk + 1)  # gone

    assert rendered == []


@pytest.mark.usefixtures("unavailable")
def test_the_task_bears_a_machine_without_pango(conference, panel):
    publish(conference)

    print_programme(conference.pk)

    assert not default_storage.exists(f"programmes/{conference.pk}")


def test_publishing_does_without_a_broker(conference, panel, caplog, django_capture_on_commit_callbacks):
    with (
        mock.patch.object(print_programme, "apply_async", side_effect=OperationalError("no route")),
        django_capture_on_commit_callbacks(execute=True),
    ):
        publish(conference)

    assert newest_release(conference).number == 1
    assert [record.name for record in caplog.records] == ["mailings.services"]


# Kept in the storage -----------------------------------------------------------------------------


def names_kept(conference: int = 1) -> list[str]:
    return sorted(name.split("-")[0] for name in default_storage.listdir(f"programmes/{conference}")[1])


def test_only_the_newest_release_is_kept(rendered):
    for release in (1, 2, 3):
        kept.programme_of_release(1, release, full_day())

    assert names_kept() == ["3"]


def test_a_slow_process_takes_nothing_newer_away(rendered):
    kept.programme_of_release(1, 3, full_day())
    kept.programme_of_release(1, 2, full_day())

    assert names_kept() == ["2", "3"]


def test_after_an_update_that_changes_the_look_it_is_made_anew(rendered, monkeypatch):
    kept.programme_of_release(1, 1, full_day())
    monkeypatch.setattr(pdf, "look", lambda *_made_of: "another")
    kept.programme_of_release(1, 1, full_day())

    assert len(rendered) == 2
    assert names_kept() == ["1"]


@pytest.mark.parametrize("broken", ["exists", "save", "listdir"])
def test_a_store_that_fails_costs_time_only(rendered, monkeypatch, broken):
    def fail(*_arguments, **_more):
        raise OSError("The store does not answer.")

    monkeypatch.setattr(default_storage, broken, fail)

    assert kept.programme_of_release(1, 1, full_day()) == b"%PDF a programme"


def test_who_comes_while_another_process_lays_it_out_takes_that_one(rendered, monkeypatch):
    folder, name = "programmes/1", f"1-{kept._fingerprint(full_day())}.pdf"
    cache.add(f"programme-pdf-1-{name}", 1)
    # The other process is done while this one waits.
    monkeypatch.setattr(
        kept.time, "sleep", lambda _seconds: default_storage.save(f"{folder}/{name}", ContentFile(b"%PDF theirs"))
    )

    assert kept.programme_of_release(1, 1, full_day()) == b"%PDF theirs"
    assert rendered == []


def test_nobody_waits_for_ever_for_a_process_that_was_killed(rendered, monkeypatch):
    cache.add(f"programme-pdf-1-1-{kept._fingerprint(full_day())}.pdf", 1)
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(kept.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(kept.time, "sleep", lambda _seconds: None)

    assert kept.programme_of_release(1, 1, full_day()) == b"%PDF a programme"


def test_a_crowd_of_threads_lays_it_out_once(rendered):
    found: list[bytes] = []
    crowd = [
        threading.Thread(target=lambda: found.append(kept.programme_of_release(1, 1, full_day()))) for _ in range(8)
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()

    assert found == [b"%PDF a programme"] * 8
    assert len(rendered) == 1


def test_a_failure_leaves_no_lock(monkeypatch, rendered):
    def fail(_programme):
        raise pdf.PdfUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(kept, "programme_pdf", fail)
        with pytest.raises(pdf.PdfUnavailable):
            kept.programme_of_release(1, 1, full_day())
    monkeypatch.setattr(kept.time, "sleep", lambda _seconds: pytest.fail("waits for nobody"))

    assert kept.programme_of_release(1, 1, full_day()) == b"%PDF a programme"


# For organisers ----------------------------------------------------------------------------------

NAMES = ["run_of_show", "door_signs", "room_signs"]


@pytest.fixture
def speaker(conference):
    return SpeakerFactory(conference=conference, family_name="Παπαδοπούλου")


def addresses(conference, speaker) -> list[str]:
    papers = [reverse(f"agenda:{name}", args=[conference.slug]) for name in NAMES]
    return [*papers, reverse("agenda:briefing", args=[conference.slug, speaker.code])]


def test_who_is_not_signed_in_is_asked_to(client, conference, speaker):
    answers = [client.get(address) for address in addresses(conference, speaker)]

    assert [answer.status_code for answer in answers] == [302] * 4
    assert {answer["Location"].partition("?")[0] for answer in answers} == {reverse("account_login")}


@pytest.mark.parametrize("is_staff", [False, True])
def test_for_who_may_not_see_sessions_there_are_none(client, conference, speaker, settings, is_staff):
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    client.force_login(UserFactory(is_staff=is_staff))

    assert [client.get(address).status_code for address in addresses(conference, speaker)] == [404] * 4


@needs_pango
def test_organisers_get_all_of_them_and_nobody_keeps_them(organiser_client, conference, panel, speaker):
    conference.is_published = False
    conference.save()

    answers = [organiser_client.get(address) for address in addresses(conference, speaker)]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert {answer["Content-Type"] for answer in answers} == {"application/pdf"}
    assert {answer["Cache-Control"] for answer in answers} == {"private, no-store"}
    assert answers[0]["Content-Disposition"] == f'inline; filename="{conference.slug}-run-of-show.pdf"'


@needs_pango
def test_the_run_of_show_has_the_notes_and_can_be_of_one_session(organiser_client, conference, panel):
    SessionFactory(conference=conference, title="Another one", at="11:00")
    address = reverse("agenda:run_of_show", args=[conference.slug])

    text = words(organiser_client.get(address, {"session": panel.code}))

    assert "Panel of the working version" in text
    assert "Two microphones" in text
    assert "The day at a glance" not in text


@needs_pango
@pytest.mark.parametrize("name", NAMES)
def test_papers_are_of_the_working_version_or_of_the_release(organiser_client, conference, panel, name):
    conference.venue.rooms.create(name="Atrium")
    Session.objects.update(room=conference.venue.rooms.get(), title="Panel as released")
    publish(conference)
    Session.objects.update(title="Panel as planned now")
    address = reverse(f"agenda:{name}", args=[conference.slug])

    assert "Panel as planned now" in words(organiser_client.get(address))
    assert "Panel as released" in words(organiser_client.get(address, {"of": "release"}))
    assert newest_release(conference).number == 1


@pytest.mark.parametrize("query", [{"of": "release"}, {"of": "nonsense"}, {"session": "NOSUCH"}])
def test_what_is_not_there_is_not_found(organiser_client, conference, panel, query):
    assert organiser_client.get(reverse("agenda:run_of_show", args=[conference.slug]), query).status_code == 404


@needs_pango
def test_a_door_sign_can_be_of_one_session(organiser_client, conference, panel):
    SessionFactory(conference=conference, title="Another one", at="11:00")
    address = reverse("agenda:door_signs", args=[conference.slug])

    response = organiser_client.get(address, {"session": panel.code})

    assert len(PdfReader(BytesIO(response.content)).pages) == 1
    assert "Panel of the working version" in words(response)


def test_a_speaker_of_another_conference_is_not_found(organiser_client, conference, speaker):
    elsewhere = ConferenceFactory()

    assert organiser_client.get(reverse("agenda:briefing", args=[elsewhere.slug, speaker.code])).status_code == 404


@pytest.mark.usefixtures("unavailable")
def test_without_pango_organisers_read_why(organiser_client, conference, panel):
    response = organiser_client.get(reverse("agenda:run_of_show", args=[conference.slug]))

    assert response.status_code == 503
    assert pdf.DEBIAN_PACKAGES in response.content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_papers_are_only_read(organiser_client, conference, name):
    assert organiser_client.post(reverse(f"agenda:{name}", args=[conference.slug])).status_code == 405


@needs_pango
@pytest.mark.parametrize("name", NAMES)
def test_queries_do_not_grow_with_the_sessions(organiser_client, conference, name, django_assert_max_num_queries):
    address = reverse(f"agenda:{name}", args=[conference.slug])
    counts = []
    for _ in (1, 2, 3):
        SessionFactory(conference=conference)
        with django_assert_max_num_queries(20) as captured:
            organiser_client.get(address)
        counts.append(len(captured))

    assert counts[0] == counts[2]
