"""Full-text search in the catalogue: one interface over PostgreSQL's text search, SQLite's FTS5, or plain comparison.

Words are folded here, the same for what is indexed and what is asked: capitals, accents and final sigmas make no
difference (“malmo” finds Malmö, “λευκωσια” Λευκωσία). All words of a query must occur, each as the beginning of one.
Whatever else is typed, such as quotes, operators or emoji, separates words and means nothing.

PostgreSQL's configuration also has the dictionary `unaccent` where the extension may be made; without it nothing but
letters that `fold` does not know is lost. An SQLite without FTS5 compares with LIKE: slower, and ranked more coarsely.
"""

import functools
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Sequence

from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.expressions import Combinable

from marketplace.models import IndexedStand

# More of a query is not looked at.
MOST_WORDS = 12
MOST_LETTERS = 200
_LONGEST_WORD = 40

# Letters that Unicode does not take apart into a plain one and a mark.
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ŋ": "n", "þ": "th", "ŧ": "t"}
)
_WORD = re.compile(r"[^\W_]+")

# How much more a word counts in the name, and in whose and for whom, than in the text.
_WEIGHTS = (10, 4, 1)
_FIELDS = ("heading", "about", "text")

_POSTGRESQL = """
CREATE TEXT SEARCH CONFIGURATION convoke_catalogue (COPY = pg_catalog.simple);
ALTER TABLE marketplace_indexedstand ADD COLUMN document tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('convoke_catalogue', heading), 'A') ||
    setweight(to_tsvector('convoke_catalogue', about), 'B') ||
    setweight(to_tsvector('convoke_catalogue', text), 'D')
) STORED;
CREATE INDEX marketplace_search ON marketplace_indexedstand USING gin (document);
"""
_UNACCENT = """
ALTER TEXT SEARCH CONFIGURATION convoke_catalogue ALTER MAPPING FOR asciiword, word, numword, hword, hword_part,
    hword_asciipart, hword_numpart, asciihword, numhword WITH unaccent, simple;
"""
_FTS5 = """
CREATE VIRTUAL TABLE IF NOT EXISTS marketplace_search
USING fts5(heading, about, text, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3')
"""


def fold(text: str) -> str:
    """`text` in small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return plain.translate(_LETTERS)


def words_of(text: str) -> list[str]:
    """The folded words of a text, in its order."""
    return [word[:_LONGEST_WORD] for word in _WORD.findall(fold(text))]


def asked_words(query: str) -> list[str]:
    """What is looked for when somebody types `query`: each word once, at most `MOST_WORDS`."""
    return list(dict.fromkeys(words_of(query[:MOST_LETTERS])))[:MOST_WORDS]


# Finding --------------------------------------------------------------------------------------


def find(call_id: int, query: str) -> list[int]:
    """The stands (primary keys) of the call's catalogue that hold all words of the query, best first. One query.

    Empty where the query has no word. Raises nothing for anything typed.
    """
    return find_words(call_id, asked_words(query))


def find_words(call_id: int, asked: Sequence[str]) -> list[int]:
    """The same for words that `asked_words` gave."""
    if not asked:
        return []
    if connection.vendor == "postgresql":
        return _found_by_postgresql(call_id, asked)
    if _has_fts5_table():
        return _found_by_fts5(call_id, asked)
    return _found_by_comparison(call_id, asked)


def _found_by_postgresql(call_id: int, asked: Sequence[str]) -> list[int]:
    # Words hold letters and digits alone, so that nothing in them is an operator.
    terms = " & ".join(f"{word}:*" for word in asked)
    with connection.cursor() as cursor:
        # One row of all: thousands of rows would each be made a tuple.
        cursor.execute(
            """
            SELECT array_agg(found.stand_id ORDER BY found.rank DESC, found.stand_id)
            FROM (
                SELECT stand_id, ts_rank('{0.1, 0.2, 0.4, 1.0}', document, asked) AS rank
                FROM marketplace_indexedstand, to_tsquery('convoke_catalogue', %s) asked
                WHERE call_id = %s AND document @@ asked
            ) found
            """,
            [terms, call_id],
        )
        return cursor.fetchone()[0] or []


def _found_by_fts5(call_id: int, asked: Sequence[str]) -> list[int]:
    terms = " AND ".join(f'"{word}"*' for word in asked)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT rowid FROM marketplace_search
            WHERE marketplace_search MATCH %s AND rowid BETWEEN %s AND %s
            ORDER BY bm25(marketplace_search, {", ".join(map(str, _WEIGHTS))}), rowid
            """,  # noqa: S608
            [terms, _row(call_id, 0), _row(call_id, _STANDS - 1)],
        )
        return [row % _STANDS for (row,) in cursor.fetchall()]


# Rows of a virtual table are found by their number alone: it tells the call as well, so that no other table is asked.
_STANDS = 1 << 40


def _row(call_id: int, stand: int) -> int:
    return call_id * _STANDS + stand


def _found_by_comparison(call_id: int, asked: Sequence[str]) -> list[int]:
    found = IndexedStand.objects.filter(call=call_id)
    rank: Combinable = Value(0)
    for word in asked:
        # Each word in the index follows a blank.
        found = found.filter(Q(*((f"{field}__contains", f" {word}") for field in _FIELDS), _connector=Q.OR))
        for field, weight in zip(_FIELDS, _WEIGHTS, strict=True):
            hit = When(**{f"{field}__contains": f" {word}"}, then=Value(weight))
            rank = rank + Case(hit, default=Value(0), output_field=IntegerField())
    return list(found.annotate(rank=rank).order_by(F("rank").desc(), "pk").values_list("pk", flat=True))


# The index ------------------------------------------------------------------------------------


def put(entries: Iterable[IndexedStand]) -> None:
    """Writes these entries, new or in the place of older ones. Needs a transaction."""
    written = list(entries)
    IndexedStand.objects.bulk_create(
        written,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["stand"],
        update_fields=["call", *_FIELDS],
    )
    if connection.vendor == "sqlite" and _has_fts5_table():
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT OR REPLACE INTO marketplace_search (rowid, heading, about, text) VALUES (%s, %s, %s, %s)",
                [(_row(entry.call_id, entry.pk), entry.heading, entry.about, entry.text) for entry in written],
            )


def drop(call_id: int, stands: Iterable[int]) -> None:
    """Takes these stands of a call out of the index. Needs a transaction."""
    gone = list(stands)
    IndexedStand.objects.filter(pk__in=gone).delete()
    if connection.vendor == "sqlite" and _has_fts5_table():
        with connection.cursor() as cursor:
            cursor.executemany(
                "DELETE FROM marketplace_search WHERE rowid = %s", [(_row(call_id, stand),) for stand in gone]
            )


def indexable(text: Iterable[str]) -> str:
    """The words of these texts as the index keeps them: folded, each behind a blank."""
    return "".join(f" {word}" for part in text for word in words_of(part))


@functools.cache
def has_fts5() -> bool:
    """Whether this Python's SQLite was built with FTS5."""
    memory = sqlite3.connect(":memory:")
    try:
        memory.execute("CREATE VIRTUAL TABLE tried USING fts5(word)")
    except sqlite3.OperationalError:
        return False
    finally:
        memory.close()
    return True


_tables_seen: set[str] = set()


def _has_fts5_table() -> bool:
    """Whether the table is there, asked of each database until it is."""
    if not has_fts5():
        return False
    name = str(connection.settings_dict["NAME"])
    if name not in _tables_seen:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'marketplace_search'")
            if cursor.fetchone() is None:
                return False
        _tables_seen.add(name)
    return True


def make_ready(database: BaseDatabaseWrapper) -> None:
    """Makes what the database needs beside its tables. A migration calls it, and the rebuild for what is new since."""
    if database.vendor == "postgresql":
        _make_ready_postgresql(database)
    elif database.vendor == "sqlite" and has_fts5():
        with database.cursor() as cursor:
            cursor.execute(_FTS5)


def _make_ready_postgresql(database: BaseDatabaseWrapper) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_ts_config WHERE cfgname = 'convoke_catalogue'")
        if cursor.fetchone() is None:
            cursor.execute(_POSTGRESQL)
        try:
            # Its owner may make this extension in most databases; where not, or where it is not installed, `fold`
            # alone does the folding.
            with transaction.atomic(using=database.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
        except DatabaseError:
            return
        cursor.execute(_UNACCENT)


def take_away(database: BaseDatabaseWrapper) -> None:
    """The way back of the migration."""
    with database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute("ALTER TABLE marketplace_indexedstand DROP COLUMN document")
            cursor.execute("DROP TEXT SEARCH CONFIGURATION convoke_catalogue")
        elif database.vendor == "sqlite":
            cursor.execute("DROP TABLE IF EXISTS marketplace_search")
            _tables_seen.clear()
