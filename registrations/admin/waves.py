"""Organisers' pages of the waves: whom they invite, how the mail reads, and how far sending is."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from conference import history
from conference.models import Conference
from conference.organiser_admin import (
    Button,
    OrganiserAdmin,
    ask,
    carry_out,
    change_address,
    list_address,
    may,
    page,
)
from conference.requests import row_key, whole_numbers
from mailings import frames
from mailings import services as outbox
from mailings.rendering import Rendered
from registrations import emails
from registrations.models import Delegation, Invitation, InvitationLink, Wave
from registrations.queries import DELEGATION_STATES, WENT_OUT, replies_by_wave
from registrations.services import invitations, organising, waves
from registrations.states import InvitationStatus, WaveStatus

change_wave = permission_required("registrations.change_wave", raise_exception=True)
view_wave = permission_required("registrations.view_wave", raise_exception=True)

REFUSALS = (invitations.InvitationRefused, organising.WaveRefused)


class WaveForm(forms.ModelForm):
    class Meta:
        model = Wave
        fields: ClassVar = ["conference", "name", "reply_by", "remind_days_before"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        conference = data.get("conference") or (self.instance.conference if self.instance.pk else None)
        reply_by = data.get("reply_by")
        is_new = conference and reply_by and "reply_by" in self.changed_data
        if is_new and not conference.today <= reply_by < conference.held_on:
            self.add_error("reply_by", _("Choose a day from today on and before the conference."))
        return data


@admin.register(Wave)
class WaveAdmin(OrganiserAdmin):
    form = WaveForm
    refusals = (organising.WaveRefused,)
    list_display = ("name", "conference", "status", "reply_by", "chosen", "sent", "accepted", "declined")
    list_filter = ("conference", "status")
    list_select_related = ("conference",)
    search_fields = ("name",)
    ordering = ("-pk",)
    change_form_template = "admin/registrations/wave/change_form.html"
    fields = ("conference", "name", "reply_by", "remind_days_before")

    def prepare_rows(self, rows: list[Wave]) -> None:
        found = replies_by_wave(rows)
        for wave in rows:
            wave.counts = found.get(wave.pk, {})  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("selected"))
    def chosen(self, wave: Any) -> int:
        return wave.counts.get(InvitationStatus.SELECTED, 0)

    @admin.display(description=gettext_lazy("sent"))
    def sent(self, wave: Any) -> int:
        return sum(wave.counts.get(status, 0) for status in WENT_OUT)

    @admin.display(description=gettext_lazy("accepted"))
    def accepted(self, wave: Any) -> int:
        return wave.counts.get(InvitationStatus.ACCEPTED, 0)

    @admin.display(description=gettext_lazy("declined"))
    def declined(self, wave: Any) -> int:
        return wave.counts.get(InvitationStatus.DECLINED, 0)

    def get_readonly_fields(self, request: HttpRequest, obj: Wave | None = None) -> tuple[str, ...]:
        return ("conference",) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        newest = Conference.objects.order_by("-held_on").values_list("pk", flat=True).first()
        return {"conference": newest, **super().get_changeform_initial_data(request)}

    def has_delete_permission(self, request: HttpRequest, obj: Wave | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and obj.status == WaveStatus.DRAFT and not obj.invitations.exists()

    def save_model(self, request: HttpRequest, obj: Wave, form: Any, change: bool) -> None:
        organising.save_wave(obj, changed=form.changed_data, by=request.user)

    def delete_model(self, request: HttpRequest, obj: Wave) -> None:
        organising.delete_wave(obj, by=request.user)

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("<int:pk>/progress/", progress, name="progress"),
            self.own_path("<int:pk>/send/", send, name="send"),
            self.own_path("<int:pk>/pause/", pause, name="pause"),
            self.own_path("<int:pk>/retry/", retry, name="retry"),
            self.own_path("<int:pk>/remind/", remind, name="remind"),
            self.own_path("<int:pk>/remove/", remove, name="remove"),
            self.own_path("<int:pk>/preview/", preview, name="preview"),
            self.own_path("<int:pk>/preview/html/", preview_html, name="preview_html"),
            *super().get_urls(),
        ]

    def page_context(self, request: HttpRequest, subject: Wave) -> dict[str, object]:
        chosen = subject.invitations.select_related("delegation").order_by("delegation__name", "pk")
        return {
            **_at_work(request, subject),
            "rows": Paginator(chosen, self.list_per_page).get_page(request.GET.get("p")),
            "may_change": may(request, "change", Wave),
            "selected": InvitationStatus.SELECTED,
            "unanswered": InvitationStatus.SENT,
            "entries": history.of(subject)[:10],
            "ways_to_choose": [
                (label, list_address(Delegation, conference__id__exact=subject.conference_id, state=state))
                for state, (label, _choose) in DELEGATION_STATES.items()
                if state in {"never", "declined", "lapsed"}
            ],
        }


def _at_work(request: HttpRequest, wave: Wave) -> dict[str, object]:
    """What changes while a wave is being sent: its numbers and what can be done."""
    numbers = waves.progress(wave)
    address = {name: reverse(f"admin:registrations_wave_{name}", args=[wave.pk]) for name in WAVE_ACTIONS}
    buttons = []
    if may(request, "change", Wave):
        if wave.status in {WaveStatus.DRAFT, WaveStatus.SENT} and numbers.selected:
            buttons.append(Button(_("Send …"), address["send"], asks=True, look="primary"))
        if wave.status == WaveStatus.PAUSED:
            buttons.append(Button(_("Resume …"), address["send"], asks=True, look="primary"))
        if wave.status == WaveStatus.SENDING:
            buttons.append(Button(_("Pause"), address["pause"]))
        if numbers.failed:
            buttons.append(Button(_("Retry the failed"), address["retry"]))
    if numbers.total:
        buttons.append(Button(_("Preview the mail"), address["preview"], asks=True))
    under_way = wave.status == WaveStatus.SENDING or (wave.status != WaveStatus.PAUSED and numbers.queued > 0)
    return {
        "wave": wave,
        "numbers": numbers,
        "words": progress_in_words(numbers),
        "under_way": under_way,
        "progress_url": address["progress"],
        "wave_buttons": buttons,
    }


WAVE_ACTIONS = ["send", "pause", "retry", "preview", "progress"]


def progress_in_words(numbers: waves.Progress) -> str:
    """Such as “214 of 300 sent, 2 failed”."""
    words = [_("%(sent)d of %(total)d sent") % {"sent": numbers.sent, "total": numbers.total}]
    for number, word in [
        (numbers.selected, _("%d selected")),
        (numbers.queued, _("%d queued")),
        (numbers.held, _("%d held back")),
        (numbers.failed, _("%d failed")),
        (numbers.uncertain, _("%d uncertain")),
    ]:
        if number:
            words.append(word % number)
    return ", ".join(words)


@require_safe
@view_wave
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the wave's page that shows how far it is; asked for every two seconds while there is something."""
    wave = get_object_or_404(Wave, pk=pk)
    context = {**_at_work(request, wave), "polled": True}
    response = HttpResponse(render_to_string("admin/registrations/wave/progress.html", context, request))
    if not context["under_way"]:
        # The table below shows what became of each.
        response["HX-Refresh"] = "true"
    return response


@change_wave
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Says how many mails go to whom, and starts or resumes sending."""
    wave = get_object_or_404(Wave.objects.select_related("conference"), pk=pk)
    selected = wave.invitations.filter(status=InvitationStatus.SELECTED)
    sums = selected.aggregate(mails=Count("pk"), delegations=Count("delegation", distinct=True), seats=Sum("seats"))
    if request.method == "POST":
        return carry_out(
            request,
            lambda: waves.start_wave(wave, by=request.user),
            refusals=REFUSALS,
            done=_("Sending has begun."),
            to=change_address(wave),
        )
    resumed = wave.status == WaveStatus.PAUSED
    return ask(
        request,
        title=_("Resume sending?") if resumed else _("Send this wave?"),
        subject=wave,
        submit=_("Resume sending")
        if resumed
        else ngettext("Send %d mail", "Send %d mails", sums["mails"]) % sums["mails"],
        template="admin/registrations/wave/send.html",
        sums={**sums, "seats": sums["seats"] or 0},
        wave=wave,
        held=waves.progress(wave).held,
    )


@require_POST
@change_wave
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    wave = get_object_or_404(Wave, pk=pk)
    return carry_out(
        request,
        lambda: waves.pause_wave(wave, by=request.user),
        refusals=REFUSALS,
        done=_("Paused. Mails that a worker holds already still go out."),
        to=change_address(wave),
    )


@require_POST
@change_wave
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    wave = get_object_or_404(Wave, pk=pk)
    return carry_out(
        request,
        lambda: organising.retry_failed(wave, by=request.user),
        refusals=REFUSALS,
        done=_("The failed mails are queued again."),
        to=change_address(wave),
    )


@require_POST
@change_wave
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """A reminder to those of the wave that are ticked; only the unanswered get one."""
    wave = get_object_or_404(Wave, pk=pk)
    ticked = list(wave.invitations.filter(pk__in=whole_numbers(request.POST.getlist("invitation"))))
    return remind_all(request, ticked, to=change_address(wave))


def remind_all(request: HttpRequest, ticked: list[Invitation], *, to: str) -> HttpResponse:
    """Reminds, and says how many; the service leaves out who has answered or is too late."""
    written = invitations.remind(ticked, by=request.user)
    if written:
        messages.success(request, ngettext("%d reminder is queued.", "%d reminders are queued.", written) % written)
    else:
        messages.warning(request, _("Nobody of these can be reminded: no answer is due from them."))
    return redirect(to)


@require_POST
@change_wave
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes one delegation out before it was sent."""
    wave = get_object_or_404(Wave, pk=pk)
    invitation = get_object_or_404(
        wave.invitations.select_related("delegation"), pk=row_key(request.POST.get("invitation"))
    )
    return carry_out(
        request,
        lambda: organising.remove_from_wave(invitation, by=request.user),
        refusals=REFUSALS,
        done=_("%(name)s is no longer in this wave.") % {"name": invitation.delegation.name},
        to=change_address(wave),
    )


def _previewed(request: HttpRequest, wave: Wave) -> tuple[Invitation, Rendered]:
    """The mail to the chosen one of the wave's invitations, else the first."""
    of_wave = wave.invitations.select_related("delegation").order_by("delegation__name", "pk")
    number = row_key(request.GET.get("invitation"))
    if number:
        invitation = get_object_or_404(of_wave, pk=number)
    else:
        invitation = get_object_or_404(of_wave, pk=of_wave.values_list("pk", flat=True).first())
    draft = emails.invitation_draft(
        invitation,
        wave.conference,
        purpose=InvitationLink.Purpose.INVITATION,
        number=0,
        link=invitations.link_address("preview"),
    )
    return invitation, outbox.preview(wave.conference, draft)


@require_safe
@view_wave
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail as one of the delegations would get it. Nothing is written; its link leads nowhere."""
    wave = get_object_or_404(Wave.objects.select_related("conference__venue"), pk=pk)
    invitation, mail = _previewed(request, wave)
    numbers = list(wave.invitations.order_by("delegation__name", "pk").values_list("pk", flat=True))
    position = numbers.index(invitation.pk)
    return page(
        request,
        "admin/registrations/wave/preview.html",
        Wave,
        title=_("Preview of the mail"),
        subject=wave,
        back=change_address(wave),
        invitation=invitation,
        mail=mail,
        text=mail.text,
        html_url=f"{reverse('admin:registrations_wave_preview_html', args=[pk])}?invitation={invitation.pk}",
        position=position + 1,
        total=len(numbers),
        previous=numbers[position - 1] if position else None,
        following=numbers[position + 1] if position + 1 < len(numbers) else None,
    )


@require_safe
@view_wave
def preview_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part, for the frame on the preview."""
    wave = get_object_or_404(Wave.objects.select_related("conference__venue"), pk=pk)
    return frames.html_frame(_previewed(request, wave)[1].html)
