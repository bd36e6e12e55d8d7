"""Which state a cell means: by the European Union's code, by the ISO code, or by name, in the spellings that occur."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from registrations.guestlist.columns import fold

# Other English names, by EU code. Names in the state's own language come with the reference data.
_ALSO = {
    "AT": ("AUT",),
    "BE": ("BEL",),
    "BG": ("BGR",),
    "CY": ("CYP",),
    "CZ": ("Czech Republic", "CZE"),
    "DE": ("DEU", "Federal Republic of Germany"),
    "DK": ("DNK",),
    "EE": ("EST",),
    "EL": ("Hellas", "Hellenic Republic", "GRC"),
    "ES": ("ESP",),
    "FI": ("FIN",),
    "FR": ("FRA", "French Republic"),
    "HR": ("HRV",),
    "HU": ("HUN",),
    "IE": ("Eire", "Republic of Ireland", "IRL"),
    "IT": ("ITA", "Italian Republic"),
    "LT": ("LTU",),
    "LU": ("Luxemburg", "LUX"),
    "LV": ("LVA",),
    "MT": ("MLT",),
    "NL": ("Holland", "NLD"),
    "PL": ("POL",),
    "PT": ("PRT", "Portuguese Republic"),
    "RO": ("ROU", "Roumania"),
    "SE": ("SWE",),
    "SI": ("SVN",),
    "SK": ("Slovak Republic", "SVK"),
    "UK": (
        "Great Britain",
        "Britain",
        "England",
        "Scotland",
        "Wales",
        "Northern Ireland",
        "United Kingdom of Great Britain and Northern Ireland",
        "GBR",
    ),
}
# Neighbours and partners that lists contain; they never were Member States.
_OUTSIDE = {
    "AL": "Albania",
    "AM": "Armenia",
    "BA": "Bosnia and Herzegovina",
    "BY": "Belarus",
    "CA": "Canada",
    "CH": "Switzerland",
    "GE": "Georgia",
    "IL": "Israel",
    "IS": "Iceland",
    "JP": "Japan",
    "LI": "Liechtenstein",
    "MD": "Moldova",
    "ME": "Montenegro",
    "MK": "North Macedonia",
    "NO": "Norway",
    "RS": "Serbia",
    "RU": "Russia",
    "TN": "Tunisia",
    "TR": "Türkiye",
    "UA": "Ukraine",
    "US": "United States",
    "XK": "Kosovo",
}
_FORMAL_BEGINNING = re.compile(r"^(the )?((federal )?republic of |kingdom of |grand duchy of )?(the )?")


@dataclass(frozen=True, slots=True)
class State:
    """A present or former Member State; `is_member` refers to the conference's day."""

    code: str
    iso_code: str
    name: str
    own_name: str
    is_member: bool


class States:
    """Finds a state by what a list calls it."""

    def __init__(self, states: Iterable[State]) -> None:
        self._by_name: dict[str, State] = {}
        for state in states:
            names = (state.code, state.iso_code, state.name, state.own_name, *_ALSO.get(state.code, ()))
            for name in names:
                self._by_name[_key(name)] = state
        self._outside = {_key(name): english for code, english in _OUTSIDE.items() for name in (code, english)}
        self._outside |= {"turkey": _OUTSIDE["TR"], "usa": _OUTSIDE["US"], "macedonia": _OUTSIDE["MK"]}

    def find(self, text: str) -> State | None:
        return self._by_name.get(_key(text))

    def name_outside(self, text: str) -> str:
        """The name of a state that never was a Member State, or nothing where the text names none."""
        return self._outside.get(_key(text), "")


def _key(text: str) -> str:
    plain = fold(text).replace(".", "").replace("-", " ")
    return _FORMAL_BEGINNING.sub("", plain) or plain
