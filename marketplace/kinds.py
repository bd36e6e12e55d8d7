"""Which kind of stand a delegation has."""

from marketplace.models import StandKind
from registrations.models import Category, Delegation, Organisation

_OF_ORGANISATIONS = {
    Organisation.Kind.NETWORK: StandKind.NETWORK,
    Organisation.Kind.INTERNATIONAL_ORGANISATION: StandKind.NETWORK,
    Organisation.Kind.PROGRAMME: StandKind.PROGRAMME,
    Organisation.Kind.PROJECT: StandKind.PROJECT,
    Organisation.Kind.INITIATIVE: StandKind.PROJECT,
    Organisation.Kind.INSTITUTION: StandKind.INSTITUTION,
}


def kinds_of(delegation: Delegation) -> list[StandKind]:
    """What the delegation may apply as, the likeliest first. A city is a city: its number is limited for itself."""
    if delegation.category == Category.CITY:
        return [StandKind.CITY]
    likeliest = StandKind.INSTITUTION
    if delegation.organisation:
        likeliest = _OF_ORGANISATIONS[Organisation.Kind(delegation.organisation.kind)]
    return [likeliest, *(kind for kind in StandKind if kind not in {likeliest, StandKind.CITY})]
