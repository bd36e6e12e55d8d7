"""What other systems and people who type call a session, as one of our kinds."""

from agenda.kinds import Role, SessionKind

# In this order: a “lunch break” is lunch.
_WORDS: tuple[tuple[SessionKind, tuple[str, ...]], ...] = (
    (SessionKind.LUNCH, ("lunch", "dinner", "mittag", "déjeuner", "dejeuner", "meal")),
    (
        SessionKind.REGISTRATION,
        ("registration", "accreditation", "check-in", "doors open", "shuttle", "arrival", "accueil", "anmeldung"),
    ),
    (
        SessionKind.MARKET_PLACE,
        ("market", "exhibition", "poster", "fair", "networking", "reception", "marché", "markt"),
    ),
    (SessionKind.COFFEE_BREAK, ("coffee", "break", "pause", "tea", "kaffee", "café", "pausa")),
    (SessionKind.WELCOME, ("welcome", "begrüßung", "bienvenue")),
    (SessionKind.OPENING, ("opening", "keynote", "eröffnung", "ouverture")),
    (SessionKind.CLOSING, ("closing", "closure", "conclusion", "farewell", "abschluss", "clôture")),
    (SessionKind.DEBATE, ("debate", "débat", "debatte", "q&a", "fishbowl")),
    (SessionKind.PANEL, ("panel",)),
)
_BEFORE_SPEECH = (SessionKind.WELCOME, SessionKind.OPENING, SessionKind.CLOSING, SessionKind.DEBATE)
_PANEL_TYPES = ("panel", "discussion", "debate", "podium", "round table", "roundtable")


def named_kind(text: str) -> SessionKind | None:
    """The kind that a word or two name, None where they name none."""
    folded = " ".join(text.casefold().split())
    for kind in SessionKind:
        if folded in {kind.value, kind.name.casefold(), str(kind.label).casefold()}:
            return kind
    return next((kind for kind, words in _WORDS if any(word in folded for word in words)), None)


def guess_kind(type_name: str, title: str, *, has_people: bool) -> SessionKind:
    """From the type, else from the title; what is left is a panel.

    A session with people is no break because of its title (“Break the silence”), and a talk about an opening is none
    unless its title begins with the word.
    """
    named = named_kind(type_name)
    if named is not None:
        return named
    folded = title.casefold()
    for kind, words in _WORDS:
        if has_people and not (kind in _BEFORE_SPEECH and folded.startswith(words)):
            continue
        if any(word in folded for word in words):
            return kind
    return SessionKind.PANEL


def guess_role(kind: SessionKind, type_name: str) -> Role:
    """Of people whose role a file does not say: who discusses is a panellist, who talks a speaker."""
    folded = type_name.casefold()
    if kind in {SessionKind.PANEL, SessionKind.DEBATE} and any(word in folded for word in _PANEL_TYPES):
        return Role.PANELLIST
    return Role.SPEAKER
