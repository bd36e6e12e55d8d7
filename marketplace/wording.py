"""The proposed shortlist in words."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.choosing import Candidate, Choice, Left
from marketplace.models import StandKind

# So many passed applications are named.
TOLD = 3


def mark(candidate: Candidate) -> str:
    return _("no marks yet") if candidate.mark is None else f"{candidate.mark:.1f}"


def reason_for(choice: Choice, names: Mapping[int, str], states: Mapping[str, str]) -> str:
    """Why an application is proposed, in a sentence or two."""
    candidate = choice.candidate
    kind = StandKind(candidate.kind).label
    if candidate.mark is None:
        words = [_("no marks yet, but there is room")]
    else:
        words = [
            _("mark %(mark).1f, number %(rank)d of its kind (%(kind)s)")
            % {"mark": candidate.mark, "rank": choice.rank, "kind": kind}
        ]
    if candidate.member_state:
        state = states.get(candidate.member_state, candidate.member_state)
        if choice.of_state:
            words.append(
                ngettext(
                    "%(state)s has %(number)d stand already",
                    "%(state)s has %(number)d stands already",
                    choice.of_state,
                )
                % {"state": state, "number": choice.of_state}
            )
        else:
            words.append(_("the first of %(state)s") % {"state": state})
    if candidate.size and not choice.of_size:
        words.append(_("the first of its size"))
    if choice.passed:
        told = [names[one.key] for one in choice.passed[:TOLD]]
        more = len(choice.passed) - len(told)
        if more:
            told.append(ngettext("%d more", "%d more", more) % more)
        words.append(
            _("before better marked ones whose Member State or size has stands already: %(names)s")
            % {"names": ", ".join(told)}
        )
    return _sentence(words)


def reason_against(left: Left, states: Mapping[str, str]) -> str:
    """Why an application is not proposed."""
    candidate = left.candidate
    words = []
    if candidate.mark is None:
        words.append(_("no marks yet"))
    else:
        words.append(_("mark %(mark).1f, number %(rank)d of its kind") % {"mark": candidate.mark, "rank": left.rank})
    if candidate.member_state and left.of_state:
        words.append(
            ngettext(
                "%(state)s has %(number)d stand in this proposal",
                "%(state)s has %(number)d stands in this proposal",
                left.of_state,
            )
            % {"state": states.get(candidate.member_state, candidate.member_state), "number": left.of_state}
        )
    if left.full:
        words.append(_("all stands of the kind “%(kind)s” are given") % {"kind": StandKind(left.full).label})
    else:
        words.append(_("all stands are given"))
    return _sentence(words)


def _sentence(words: list[str]) -> str:
    joined = "; ".join(words)
    return f"{joined[:1].upper()}{joined[1:]}."
