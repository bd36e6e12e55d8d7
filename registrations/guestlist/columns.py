"""The format of a guest list: which sheets it has, which columns they have, and what else people call them.

Titles and labels are the file format itself and therefore not translated.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from conference import folding

# What rows of the template begin with, and the title of its page of explanations: neither is read.
EXAMPLE = "Example:"
NOTES_TITLE = "Notes"

# Lists repeat their words: states, kinds, headings.
fold = lru_cache(maxsize=100_000)(folding.fold)


def fold_header(text: str) -> str:
    """`text` as headings are compared: letters and digits alone, so that “E-mail *” is “Email”."""
    return re.sub(r"[\W_]+", "", fold(text))


class Kind(StrEnum):
    """What a sheet lists. The values are those of a delegation's category."""

    CITY = "city"
    ORGANISATION = "organisation"
    INSTITUTION = "institution"
    MEMBER_STATE = "member_state"


class Holds(StrEnum):
    """What a column's cells hold, and so how they are read."""

    TEXT = "text"
    PARAGRAPHS = "paragraphs"
    STATE = "state"
    COUNT = "count"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    ADDRESSES = "addresses"
    LANGUAGE = "language"
    YES_NO = "yes/no"
    ORGANISATION_KIND = "kind of organisation"


@dataclass(frozen=True, slots=True)
class Column:
    """`key` is the name of the field that takes the value; `also` are other headings that mean the same."""

    key: str
    label: str
    holds: Holds = Holds.TEXT
    required: bool = False
    also: tuple[str, ...] = ()
    max_length: int = 0
    width: int = 16

    @property
    def headings(self) -> frozenset[str]:
        return frozenset(fold_header(heading) for heading in (self.label, *self.also))


@dataclass(frozen=True, slots=True)
class SheetFormat:
    """`name_key` is the column that names a row to a reader."""

    kind: Kind
    title: str
    columns: tuple[Column, ...]
    name_key: str
    also: tuple[str, ...] = ()

    @property
    def titles(self) -> frozenset[str]:
        return frozenset(fold_header(title) for title in (self.title, *self.also))

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)


_STATE = Column("state", "Member State", Holds.STATE, True, ("Country", "State", "Country code", "MS"))
_CONTACT = (
    Column("contact_function", "Contact function", also=("Contact", "Function", "Office"), max_length=200, width=28),
    Column(
        "email",
        "E-mail",
        Holds.ADDRESSES,
        also=("Mail", "E-mail address", "Email addresses", "Mail address"),
        max_length=254,
        width=44,
    ),
    Column("copy_to", "Copy to", Holds.ADDRESSES, also=("CC", "Copy", "Copies", "Copies to"), width=36),
    Column("language", "Language", Holds.LANGUAGE, also=("Lang", "Language code"), width=12),
    Column("salutation", "Salutation", also=("Form of address",), max_length=200, width=28),
    Column("seats", "Seats", Holds.COUNT, also=("Number of seats", "Places"), width=10),
)
_REMARKS = Column(
    "remarks",
    "Remarks",
    Holds.PARAGRAPHS,
    also=("Remark", "Notes", "Note", "Comments", "Comment"),
    # A cell of a workbook holds little more.
    max_length=32_000,
    width=40,
)

CITIES = SheetFormat(
    Kind.CITY,
    "Cities",
    (
        Column(
            "name", "City", required=True, also=("City name", "Town", "Name", "Municipality"), max_length=150, width=28
        ),
        Column("other_names", "Other names", also=("Other name", "Also known as"), max_length=300, width=36),
        _STATE,
        Column("population", "Population", Holds.COUNT, also=("Inhabitants",), width=14),
        Column("latitude", "Latitude", Holds.LATITUDE, also=("Lat",), width=12),
        Column("longitude", "Longitude", Holds.LONGITUDE, also=("Lon", "Long", "Lng"), width=12),
        *_CONTACT,
        Column("has_strategy", "Strategy", Holds.YES_NO, also=("Prevention strategy",), width=12),
        Column("has_multi_agency", "Multi-agency", Holds.YES_NO, also=("Multi-agency approach",), width=14),
        Column("has_dedicated_staff", "Dedicated staff", Holds.YES_NO, also=("Staff",), width=16),
        Column("has_evaluation", "Evaluated programme", Holds.YES_NO, also=("Evaluated",), width=22),
        _REMARKS,
    ),
    "name",
    also=("City", "Towns", "Cities and towns", "Municipalities"),
)
ORGANISATIONS = SheetFormat(
    Kind.ORGANISATION,
    "Organisations",
    (
        Column(
            "name",
            "Organisation",
            required=True,
            also=("Organization", "Organisation or initiative", "Initiative", "Name"),
            max_length=200,
            width=48,
        ),
        Column("kind", "Kind", Holds.ORGANISATION_KIND, True, ("Type", "Category"), width=26),
        *_CONTACT,
        Column("wants_stand", "Stand at the market place", Holds.YES_NO, also=("Stand", "Market place"), width=26),
        _REMARKS,
    ),
    "name",
    also=("Organisation", "Organizations", "Organisations and initiatives", "Organizations and initiatives"),
)
INSTITUTIONS = SheetFormat(
    Kind.INSTITUTION,
    "EU institutions",
    (
        Column("name", "Institution", required=True, also=("EU institution",), max_length=200, width=36),
        *_CONTACT,
        _REMARKS,
    ),
    "name",
    also=("Institutions", "Institution", "EU institution"),
)
MEMBER_STATES = SheetFormat(
    Kind.MEMBER_STATE,
    "Member States",
    (_STATE, *_CONTACT, _REMARKS),
    "state",
    also=("Member State", "States", "Countries", "Permanent Representations"),
)
# In the order in which a sheet without a title is recognised by its columns: most telling first.
SHEETS = (CITIES, ORGANISATIONS, INSTITUTIONS, MEMBER_STATES)


def sheet_format(kind: Kind) -> SheetFormat:
    return next(sheet for sheet in SHEETS if sheet.kind == kind)
