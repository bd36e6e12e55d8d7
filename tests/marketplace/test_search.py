"""Searching: what is folded, what is typed by accident, and that all ways of searching find the same."""

import pytest
from django.db import connection

from marketplace import search
from marketplace.models import IndexedStand
from marketplace.services import index
from tests.marketplace.factories import call, stand

# With the comparison that an SQLite without FTS5 falls back to, beside the database's own search.
ENGINES = ["own", "comparison"]


def named(of, title: str, **fields) -> int:
    made = stand(of)
    for name, value in {"initiative": title, **fields}.items():
        setattr(made.application, name, value)
    made.application.save()
    index.refresh(of.pk, [made.pk])
    return made.pk


@pytest.fixture(params=ENGINES)
def engine(request, monkeypatch):
    if request.param == "comparison":
        monkeypatch.setattr(search, "has_fts5", lambda: False)
        monkeypatch.setattr(search, "_found_by_postgresql", search._found_by_comparison)
    return request.param


@pytest.fixture
def of(db):
    return call()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Malmö", "malmo"),
        ("ÅRHUS", "arhus"),
        ("Gdańsk Łódź", "gdansk lodz"),
        ("Straße", "strasse"),
        ("Λευκωσία", "λευκωσια"),
        ("Αθήνας", "αθηνασ"),
        ("София й", "софия и"),
        ("ﬁ Ⅳ", "fi iv"),
        ("Næstved Ðakovo", "naestved dakovo"),
    ],
)
def test_folding(text, folded):
    assert search.fold(text) == folded


def test_a_query_is_cut_to_words_once_each_and_twelve_at_most():
    assert search.asked_words('«Malmö» malmo - "Λευκωσία" 🎉 NOT a*b') == ["malmo", "λευκωσια", "not", "a", "b"]
    assert len(search.asked_words(" ".join(map(str, range(50))))) == 12
    assert search.asked_words("x" * 10_000) == ["x" * 40]


@pytest.mark.databases
@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Street work in Malmö", "malmo"),
        ("Street work in Malmo", "MALMÖ"),
        ("Street work in Malmö", "mal str"),
        ("Παιδιά στη Λευκωσία", "λευκωσια"),
        ("Παιδιά στη Λευκωσια", "Λευκωσία"),
        ("Παιδιά της Αθήνας", "ΑΘΗΝΑΣ"),
        ("Деца в София", "софия"),
        ("Sint-Jans-Molenbeek", "jans molen"),
        ("’s-Hertogenbosch", "hertogenbosch"),
        ("Covid19 and after", "covid19"),
        ("Groups of 98765", "98765"),
        ("Exit 2fast", "2fa"),
        ("A " + "x" * 60, "x" * 60),
    ],
)
def test_found_however_it_is_written(of, engine, title, query):
    wanted = named(of, title)
    named(of, "Something else")

    assert search.find(of.pk, query) == [wanted]


@pytest.mark.databases
@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        '"',
        "'",
        "''; DROP TABLE marketplace_stand; --",
        '"street',
        "street AND",
        "NEAR(street, 2)",
        "heading:street",
        "street*",
        "-street",
        "!street & | ( )",
        "street:*",
        "street <-> work",
        "^street",
        "\\",
        "%",
        "_",
        "🎉",
        "street 🎉",
        "\x00street",
        "a" * 10_000,
        "street " * 2_000,
        "日本",
        "\u202estreet",
        "Ł̸̛̗",
        "1e309",
        "0x1F",
        "a@b.example http://x/y?z",
        "not or and",
    ],
)
def test_nothing_typed_is_an_error(of, engine, typed):
    named(of, "Street work")

    assert len(search.find(of.pk, typed)) <= 1


@pytest.mark.databases
def test_signs_around_words_mean_nothing(of, engine):
    wanted = named(of, "Street work")

    assert search.find(of.pk, '"street" & (work*)') == [wanted]
    assert search.find(of.pk, "-street") == [wanted]


@pytest.mark.databases
def test_every_word_has_to_occur_somewhere(of, engine):
    both = named(of, "Street work", approach="With families and schools.")
    named(of, "Street lights")

    assert search.find(of.pk, "street famil") == [both]
    assert search.find(of.pk, "street prisons") == []


@pytest.mark.databases
def test_a_name_counts_more_than_whom_it_is_for_and_that_more_than_the_text(of, engine):
    in_text = named(of, "Alpha", approach="Much is said here about prisons, among others.")
    about = named(of, "Beta")
    state = IndexedStand.objects.get(pk=about)
    state.about += " prisons"
    search.put([state])
    in_name = named(of, "Prisons")

    assert search.find(of.pk, "prison") == [in_name, about, in_text]


@pytest.mark.databases
def test_only_the_stands_of_the_call_are_found(of, engine):
    mine, other = named(of, "Street work"), call()
    named(other, "Street work elsewhere")

    assert search.find(of.pk, "street") == [mine]


@pytest.mark.databases
def test_a_stand_is_found_by_its_words_of_now_alone(of, engine):
    pk = named(of, "Street work")
    one = IndexedStand.objects.select_related("stand__application").get(pk=pk).stand
    one.application.initiative = "School work"
    one.application.save()
    index.refresh_of(one.application)

    assert (search.find(of.pk, "street"), search.find(of.pk, "school")) == ([], [pk])

    one.released_at = one.application.submitted_at
    one.save()
    index.refresh(of.pk, [pk])

    assert search.find(of.pk, "school") == []
    assert not IndexedStand.objects.exists()


@pytest.mark.databases
def test_the_extension_is_used_where_it_may_be_made(db):
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL alone has it.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'unaccent'")
        assert cursor.fetchone() == (1,)
        # Not taken apart by Unicode, and not in the table of letters.
        cursor.execute("SELECT to_tsvector('convoke_catalogue', 'ƒ') = to_tsvector('convoke_catalogue', 'f')")
        assert cursor.fetchone() == (True,)
