"""Organisers' pages of the invitations: what became of each, and what can be done about it."""

import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from conference import history
from conference.models import Conference
from conference.organiser_admin import (
    Button,
    OfferedFilter,
    OrganiserAdmin,
    ask,
    carry_out,
    change_address,
    may,
    show_link_once,
    succeeds,
)
from conference.transitions import TransitionRefused
from mailings.models import Mail
from registrations.admin.waves import remind_all
from registrations.forms import AddressField, DeclineForm, ReplyForm, people_formset
from registrations.models import Category, Invitation, InvitationLink
from registrations.queries import bounced_and_open, ending_soon, with_open_proposal
from registrations.services import invitations, organising, replies
from registrations.states import InvitationStatus

change_invitation = permission_required("registrations.change_invitation", raise_exception=True)

REFUSALS = (invitations.InvitationRefused, replies.ReplyRefused, TransitionRefused)
# What an organiser may still record an answer for.
CAN_ACCEPT = {
    InvitationStatus.SENT,
    InvitationStatus.DECLINED,
    InvitationStatus.LAPSED,
    InvitationStatus.WITHDRAWN,
}
CAN_DECLINE = {InvitationStatus.SENT, InvitationStatus.LAPSED}


class NeedsFilter(OfferedFilter):
    title = gettext_lazy("what it needs")
    parameter_name = "needs"
    CHOICES: ClassVar = {
        "address": (gettext_lazy("another address"), bounced_and_open),
        "decision": (gettext_lazy("a decision on the proposal"), with_open_proposal),
        "reminder": (gettext_lazy("an answer within three days"), ending_soon),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, label) for name, (label, _choose) in self.CHOICES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        chosen = self.CHOICES.get(self.value() or "")
        return chosen[1](queryset) if chosen else queryset


class CategoryFilter(OfferedFilter):
    title = gettext_lazy("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Category.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(delegation__category=self.value()) if self.value() else queryset


class InvitationForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields: ClassVar = ["note"]


@admin.register(Invitation)
class InvitationAdmin(OrganiserAdmin):
    """Typed into is the note alone; all else changes by the buttons."""

    lists_people = True
    form = InvitationForm
    list_display = (
        "delegation_name",
        "status",
        "email",
        "wave",
        "reply_by",
        "sent_at",
        "opened_at",
        "replied_at",
        "bounced_at",
    )
    list_filter = (NeedsFilter, "conference", "status", CategoryFilter, "wave")
    list_select_related = ("delegation", "wave")
    list_defer = ("draft", "message", "note", "copy_to", "delegation__remarks")
    search_fields = ("email", "delegation__name")
    search_help_text = gettext_lazy("Delegation or e-mail address")
    ordering = ("-pk",)
    actions: ClassVar = ["remind_chosen"]
    change_form_template = "admin/registrations/invitation/change_form.html"
    fieldsets = (
        (
            None,
            {"fields": ("delegation_name", "status", "wave", "reply_by", "seats", "holds_seats", "email", "copies")},
        ),
        (
            gettext_lazy("What happened"),
            {"fields": ("opened_at", "bounced_at", "lapsed_at", "replied_at", "reply_channel", "draft_saved_at")},
        ),
        (
            gettext_lazy("The answer"),
            {
                "fields": (
                    "message",
                    "assistant_name",
                    "assistant_email",
                    "substitute_name",
                    "substitute_function",
                    "substitute_email",
                )
            },
        ),
        (gettext_lazy("For organisers"), {"fields": ("note",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> list[str]:
        return [name for _title, options in self.fieldsets for name in options["fields"] if name != "note"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        mails = Mail.objects.filter(
            pk__in=InvitationLink.objects.filter(invitation=OuterRef(OuterRef("pk"))).values("mail")
        ).exclude(sent_at=None)
        return (
            super().get_queryset(request).annotate(last_sent=Subquery(mails.order_by("-sent_at").values("sent_at")[:1]))
        )

    @admin.display(description=gettext_lazy("delegation"), ordering="delegation__name")
    def delegation_name(self, invitation: Invitation) -> str:
        return invitation.delegation.name

    @admin.display(description=gettext_lazy("mail sent"))
    def sent_at(self, invitation: Any) -> datetime.datetime | None:
        return invitation.last_sent

    @admin.display(description=gettext_lazy("copies to"))
    def copies(self, invitation: Invitation) -> str:
        return ", ".join(invitation.copy_to) or self.get_empty_value_display()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Invitations come from waves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    @admin.action(description=gettext_lazy("Remind those without an answer"), permissions=["change"])
    def remind_chosen(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> HttpResponse:
        """A reminder to each of the ticked that is still open."""
        return remind_all(request, list(queryset), to=request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        organising.set_note(obj, obj.note, by=request.user)

    def get_urls(self) -> list[URLPattern]:
        views = {
            "send": send,
            "resend": resend,
            "revoke": revoke,
            "extend": extend,
            "bounced": bounced,
            "accept": accept,
            "decline": decline,
            "substitute": substitute,
            "remind": remind,
            "link": link,
        }
        return [
            *(self.own_path(f"<int:pk>/{name}/", view, name=name) for name, view in views.items()),
            *super().get_urls(),
        ]

    def buttons(self, request: HttpRequest, subject: Invitation) -> list[Button]:
        if not may(request, "change", Invitation):
            return []

        def button(label: str, name: str, *, asks: bool = True, look: str = "") -> Button:
            return Button(label, self.own_address(name, subject.pk), asks=asks, look=look)

        status, found = subject.status, []
        if status == InvitationStatus.SELECTED and subject.wave is None:
            found.append(button(_("Send now"), "send", asks=False, look="primary"))
        if status in CAN_ACCEPT:
            found.append(button(_("Record an acceptance"), "accept", look="primary"))
        if status in CAN_DECLINE:
            found.append(button(_("Record a refusal"), "decline"))
        if status == InvitationStatus.DECLINED and subject.substitute_email:
            found.append(button(_("Invite the proposed person"), "substitute"))
        if status == InvitationStatus.SENT:
            found += [button(_("Remind"), "remind", asks=False), button(_("Send again"), "resend")]
        if status in {InvitationStatus.SENT, InvitationStatus.LAPSED}:
            found.append(button(_("Extend"), "extend"))
        if status == InvitationStatus.SENT and not subject.bounced_at:
            found.append(button(_("The mail came back"), "bounced", asks=False))
        if status not in {InvitationStatus.SELECTED, InvitationStatus.REVOKED}:
            found.append(button(_("Link to pass on"), "link"))
        if status == InvitationStatus.SENT:
            found.append(button(_("Revoke"), "revoke", look="danger"))
        return found

    def page_context(self, request: HttpRequest, subject: Invitation) -> dict[str, object]:
        mails = Mail.objects.filter(pk__in=subject.links.values("mail"))
        return {
            "links": subject.links.order_by("pk"),
            "mails": mails.defer("text", "html", "sealed", "calendar").order_by("pk"),
            "participants": subject.participants.order_by("pk"),
            "entries": history.of(subject)[:20],
        }


def _invitation(pk: int) -> Invitation:
    return get_object_or_404(Invitation.objects.select_related("conference__venue", "delegation", "wave"), pk=pk)


def _done(request: HttpRequest, invitation: Invitation, change: Any, done: str) -> HttpResponse:
    return carry_out(request, change, refusals=REFUSALS, done=done, to=change_address(invitation))


@require_POST
@change_invitation
def send(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = _invitation(pk)
    return _done(
        request, invitation, lambda: invitations.send_one(invitation, by=request.user), _("The invitation is queued.")
    )


class ResendForm(forms.Form):
    email = AddressField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("With another address the earlier links end; with the same one they stay good."),
    )


@change_invitation
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Once more, to a corrected address if need be."""
    invitation = _invitation(pk)
    form = ResendForm(request.POST or None, initial={"email": invitation.email}, label_suffix="")
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if succeeds(form, lambda: invitations.resend(invitation, email=email, by=request.user), refusals=REFUSALS):
            return _said(request, invitation, _("The invitation is queued once more."))
    return ask(request, title=_("Send the invitation again"), subject=invitation, form=form, submit=_("Send again"))


def _said(request: HttpRequest, invitation: Invitation, done: str) -> HttpResponse:
    return _done(request, invitation, lambda: None, done)


@change_invitation
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: the links end at once."""
    invitation = _invitation(pk)
    if request.method == "POST":
        return _done(
            request,
            invitation,
            lambda: invitations.revoke(invitation, by=request.user),
            _("The invitation is revoked."),
        )
    return ask(
        request,
        title=_("Revoke this invitation?"),
        subject=invitation,
        submit=_("Revoke the invitation"),
        danger=True,
        explanation=_("Its links end, and its seats become free at once. No mail says so."),
    )


class _DateForm(forms.Form):
    reply_by = forms.DateField(
        label=gettext_lazy("Reply by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, conference: Conference, initial: datetime.date, **kwargs: Any) -> None:
        last = conference.held_on - datetime.timedelta(days=1)
        super().__init__(*args, initial={"reply_by": min(initial, last)}, label_suffix="", **kwargs)


def _in_two_weeks(invitation: Invitation) -> datetime.date:
    return invitation.conference.today + datetime.timedelta(weeks=2)


@change_invitation
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = _invitation(pk)
    form = _DateForm(request.POST or None, conference=invitation.conference, initial=_in_two_weeks(invitation))
    if request.method == "POST" and form.is_valid():
        reply_by = form.cleaned_data["reply_by"]
        if succeeds(form, lambda: invitations.extend(invitation, reply_by, by=request.user), refusals=REFUSALS):
            return _said(request, invitation, _("The new reply-by date is saved."))
    return ask(
        request,
        title=_("A later reply-by date"),
        subject=invitation,
        form=form,
        submit=_("Extend"),
        explanation=_("No mail says so by itself. A lapsed invitation is open again if its seats are still free."),
    )


@require_POST
@change_invitation
def bounced(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = _invitation(pk)
    return _done(
        request,
        invitation,
        lambda: invitations.mark_bounced(invitation, by=request.user, detail=_("noted by hand")),
        _("Noted. Send the invitation again to another address."),
    )


@require_POST
@change_invitation
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = _invitation(pk)
    return remind_all(request, [invitation], to=change_address(invitation))


class ChannelForm(forms.Form):
    channel = forms.ChoiceField(
        label=gettext_lazy("How did they reply?"),
        choices=[choice for choice in Invitation.Channel.choices if choice[0] != Invitation.Channel.WEB],
        widget=forms.RadioSelect,
        initial=Invitation.Channel.PHONE,
    )


@change_invitation
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Records an acceptance by telephone or letter with the people it names."""
    invitation = _invitation(pk)
    data = request.POST or None
    channel, reply = ChannelForm(data, label_suffix=""), ReplyForm(data)
    # Consents are the person's own: they give them on their registration page.
    people = people_formset(invitation, data, consents=False)
    # All three are checked, so that all errors show at once.
    if request.method == "POST" and all([channel.is_valid(), people.is_valid(), reply.is_valid()]):

        def record() -> None:
            replies.accept(
                invitation,
                people.people(),
                by=request.user,
                channel=channel.cleaned_data["channel"],
                **reply.cleaned_data,
            )

        if succeeds(channel, record, refusals=REFUSALS):
            return _said(request, invitation, _("The acceptance is recorded, and those named get a mail."))
    return ask(
        request,
        title=_("Record an acceptance"),
        subject=invitation,
        submit=_("Record the acceptance"),
        template="admin/registrations/invitation/accept.html",
        form=channel,
        people=people,
        reply=reply,
        invitation=invitation,
    )


@change_invitation
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Records a refusal by telephone or letter."""
    invitation = _invitation(pk)
    channel, refusal = ChannelForm(request.POST or None, label_suffix=""), DeclineForm(request.POST or None)
    if request.method == "POST" and all([channel.is_valid(), refusal.is_valid()]):

        def record() -> None:
            replies.decline(
                invitation,
                by=request.user,
                channel=channel.cleaned_data["channel"],
                message=refusal.cleaned_data["message"],
                substitute=refusal.substitute(),
            )

        if succeeds(channel, record, refusals=REFUSALS):
            return _said(request, invitation, _("The refusal is recorded."))
    return ask(
        request,
        title=_("Record a refusal"),
        subject=invitation,
        submit=_("Record the refusal"),
        template="admin/registrations/invitation/decline.html",
        form=channel,
        refusal=refusal,
    )


@change_invitation
def substitute(request: HttpRequest, pk: int) -> HttpResponse:
    """Invites whom the delegation proposed."""
    invitation = _invitation(pk)
    form = _DateForm(request.POST or None, conference=invitation.conference, initial=_in_two_weeks(invitation))
    if request.method == "POST" and form.is_valid():
        made: list[Invitation] = []

        def invite() -> None:
            reply_by = form.cleaned_data["reply_by"]
            made.append(invitations.invite_substitute(invitation, reply_by=reply_by, by=request.user))

        if succeeds(form, invite, refusals=REFUSALS):
            return _said(request, made[0], _("The invitation is queued."))
    return ask(
        request,
        title=_("Invite the proposed person"),
        subject=invitation,
        form=form,
        submit=_("Send the invitation"),
        explanation=_("%(name)s, %(function)s, at %(email)s, for the same seats as far as they are free.")
        % {
            "name": invitation.substitute_name,
            "function": invitation.substitute_function or "–",
            "email": invitation.substitute_email,
        },
    )


@change_invitation
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link, made by a POST and shown once."""
    invitation = _invitation(pk)
    return show_link_once(
        request,
        invitation,
        lambda: invitations.show_link(invitation, by=request.user),
        refusals=invitations.InvitationRefused,
        explanation=_(
            "Whoever has it can reply for %(delegation)s. It is shown once; the history says that you took it."
        )
        % {"delegation": invitation.delegation.name},
        back_label=_("Back to the invitation"),
    )
