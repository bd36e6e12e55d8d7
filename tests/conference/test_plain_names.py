"""Names and functions hold no addresses: they go out in mails that the representative does not write."""

import pytest
from django.core.exceptions import ValidationError

from conference.plain_names import holds_address, validate_plain_name


@pytest.mark.parametrize(
    "name",
    [
        "pay your fee at http://fees.example/now",
        "HTTPS://FEES.EXAMPLE",
        "www.fees.example",
        "www .fees",
        "see bit.ly/x",
        "t.co",
        "example.com",
        "Mayor (example.org)",
        "example．com",
        "example。com",
        "exam\u200bple.c\u200bom",
        "example[.]com",
        "example (dot) com",
        "ехаmple.ru",
        "пример.рф",
        "xn--e1afmkfd.xn--p1ai",
        "fees.example/now",
        "a.b.city.eu.",
        "city.co.uk",
        "192.168.1.1",
        "mayor@city",
        "mayor [at] city",
        "mailto:mayor",
        "mayor＠city.eu",
        "Example .com",
    ],
)
def test_addresses_are_refused(name):
    with pytest.raises(ValidationError, match="cannot contain web addresses"):
        validate_plain_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "St. Gallen",
        "Dr. h.c. Müller",
        "Dr.h.c.",
        "Prof.Dr.Anna Müller",
        "Dipl.-Ing.Müller",
        "Dr.in Maria Huber",
        "Ing.et Mgr. Jan Novák",
        "J.Ch. Andersen",
        "J. R. R. Tolkien",
        "J.R.R.",
        "S.p.A.",
        "Vice-Mayor for Youth/Sport",
        "Head of unit 3.2, security",
        "Deputy mayor: culture",
        "O’Neill-Ó Súilleabháin",
        "Marcel·lí Àngel",
        "Владимир Παπαδόπουλος",
        "Sint-Jans-Molenbeek / Molenbeek-Saint-Jean",
        "Saint-Gilles (Sint-Gillis)",
        "Mayor, 2020–2026",
        "Mag.a (FH) Eva Maier, MSc",
        "Adv. gen. at the court",
    ],
)
def test_names_pass(name):
    validate_plain_name(name)

    assert not holds_address(name)


@pytest.mark.parametrize("name", ["Jana\nBcc: x", "Jana\r", "Ja\0na", "Jana\u2028Novák", "Jana\tNovák"])
def test_names_are_one_line(name):
    with pytest.raises(ValidationError, match="one line"):
        validate_plain_name(name)
