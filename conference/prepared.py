"""Questions of the ORM that are put into SQL once and kept.

For single objects with others beside them, read before many pages: the ORM takes ten times as long to write such a
statement, with its eighty columns, as the database to answer it. What comes back is what the ORM gives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import RelatedPopulator, get_related_populators

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class _Statement:
    """SQL with a mark for the value, and how a row becomes objects: as the ORM's `ModelIterable` does it."""

    sql: str
    model: type[Model]
    names: Sequence[str]
    converters: Sequence[tuple[int, Any, Any]]
    populators: Sequence[RelatedPopulator]


class Prepared(Generic[M]):
    """A question for one object by one value. `ask` makes the queryset; it must pass the value on as it is, once."""

    def __init__(self, ask: Callable[[Any], QuerySet[M]], *, stand_in: Any) -> None:
        """`stand_in` is any value of the right kind: the statement is written with it."""
        self._ask = ask
        self._stand_in = stand_in
        self._statements: dict[str, _Statement] = {}

    def first(self, value: Any) -> M | None:
        """The object that the queryset has for this value, None where it has none. One query."""
        statement = self._statements.get(connection.vendor) or self._write()
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, [value])
            row = cursor.fetchone()
        if row is None:
            return None
        row = list(row)
        for position, converters, expression in statement.converters:
            for convert in converters:
                row[position] = convert(row[position], expression, connection)
        names = statement.names
        found = statement.model.from_db(connection.alias, names, row[: len(names)])
        for populator in statement.populators:
            populator.populate(row, found)
        return found

    def _write(self) -> _Statement:
        queryset = self._ask(self._stand_in)
        compiler = queryset.query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        if tuple(values) != (self._stand_in,) or compiler.annotation_col_map:
            raise ValueError("Only the value itself can be left open.")
        fields = compiler.klass_info["select_fields"]
        statement = _Statement(
            sql=sql,
            model=queryset.model,
            names=[compiler.select[position][0].target.attname for position in fields],
            converters=[
                (position, converters, expression)
                for position, (converters, expression) in compiler.get_converters(
                    [column[0] for column in compiler.select]
                ).items()
            ],
            populators=get_related_populators(compiler.klass_info, compiler.select, connection.alias),
        )
        self._statements[connection.vendor] = statement
        return statement
