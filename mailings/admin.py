"""Organisers' pages of the outbox and of the mail templates."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from conference.languages import OFFICIAL_LANGUAGES
from conference.models import Conference
from conference.organiser_admin import (
    Button,
    OfferedFilter,
    OrganiserAdmin,
    ReadOnlyAdmin,
    ask,
    carry_out,
    change_address,
    may,
    page,
)
from conference.requests import row_key
from mailings import frames, kinds, rendering, services
from mailings.models import Mail, MailTemplate
from mailings.sealing import keeps_secrets
from mailings.states import UNSETTLED, MailStatus

change_mail = permission_required("mailings.change_mail", raise_exception=True)
view_mail = permission_required("mailings.view_mail", raise_exception=True)
change_template = permission_required("mailings.change_mailtemplate", raise_exception=True)


def kind_label(kind: str) -> str:
    """What the kind of a mail is called."""
    known = kinds.registered().get(kind)
    return str(known.label) if known else kind


# The outbox ------------------------------------------------------------------------------------


class KindFilter(OfferedFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((kind.name, kind.label) for kind in kinds.registered().values()), ("account", _("Signing in"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class MailStateFilter(OfferedFilter):
    title = gettext_lazy("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("unsettled", _("failed or uncertain")), ("bounced", _("came back")), *MailStatus.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        if self.value() == "unsettled":
            return queryset.unsettled()
        if self.value() == "bounced":
            return queryset.exclude(bounced_at=None)
        return queryset.filter(status=self.value()) if self.value() else queryset


def _shown_secrets(mail: Mail) -> dict[str, Any]:
    """Personal links, only where the outbox is the mailbox: elsewhere they are for their addressees alone."""
    return mail.secrets() if keeps_secrets() else {}


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    list_display = ("subject", "recipients", "kind_name", "status", "bounced", "written", "sent", "error")
    list_filter = (MailStateFilter, KindFilter, "conference")
    search_fields = ("subject", "to")
    ordering = ("-pk",)
    list_defer = ("text", "html", "calendar", "sealed")
    lists_people = True
    fields = (
        "status",
        "error",
        "bounced_at",
        "recipients_to",
        "recipients_cc",
        "sender",
        "reply_to",
        "kind_name",
        "conference",
        "created_at",
        "not_before",
        "sent_at",
        "attempts",
        "message_id",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        """Sign-in codes are nobody's but their owner's; only who may see everything finds them here."""
        mails = super().get_queryset(request)
        return mails if request.user.is_superuser else mails.exclude(kind="account")

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("<int:pk>/html/", mail_html, name="html"),
            self.own_path("<int:pk>/send-again/", send_again, name="send_again"),
            self.own_path("<int:pk>/treat-as-sent/", treat_as_sent, name="treat_as_sent"),
            self.own_path("<int:pk>/release/", release_held, name="release"),
            self.own_path("<int:pk>/cancel/", cancel_held, name="cancel"),
            self.own_path("<int:pk>/bounced/", bounced, name="bounced"),
            *super().get_urls(),
        ]

    def buttons(self, request: HttpRequest, subject: Mail) -> list[Button]:
        if not may(request, "change", Mail):
            return []
        found = []
        if subject.status in UNSETTLED:
            found.append(Button(_("Send again"), self.own_address("send_again", subject.pk), look="primary"))
        if subject.status == MailStatus.UNCERTAIN:
            found.append(Button(_("Treat as sent"), self.own_address("treat_as_sent", subject.pk)))
        if subject.status == MailStatus.HELD:
            found.append(Button(_("Send"), self.own_address("release", subject.pk), look="primary"))
            found.append(
                Button(_("Cancel this mail"), self.own_address("cancel", subject.pk), asks=True, look="danger")
            )
        if subject.status == MailStatus.SENT and not subject.bounced_at:
            found.append(Button(_("It came back"), self.own_address("bounced", subject.pk), asks=True))
        return found

    def page_context(self, request: HttpRequest, subject: Mail) -> dict[str, object]:
        return {
            "text": rendering.fill_secrets(subject.text, _shown_secrets(subject), html=False),
            "html_url": self.own_address("html", subject.pk) if subject.html else "",
        }

    @admin.display(description=gettext_lazy("to"))
    def recipients(self, mail: Mail) -> str:
        return mail.recipients

    @admin.display(description=gettext_lazy("to"))
    def recipients_to(self, mail: Mail) -> str:
        return ", ".join(mail.to)

    @admin.display(description=gettext_lazy("copy to"))
    def recipients_cc(self, mail: Mail) -> str:
        return ", ".join(mail.cc) or self.get_empty_value_display()

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_name(self, mail: Mail) -> str:
        return kind_label(mail.kind)

    @admin.display(description=gettext_lazy("came back"))
    def bounced(self, mail: Mail) -> str:
        return _("yes") if mail.bounced_at else ""

    @admin.display(description=gettext_lazy("written"), ordering="created_at")
    def written(self, mail: Mail) -> Any:
        return mail.created_at

    @admin.display(description=gettext_lazy("sent"), ordering="sent_at")
    def sent(self, mail: Mail) -> Any:
        return mail.sent_at


@require_safe
@view_mail
def mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part, for the frame on the mail's page."""
    mail = get_object_or_404(_mails_for(request), pk=pk)
    return frames.html_frame(rendering.fill_secrets(mail.html, _shown_secrets(mail), html=True))


def _mails_for(request: HttpRequest) -> QuerySet[Mail]:
    return admin.site.get_model_admin(Mail).get_queryset(request)


@require_POST
@change_mail
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(_mails_for(request), pk=pk)
    return carry_out(
        request,
        lambda: services.send_again(mail, by=request.user),
        refusals=services.MailRefused,
        done=_("The mail is queued once more."),
        to=change_address(mail),
    )


@require_POST
@change_mail
def treat_as_sent(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(_mails_for(request), pk=pk)
    return carry_out(
        request,
        lambda: services.treat_as_sent(mail, by=request.user),
        refusals=services.MailRefused,
        done=_("The mail counts as sent."),
        to=change_address(mail),
    )


@require_POST
@change_mail
def release_held(request: HttpRequest, pk: int) -> HttpResponse:
    mail = get_object_or_404(_mails_for(request), pk=pk)
    return carry_out(
        request,
        lambda: services.release_held(mail, by=request.user),
        refusals=services.MailRefused,
        done=_("The mail is queued."),
        to=change_address(mail),
    )


@change_mail
def cancel_held(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first, since a cancelled mail cannot be sent any more."""
    mail = get_object_or_404(_mails_for(request), pk=pk)
    if request.method != "POST":
        return ask(
            request,
            title=_("Cancel this mail?"),
            subject=mail,
            submit=_("Cancel this mail"),
            explanation=_("It will not be sent, and this cannot be undone."),
            danger=True,
        )
    return carry_out(
        request,
        lambda: services.cancel_held(mail, by=request.user),
        refusals=services.MailRefused,
        done=_("The mail is cancelled."),
        to=change_address(mail),
    )


class BounceForm(forms.Form):
    detail = forms.CharField(label=gettext_lazy("What the answer says"), required=False, max_length=2000)


@change_mail
def bounced(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes by hand that the mail came back."""
    mail = get_object_or_404(_mails_for(request), pk=pk)
    form = BounceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        detail = form.cleaned_data["detail"] or _("noted by hand")
        return carry_out(
            request,
            lambda: services.record_bounce(mail, detail=detail, by=request.user),
            refusals=services.MailRefused,
            done=_("The mail counts as come back."),
            to=change_address(mail),
        )
    return ask(request, title=_("The mail came back"), subject=mail, form=form, submit=_("Note it"))


# Templates --------------------------------------------------------------------------------------


class TemplateChoice(forms.Form):
    """Which mail, in which language: the built-in words come from the answer."""

    conference = forms.ModelChoiceField(label=gettext_lazy("Conference"), queryset=Conference.objects.all())
    kind = forms.ChoiceField(label=gettext_lazy("Mail"), choices=lambda: [(k.name, k.label) for k in _kinds()])
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=OFFICIAL_LANGUAGES, initial="en")


def _kinds() -> list[kinds.MailKind]:
    return list(kinds.registered().values())


class MailTemplateForm(forms.ModelForm):
    kind = forms.ChoiceField(label=gettext_lazy("Mail"), choices=lambda: [(k.name, k.label) for k in _kinds()])

    class Meta:
        model = MailTemplate
        fields: ClassVar = ["conference", "kind", "language", "subject", "text", "html"]
        widgets: ClassVar = {"subject": forms.TextInput(attrs={"class": "wide"})}
        help_texts: ClassVar = {"text": gettext_lazy("**Words between stars** are bold in the HTML part.")}


@admin.register(MailTemplate)
class MailTemplateAdmin(OrganiserAdmin):
    form = MailTemplateForm
    list_display = ("kind_name", "language", "subject", "conference")
    list_filter = ("conference", "language")
    list_select_related = ("conference",)
    list_defer = ("text", "html")
    ordering = ("conference", "kind", "language")

    def get_urls(self) -> list[URLPattern]:
        return [self.own_path("preview/", preview, name="preview"), *super().get_urls()]

    @admin.display(description=gettext_lazy("mail"), ordering="kind")
    def kind_name(self, template: MailTemplate) -> str:
        return kind_label(template.kind)

    def get_readonly_fields(self, request: HttpRequest, obj: MailTemplate | None = None) -> tuple[str, ...]:
        # "kind" is not shown, but must not be taken from the form either.
        return ("conference", "kind", "kind_name", "language") if obj else ()

    def get_fields(self, request: HttpRequest, obj: MailTemplate | None = None) -> list[str]:
        return ["conference", "kind_name" if obj else "kind", "language", "subject", "text", "html"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        if initial.get("kind") in kinds.registered():
            words = rendering.builtin(initial["kind"])
            initial |= {"subject": words.subject, "text": words.text}
        return initial

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """First which mail, then its words: the built-in ones, to be changed."""
        if request.method == "GET" and request.GET.get("kind") not in kinds.registered():
            if not self.has_add_permission(request):
                return super().add_view(request, form_url, extra_context)
            return page(
                request,
                "admin/mailings/mailtemplate/choose.html",
                MailTemplate,
                title=_("Which mail do you want to reword?"),
                form=TemplateChoice(initial={"conference": Conference.objects.first()}),
            )
        return super().add_view(request, form_url, extra_context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        form = context["adminform"].form
        kind = kinds.registered().get(form.instance.kind or form["kind"].value())
        return super().render_change_form(
            request, {**context, "mail_kind": kind, "preview_url": self.own_address("preview")}, *args, **kwargs
        )

    def save_model(self, request: HttpRequest, obj: MailTemplate, form: Any, change: bool) -> None:
        services.save_template(obj, changed=form.changed_data if change else [], by=request.user)

    def delete_model(self, request: HttpRequest, obj: MailTemplate) -> None:
        services.delete_template(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[MailTemplate]) -> None:
        for template in queryset:
            services.delete_template(template, by=request.user)


@require_POST
@change_template
def preview(request: HttpRequest) -> HttpResponse:
    """The unsaved words with example values, for the frame below the form: HTML, or with `as=text` the text part."""
    conference = Conference.objects.filter(pk=row_key(request.POST.get("conference"))).first()
    kind = kinds.registered().get(request.POST.get("kind", ""))
    if conference is None or kind is None:
        return frames.text_frame(_("Choose conference and mail first."), subject="")
    text = request.POST.get("text", "")
    words = rendering.Words(
        request.POST.get("subject", ""), text, request.POST.get("html") or rendering.html_from_text(text)
    )
    rendered = services.preview_words(conference, kind, words)
    if request.POST.get("as") == "text":
        return frames.text_frame(rendered.text, subject=rendered.subject)
    return frames.html_frame(rendered.html, subject=rendered.subject)
