"""Whose registrations a request may see and change: those of the user who is signed in, or of a link's grant."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.reach import LINK_GRANT
from registrations import grants
from registrations.grants import Grant
from registrations.models import Invitation, Participant
from registrations.services.replies import by_link


@dataclass(frozen=True)
class Scope:
    """`user` is None for a grant. Everything that these pages read or change comes from `people` and `invitations`."""

    user: User | None
    people: QuerySet[Participant]
    invitations: QuerySet[Invitation]
    grants: list[Grant] = field(default_factory=list)

    def author(self, invitation: Invitation | None) -> dict[str, Any]:
        """Who changes something, as services and the history want to know it."""
        if self.user or invitation is None:
            return {"by": self.user}
        return {"by": None, "by_label": by_link(invitation)}

    def grant_for(self, invitation: int | None) -> Grant | None:
        return next((grant for grant in self.grants if grant.invitation == invitation), None)


def scope_of(request: HttpRequest) -> Scope | None:
    """None for visitors without an account or a grant. Users who are signed in reach what is theirs and no more."""
    if request.user.is_authenticated:
        people = Participant.objects.managed_by(request.user)
        return Scope(request.user, people, Invitation.objects.managed_by(request.user))
    present = grants.present(request.session)
    if not present:
        return None
    people = Participant.objects.filter(
        pk__in=[person for grant in present for person in grant.people],
        invitation__in=[grant.invitation for grant in present],
    )
    invitations = Invitation.objects.filter(pk__in=[grant.invitation for grant in present])
    return Scope(None, people, invitations, present)


def within_scope(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Calls the view with the scope of the request. Visitors without one, and for whatever their grant does not reach,
    are asked to sign in; those who are signed in get the view's own 404."""

    @wraps(view)
    def wrapped(request: HttpRequest, **which: Any) -> HttpResponse:
        scope = scope_of(request)
        if scope and (scope.user or LINK_GRANT.allows(request.resolver_match.view_name)):
            try:
                return view(request, scope, **which)
            except Http404:
                if scope.user:
                    raise
        return redirect_to_login(request.get_full_path())

    return login_not_required(never_cache(wrapped))
