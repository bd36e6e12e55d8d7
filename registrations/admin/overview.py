"""The organisers' start page: numbers that link to the rows they count, next dates, jobs, decisions."""

from dataclasses import dataclass

from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conference.models import Conference, Page
from conference.organiser_admin import change_address, list_address, may
from mailings.models import Mail
from registrations import queries, start_page
from registrations.admin.waves import progress_in_words
from registrations.models import Delegation, Invitation, Participant, Wave
from registrations.services import arrivals, waves
from registrations.start_page import Coming, ToDecide
from registrations.states import ParticipantStatus


@dataclass(frozen=True)
class Cell:
    """A number, and the list of what it counts."""

    number: int
    url: str = ""


@dataclass(frozen=True)
class Bar:
    """A number against a limit. Widths are in hundredths of the picture, which shows the larger of both whole."""

    label: str
    number: int
    limit: int

    @property
    def width(self) -> int:
        return round(100 * self.number / max(self.number, self.limit, 1))

    @property
    def mark(self) -> int:
        return round(100 * self.limit / max(self.number, self.limit, 1))

    @property
    def words(self) -> str:
        return _("%(number)d of %(limit)d") % {"number": self.number, "limit": self.limit}


def context(request: HttpRequest) -> dict[str, object]:
    """What the start page shows besides the list of all that can be opened; nothing to who may not see guests."""
    if not may(request, "view", Delegation):
        return {}
    conference = queries.chosen_conference(request.GET.get("conference", ""))
    if conference is None:
        return {"is_organiser": True, "may_add_conference": may(request, "add", Conference)}
    others = start_page.of(conference, request.user)
    sums = queries.category_sums(conference)
    total = queries.total(sums)
    return {
        "is_organiser": True,
        "conference": conference,
        "conferences": list(Conference.objects.only("slug", "title", "held_on")[:50]),
        "days_left": (conference.held_on - conference.today).days,
        "lines": [(line.label, _cells(conference, vars(line), line.category)) for line in sums],
        "total": _cells(conference, total),
        "bars": _bars(conference, total["confirmed"]),
        "category_bars": [Bar(line.label, line.confirmed, line.seats) for line in sums if line.seats],
        "events": _events(conference, [item for item in others if isinstance(item, Coming)]),
        "jobs": [_job(wave) for wave in queries.waves_at_work(conference)],
        "drafts": [(wave, change_address(wave)) for wave in queries.waves_in_preparation(conference)],
        "imports": [
            (upload, reverse("admin:registrations_guestlist_import_review", args=[upload.pk]))
            for upload in queries.pending_imports(conference)
        ],
        "import_url": _import_address(request, conference),
        "decisions": [
            *(_decision(conference, decision) for decision in queries.decisions(conference)),
            *(item for item in others if isinstance(item, ToDecide)),
        ],
        "areas": start_page.areas(conference, request.user),
        "balance_url": _balance_address(request, conference),
        "arrivals_url": _arrivals_address(request, conference),
        "has_guests": total["delegations"] > 0,
        "has_waves": conference.waves.exists(),
        "add_wave_url": f"{reverse('admin:registrations_wave_add')}?conference={conference.pk}",
        "delegations_url": list_address(Delegation, conference__id__exact=conference.pk),
        "add_delegation_url": f"{reverse('admin:registrations_delegation_add')}?conference={conference.pk}",
    }


def _events(conference: Conference, others: list[Coming]) -> list[tuple[queries.Event | Coming, int]]:
    """What comes next, with the days until then."""
    events = sorted([*queries.next_events(conference), *others], key=lambda event: event.on)
    return [(event, event.days_from(conference.today)) for event in events]


def _balance_address(request: HttpRequest, conference: Conference) -> str:
    if not may(request, "view", Wave):
        return ""
    return reverse("admin:registrations_balancesettings_standing", args=[conference.pk])


def _arrivals_address(request: HttpRequest, conference: Conference) -> str:
    """Where guests are checked in, once that is open."""
    if not (may(request, "view", Participant) and arrivals.is_open(conference)):
        return ""
    return reverse("admin:registrations_participant_arrivals", args=[conference.pk])


def _import_address(request: HttpRequest, conference: Conference) -> str:
    """Where a guest list is uploaded, for those who may."""
    if not (may(request, "add", Delegation) and may(request, "change", Delegation)):
        return ""
    return f"{reverse('admin:registrations_guestlist_import')}?conference={conference.pk}"


@dataclass(frozen=True)
class Job:
    """A wave on its way."""

    name: str
    status: str
    url: str
    words: str
    done: int
    total: int


def _job(wave: Wave) -> Job:
    numbers = waves.progress(wave)
    return Job(
        name=wave.name,
        status=wave.get_status_display(),
        url=change_address(wave),
        words=progress_in_words(numbers),
        done=numbers.sent,
        total=numbers.total,
    )


def _cells(conference: Conference, numbers: dict[str, int], category: str = "") -> list[Cell]:
    """One line of the table, in the order of its columns."""
    filters: dict[str, object] = {"conference__id__exact": conference.pk}
    if category:
        filters["category__exact"] = category

    def of(model: type[models.Model], name: str, **more: object) -> Cell:
        return Cell(numbers[name], list_address(model, **filters, **more))

    return [
        of(Delegation, "delegations"),
        *(of(Delegation, name, state=name) for name in ("never", "invited", "accepted", "declined", "open")),
        of(Participant, "waiting", status__exact=ParticipantStatus.WAITING),
        of(Participant, "confirmed", status__exact=ParticipantStatus.CONFIRMED),
        Cell(numbers["seats"]),
    ]


def _bars(conference: Conference, confirmed: int) -> list[Bar]:
    return [
        Bar(_("Target"), confirmed, conference.target),
        Bar(_("With tolerance"), confirmed, conference.capacity),
        Bar(_("Hard limit"), confirmed, conference.hard_limit),
    ]


def _decision(conference: Conference, decision: queries.Decision) -> ToDecide:
    here = {"conference__id__exact": conference.pk}
    number = decision.number
    match decision.name:
        case "no-privacy-statement":
            add = f"{reverse('admin:conference_page_add')}?conference={conference.pk}&kind={Page.Kind.PRIVACY}"
            return ToDecide(_("There is no privacy statement yet: no wave can be sent."), add)
        case "uncertain-mails":
            words = ngettext(
                "%d mail is uncertain: its worker ended while sending it.",
                "%d mails are uncertain: their worker ended while sending them.",
                number,
            )
            url = list_address(Mail, **here, state="uncertain")
        case "failed-mails":
            words = ngettext("%d mail failed.", "%d mails failed.", number)
            url = list_address(Mail, **here, state="failed")
        case "bounced":
            words = ngettext(
                "%d invitation came back: another address is needed.",
                "%d invitations came back: other addresses are needed.",
                number,
            )
            url = list_address(Invitation, **here, needs="address")
        case "proposals":
            words = ngettext("%d refusal proposes somebody else.", "%d refusals propose somebody else.", number)
            url = list_address(Invitation, **here, needs="decision")
        case "ending-soon":
            words = ngettext(
                "%d invitation without an answer lapses within three days.",
                "%d invitations without an answer lapse within three days.",
                number,
            )
            url = list_address(Invitation, **here, needs="reminder")
        case "waiting-for-a-seat":
            words = ngettext(
                "%d person waits for a seat of their delegation: you could give it one more.",
                "%d people wait for a seat of their delegation: you could give it more.",
                number,
            )
            url = list_address(
                Participant,
                **here,
                status__exact=ParticipantStatus.WAITING,
                waiting_for__exact=Participant.WaitingFor.DELEGATION,
            )
        case "no-address":
            words = ngettext(
                "%d delegation was never invited and has no e-mail address.",
                "%d delegations were never invited and have no e-mail address.",
                number,
            )
            url = list_address(Delegation, **here, state="no-address")
        case unknown:
            raise ValueError(unknown)
    return ToDecide(words % number, url)
