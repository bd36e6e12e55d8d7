"""What organisers look at: the sums of the start page, the columns of long lists, and the filters that both share."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conference.models import Conference, Page
from mailings.models import Mail
from mailings.states import UNDER_WAY, MailStatus
from registrations.models import (
    Category,
    Delegation,
    DelegationQuerySet,
    GuestListImport,
    Invitation,
    InvitationQuerySet,
    Participant,
    Wave,
)
from registrations.states import InvitationStatus, ParticipantStatus, WaveStatus

# Something was sent to the delegation, whatever came of it.
WENT_OUT = [
    InvitationStatus.SENT,
    InvitationStatus.ACCEPTED,
    InvitationStatus.DECLINED,
    InvitationStatus.LAPSED,
    InvitationStatus.WITHDRAWN,
]
# Time left in which a reminder or a later date can still help.
ENDING_WITHIN = datetime.timedelta(days=3)


# Filters: the same words choose rows of a list and stand behind the numbers of the start page -----------

_StateOf = tuple[str | Promise, Callable[[DelegationQuerySet], DelegationQuerySet]]

DELEGATION_STATES: Mapping[str, _StateOf] = {
    "never": (_("never invited"), lambda found: found.never_invited()),
    "selected": (_("selected, not sent"), lambda found: found.with_invitation(InvitationStatus.SELECTED)),
    "invited": (_("invited"), lambda found: found.with_invitation(*WENT_OUT)),
    "open": (_("no answer yet"), lambda found: found.with_invitation(InvitationStatus.SENT)),
    "accepted": (_("accepted"), lambda found: found.with_invitation(InvitationStatus.ACCEPTED)),
    "declined": (_("declined"), lambda found: found.with_invitation(InvitationStatus.DECLINED)),
    "lapsed": (_("lapsed"), lambda found: found.with_invitation(InvitationStatus.LAPSED)),
    "withdrawn": (_("withdrawn"), lambda found: found.with_invitation(InvitationStatus.WITHDRAWN)),
    "bounced": (
        _("mail came back"),
        lambda found: found.filter(
            Exists(bounced_and_open(Invitation.objects.filter(delegation=OuterRef("pk"))).order_by())
        ),
    ),
    "waiting": (_("someone waits"), lambda found: found.with_participant(ParticipantStatus.WAITING)),
    "confirmed": (_("someone is confirmed"), lambda found: found.with_participant(ParticipantStatus.CONFIRMED)),
    "reserve": (_("on the reserve list"), lambda found: found.filter(on_reserve=True)),
    "no-address": (
        _("never invited, without an e-mail address"),
        lambda found: found.never_invited().filter(email=""),
    ),
}


def bounced_and_open(invitations: InvitationQuerySet) -> InvitationQuerySet:
    """Unanswered invitations whose mail came back: another address is needed."""
    return invitations.unanswered().exclude(bounced_at=None)


def with_open_proposal(invitations: InvitationQuerySet) -> InvitationQuerySet:
    """Declined with a proposed substitute who was not invited since."""
    invited = Invitation.objects.filter(
        delegation=OuterRef("delegation"), email__iexact=OuterRef("substitute_email")
    ).exclude(status=InvitationStatus.REVOKED)
    return invitations.filter(
        ~Q(substitute_name="") | ~Q(substitute_email=""), ~Exists(invited), status=InvitationStatus.DECLINED
    )


def ending_soon(invitations: InvitationQuerySet) -> InvitationQuerySet:
    """Unanswered invitations that lapse within three days."""
    return invitations.unanswered().filter(reply_by__lte=timezone.localdate() + ENDING_WITHIN)


# Columns of a page of delegations -------------------------------------------------------------


@dataclass
class Standing:
    """What a list says of one delegation."""

    occupied: int = 0
    waiting: int = 0
    invitation: str = ""
    bounced: bool = False


def standings(delegations: Iterable[Delegation]) -> Mapping[int, Standing]:
    """The standing of each of these delegations, by number; two queries, however many they are."""
    found: defaultdict[int, Standing] = defaultdict(Standing)
    numbers = [delegation.pk for delegation in delegations]
    newest_last = Invitation.objects.filter(delegation__in=numbers).order_by("pk")
    for delegation, status, bounced_at in newest_last.values_list("delegation", "status", "bounced_at"):
        found[delegation].invitation = status
        found[delegation].bounced = bounced_at is not None and status == InvitationStatus.SENT
    counted = (
        Delegation.objects.filter(pk__in=numbers)
        .values_list("pk")
        .annotate(
            occupied=Count("participants", filter=Q(participants__status=ParticipantStatus.CONFIRMED)),
            waiting=Count("participants", filter=Q(participants__status=ParticipantStatus.WAITING)),
        )
        .order_by()
    )
    for delegation, occupied, waiting in counted:
        found[delegation].occupied, found[delegation].waiting = occupied, waiting
    return found


def replies_by_wave(waves: Iterable[Wave]) -> Mapping[int, Mapping[str, int]]:
    """How many invitations of each wave are in which status, by number of the wave; one query."""
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    counted = Invitation.objects.filter(wave__in=[wave.pk for wave in waves]).order_by()
    for wave, status, number in counted.values_list("wave", "status").annotate(number=Count("pk")):
        found[wave][status] = number
    return found


def positions(participants: Iterable[Participant]) -> Mapping[int, int]:
    """Where those of them who wait stand in their lines, by number, as `places.position` counts; one query."""
    waiting = [participant for participant in participants if participant.status == ParticipantStatus.WAITING]
    if not waiting:
        return {}
    line = Participant.objects.waiting().filter(conference__in={participant.conference_id for participant in waiting})
    found: dict[int, int] = {}
    in_conference: Counter[int] = Counter()
    in_delegation: Counter[int] = Counter()
    for pk, conference, delegation, waiting_for in line.values_list("pk", "conference", "delegation", "waiting_for"):
        in_conference[conference] += 1
        in_delegation[delegation] += 1
        own = waiting_for == Participant.WaitingFor.DELEGATION
        found[pk] = in_delegation[delegation] if own else in_conference[conference]
    return found


# The start page ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class CategorySums:
    """One line of the start page's table. The first six count delegations, the others people and seats."""

    category: str
    delegations: int = 0
    invited: int = 0
    accepted: int = 0
    declined: int = 0
    open: int = 0
    never: int = 0
    waiting: int = 0
    confirmed: int = 0
    seats: int = 0

    @property
    def label(self) -> str:
        return str(Category(self.category).label)


COUNTED = ["delegations", "invited", "accepted", "declined", "open", "never", "waiting", "confirmed", "seats"]


@dataclass(frozen=True)
class Decision:
    """Something that only an organiser can decide."""

    name: str
    number: int


@dataclass(frozen=True)
class Event:
    """What happens next, and to how many invitations."""

    on: datetime.date
    kind: str
    wave: Wave | None = None
    number: int = 0

    def days_from(self, today: datetime.date) -> int:
        return (self.on - today).days


def category_sums(conference: Conference) -> list[CategorySums]:
    """Invited, accepted … per category, in four queries."""
    sums: dict[str, dict[str, int]] = {category: {} for category in Category.values}
    delegations = conference.delegations.order_by()
    for row in delegations.values("category").annotate(delegations=Count("pk"), seats=Sum("seats")):
        sums[row.pop("category")] |= row
    answered = (
        conference.invitations.order_by()
        .values(category=F("delegation__category"))
        .annotate(
            invited=Count("delegation", distinct=True, filter=Q(status__in=WENT_OUT)),
            accepted=Count("delegation", distinct=True, filter=Q(status=InvitationStatus.ACCEPTED)),
            declined=Count("delegation", distinct=True, filter=Q(status=InvitationStatus.DECLINED)),
            open=Count("delegation", distinct=True, filter=Q(status=InvitationStatus.SENT)),
        )
    )
    for row in answered:
        sums[row.pop("category")] |= row
    for row in delegations.never_invited().values("category").annotate(never=Count("pk")):
        sums[row.pop("category")] |= row
    people = (
        conference.participants.order_by()
        .values("category")
        .annotate(
            waiting=Count("pk", filter=Q(status=ParticipantStatus.WAITING)),
            confirmed=Count("pk", filter=Q(status=ParticipantStatus.CONFIRMED)),
        )
    )
    for row in people:
        sums[row.pop("category")] |= row
    return [CategorySums(category, **found) for category, found in sums.items()]


def total(sums: Iterable[CategorySums]) -> dict[str, int]:
    """The last line of the table."""
    lines = list(sums)
    return {name: sum(getattr(line, name) for line in lines) for name in COUNTED}


def next_events(conference: Conference) -> list[Event]:
    """Reply-by dates with open invitations, automatic reminders and the day itself, in order."""
    today = conference.today
    found = [Event(conference.held_on, "conference")] if conference.held_on >= today else []
    by_wave: defaultdict[int | None, list[tuple[datetime.date, int]]] = defaultdict(list)
    for wave_id, reply_by, number in (
        conference.invitations.unanswered()
        .filter(reply_by__gte=today)
        .order_by("reply_by")
        .values_list("wave", "reply_by")
        .annotate(number=Count("pk"))
    ):
        by_wave[wave_id].append((reply_by, number))
    waves = Wave.objects.in_bulk([wave_id for wave_id in by_wave if wave_id])
    for wave_id, dates in by_wave.items():
        wave = waves.get(wave_id) if wave_id else None
        for reply_by, number in dates:
            found.append(Event(reply_by, "reply-by", wave, number))
            if wave and wave.remind_days_before is not None:
                reminder = reply_by - datetime.timedelta(days=wave.remind_days_before)
                if reminder >= today:
                    found.append(Event(reminder, "reminder", wave, number))
    return sorted(found, key=lambda event: (event.on, event.kind))


def waves_at_work(conference: Conference) -> QuerySet[Wave]:
    """Waves that are being sent or paused, or whose last mails are still on their way."""
    # By status alone: few mails are on their way, and the index on it finds them among all that were ever sent.
    mails = Mail.objects.filter(status__in=[*UNDER_WAY, MailStatus.HELD])
    campaigns = mails.order_by().values_list("campaign", flat=True).distinct()
    numbers = [int(name.removeprefix("wave:")) for name in campaigns if name.startswith("wave:")]
    return conference.waves.filter(Q(status__in=[WaveStatus.SENDING, WaveStatus.PAUSED]) | Q(pk__in=numbers))


def waves_in_preparation(conference: Conference) -> QuerySet[Wave]:
    """Drafts, each with the number of delegations `chosen` for it."""
    drafts = conference.waves.filter(status=WaveStatus.DRAFT)
    return drafts.annotate(
        chosen=Count("invitations", filter=Q(invitations__status=InvitationStatus.SELECTED))
    ).order_by("reply_by", "pk")


def pending_imports(conference: Conference) -> QuerySet[GuestListImport]:
    """Guest lists that were checked and neither applied nor discarded."""
    return conference.guest_list_imports.filter(status=GuestListImport.Status.PENDING).defer("content", "report")


def decisions(conference: Conference) -> list[Decision]:
    """What waits for an organiser; only what there is something of."""
    invitations = conference.invitations.order_by()
    waiting = conference.participants.waiting().order_by()
    # By status alone, as above.
    unsettled = dict(
        Mail.objects.unsettled()
        .order_by()
        .values_list("status")
        .annotate(number=Count("pk", filter=Q(conference=conference)))
    )
    numbers = {
        "no-privacy-statement": 0 if conference.pages.filter(kind=Page.Kind.PRIVACY).exists() else 1,
        "uncertain-mails": unsettled.get(MailStatus.UNCERTAIN, 0),
        "failed-mails": unsettled.get(MailStatus.FAILED, 0),
        "bounced": bounced_and_open(invitations).count(),
        "proposals": with_open_proposal(invitations).count(),
        "ending-soon": ending_soon(invitations).count(),
        "waiting-for-a-seat": waiting.filter(waiting_for=Participant.WaitingFor.DELEGATION).count(),
        "no-address": DELEGATION_STATES["no-address"][1](conference.delegations.all()).count(),
    }
    return [Decision(name, number) for name, number in numbers.items() if number]


def chosen_conference(slug: str) -> Conference | None:
    """The conference of this address; else the next one, else the last one."""
    conferences = Conference.objects.select_related("venue")
    if slug and (named := conferences.filter(slug=slug).first()):
        return named
    coming = conferences.filter(held_on__gte=timezone.localdate()).order_by("held_on", "slug").first()
    return coming or conferences.order_by("-held_on", "slug").first()
