"""The Member States as facts: EU code, ISO code, names, protocol order, membership.

Source: the Interinstitutional Style Guide of the Publications Office (codes, own names, protocol order) and the
accession treaties (dates). The United Kingdom's last day was 31 January 2020.
"""

import datetime
from typing import NamedTuple


class State(NamedTuple):
    code: str
    iso_code: str
    name: str
    own_name: str
    member_from: datetime.date
    member_until: datetime.date | None = None


_FOUNDED = datetime.date(1958, 1, 1)
_1973, _1981, _1986, _1995 = (datetime.date(year, 1, 1) for year in (1973, 1981, 1986, 1995))
_2004, _2007, _2013 = datetime.date(2004, 5, 1), datetime.date(2007, 1, 1), datetime.date(2013, 7, 1)

# In protocol order: alphabetical by the name in the state's own language.
MEMBER_STATES = [
    State("BE", "BE", "Belgium", "Belgique/België", _FOUNDED),
    State("BG", "BG", "Bulgaria", "България", _2007),
    State("CZ", "CZ", "Czechia", "Česko", _2004),
    State("DK", "DK", "Denmark", "Danmark", _1973),
    State("DE", "DE", "Germany", "Deutschland", _FOUNDED),
    State("EE", "EE", "Estonia", "Eesti", _2004),
    State("IE", "IE", "Ireland", "Éire/Ireland", _1973),
    State("EL", "GR", "Greece", "Ελλάδα", _1981),
    State("ES", "ES", "Spain", "España", _1986),
    State("FR", "FR", "France", "France", _FOUNDED),
    State("HR", "HR", "Croatia", "Hrvatska", _2013),
    State("IT", "IT", "Italy", "Italia", _FOUNDED),
    State("CY", "CY", "Cyprus", "Κύπρος", _2004),
    State("LV", "LV", "Latvia", "Latvija", _2004),
    State("LT", "LT", "Lithuania", "Lietuva", _2004),
    State("LU", "LU", "Luxembourg", "Luxembourg", _FOUNDED),
    State("HU", "HU", "Hungary", "Magyarország", _2004),
    State("MT", "MT", "Malta", "Malta", _2004),
    State("NL", "NL", "Netherlands", "Nederland", _FOUNDED),
    State("AT", "AT", "Austria", "Österreich", _1995),
    State("PL", "PL", "Poland", "Polska", _2004),
    State("PT", "PT", "Portugal", "Portugal", _1986),
    State("RO", "RO", "Romania", "România", _2007),
    State("SI", "SI", "Slovenia", "Slovenija", _2004),
    State("SK", "SK", "Slovakia", "Slovensko", _2004),
    State("FI", "FI", "Finland", "Suomi/Finland", _1995),
    State("SE", "SE", "Sweden", "Sverige", _1995),
    State("UK", "GB", "United Kingdom", "United Kingdom", _1973, datetime.date(2020, 1, 31)),
]
