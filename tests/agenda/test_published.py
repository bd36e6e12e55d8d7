"""What is kept in memory of a release, and for how long."""

import datetime

import pytest

from agenda import published
from agenda.models import Release
from agenda.published import Edition, Rendered, Shelf
from agenda.queries import working_programme
from tests.agenda.large_programme import large_programme
from tests.factories import ConferenceFactory, SessionFactory


@pytest.fixture(autouse=True)
def _empty_memory():
    published.forget()


def rendered(size: int, *, seconds: float = 60) -> Rendered:
    return Rendered.of(b"x" * size, compress=False, seconds=seconds)


def test_a_shelf_gives_back_what_was_put_there():
    shelf, page = Shelf(1000), rendered(10)

    shelf.put("page", page)

    assert shelf.get("page") is page
    assert shelf.get("other") is None


def test_a_full_shelf_drops_what_nobody_asked_for_longest():
    shelf = Shelf(250)
    for name in "abc":
        shelf.put(name, rendered(80))
    shelf.get("a")

    shelf.put("d", rendered(80))

    assert [name for name in "abcd" if shelf.get(name)] == ["a", "c", "d"]


def test_a_shelf_weighs_what_replaces_something_once():
    shelf = Shelf(1000)
    shelf.put("page", rendered(100))

    shelf.put("page", rendered(10))

    assert shelf.weight == rendered(10).weight


def test_what_may_be_out_of_date_is_not_given_out():
    shelf = Shelf(1000)

    shelf.put("page", rendered(10, seconds=-1))

    assert shelf.get("page") is None


def test_two_processes_make_the_same_bytes_and_tag():
    first, second = Rendered.of(b"page" * 100), Rendered.of(b"page" * 100)

    assert (first.compressed, first.etag) == (second.compressed, second.etag)


def test_what_compression_would_not_make_smaller_is_not_compressed():
    assert Rendered.of(b"x").compressed == b""


def test_now_changes_where_sessions_begin_and_end_and_at_the_midnights_of_the_programme():
    edition = Edition(large_programme(sessions=20, days=2), ())
    programme = edition.programme
    first = programme.sessions[0]
    tick = datetime.timedelta(microseconds=1)

    before, during = edition.interval(first.starts_at - tick), edition.interval(first.starts_at)

    assert during == before + 1
    assert edition.interval(first.ends_at - tick) == during
    midnight = datetime.datetime.combine(programme.held_on, datetime.time(0), programme.zone)
    assert edition.interval(midnight) == edition.interval(midnight - tick) + 1


@pytest.mark.django_db
def test_an_edition_is_read_once(django_assert_num_queries):
    conference = ConferenceFactory()
    SessionFactory(conference=conference)
    content = working_programme(conference).to_data()
    Release.objects.create(conference=conference, number=1, content=content, working_copy={})
    now = published.standing(conference.slug)

    with django_assert_num_queries(1):
        first = published.edition(now)
        second = published.edition(now)

    assert first is second


@pytest.mark.django_db
def test_nothing_stands_at_an_unknown_or_unpublished_address():
    hidden = ConferenceFactory(is_published=False)

    assert published.standing(hidden.slug) is None
    assert published.standing("unknown") is None


@pytest.mark.django_db
def test_the_newest_release_is_the_one_that_stands():
    conference = ConferenceFactory()
    made = [
        Release.objects.create(conference=conference, number=number, content={}, working_copy={}) for number in (2, 1)
    ]

    assert published.standing(conference.slug).release == made[0].pk
