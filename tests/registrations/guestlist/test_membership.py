"""Which state a cell means."""

import pytest

from registrations.guestlist.membership import State, States

STATES = States(
    [
        State("EL", "GR", "Greece", "Ελλάδα", True),
        State("UK", "GB", "United Kingdom", "United Kingdom", False),
        State("CZ", "CZ", "Czechia", "Česko", True),
        State("NL", "NL", "Netherlands", "Nederland", True),
        State("DE", "DE", "Germany", "Deutschland", True),
        State("IE", "IE", "Ireland", "Éire", True),
    ]
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EL", "EL"),
        ("gr", "EL"),
        ("GREECE", "EL"),
        ("Ελλάδα", "EL"),
        ("Hellenic Republic", "EL"),
        ("UK", "UK"),
        ("U.K.", "UK"),
        ("GB", "UK"),
        ("Great Britain", "UK"),
        ("the United Kingdom", "UK"),
        ("Czechia", "CZ"),
        ("Czech Republic", "CZ"),
        ("The Czech Republic", "CZ"),
        ("cesko", "CZ"),
        ("The Netherlands", "NL"),
        ("Kingdom of the Netherlands", "NL"),
        ("Federal Republic of Germany", "DE"),
        ("Republic of Ireland", "IE"),
        ("éire", "IE"),
    ],
)
def test_a_state_by_code_and_by_name(text: str, code: str) -> None:
    state = STATES.find(text)
    assert state is not None
    assert state.code == code


@pytest.mark.parametrize("text", ["Atlantis", "XX", "", "The"])
def test_no_state(text: str) -> None:
    assert STATES.find(text) is None
    assert STATES.name_outside(text) == ""


@pytest.mark.parametrize(("text", "name"), [("NO", "Norway"), ("Switzerland", "Switzerland"), ("Turkey", "Türkiye")])
def test_states_that_never_were_members_are_told_from_slips(text: str, name: str) -> None:
    assert STATES.find(text) is None
    assert STATES.name_outside(text) == name
