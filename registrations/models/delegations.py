"""Cities, organisations, institutions and Member States at one conference, and how many seats each has."""

from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from conference.languages import OFFICIAL_LANGUAGES
from conference.models import City, Conference, MemberState


class Organisation(models.Model):
    """An organisation, an initiative or an EU institution."""

    class Kind(models.TextChoices):
        NETWORK = "network", _("network")
        INTERNATIONAL_ORGANISATION = "international organisation", _("international organisation")
        PROGRAMME = "programme", _("programme")
        PROJECT = "project", _("project")
        INITIATIVE = "initiative", _("initiative")
        INSTITUTION = "institution", _("EU institution")

    name = models.CharField(_("name"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    website = models.URLField(_("website"), blank=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Category(models.TextChoices):
    CITY = "city", _("Cities")
    ORGANISATION = "organisation", _("Organisations and initiatives")
    INSTITUTION = "institution", _("EU institutions")
    MEMBER_STATE = "member_state", _("Member States")


class Experience(models.TextChoices):
    STARTING = "starting", _("starting")
    DEVELOPING = "developing", _("developing")
    ADVANCED = "advanced", _("advanced")


# Seats of a new delegation; an organiser changes them one by one.
DEFAULT_SEATS = {Category.CITY: 2, Category.ORGANISATION: 1, Category.INSTITUTION: 1, Category.MEMBER_STATE: 1}


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def in_category(self, category: str) -> "DelegationQuerySet":
        return self.filter(category=category)

    # The models of those who refer to a delegation are loaded after it.
    def never_invited(self) -> "DelegationQuerySet":
        from registrations.models.invitations import Invitation

        return self.filter(~Exists(Invitation.objects.filter(delegation=OuterRef("pk"))))

    def with_invitation(self, *statuses: str) -> "DelegationQuerySet":
        from registrations.models.invitations import Invitation

        return self.filter(Exists(Invitation.objects.filter(delegation=OuterRef("pk"), status__in=statuses)))

    def with_participant(self, *statuses: str) -> "DelegationQuerySet":
        from registrations.models.participants import Participant

        return self.filter(Exists(Participant.objects.filter(delegation=OuterRef("pk"), status__in=statuses)))


class Delegation(models.Model):
    """A city, organisation, institution or Member State at one conference. It owns the numbered seats 1 to `seats`."""

    conference = models.ForeignKey(
        Conference, on_delete=models.PROTECT, related_name="delegations", verbose_name=_("conference")
    )
    category = models.CharField(_("category"), max_length=12, choices=Category)
    city = models.ForeignKey(City, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("city"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("organisation")
    )
    member_state = models.ForeignKey(
        MemberState,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("Member State"),
        help_text=_("The state itself, or the one in which the city lies."),
    )
    name = models.CharField(_("name"), max_length=200, help_text=_("As it stands in lists and mails."))
    seats = models.PositiveSmallIntegerField(_("seats"))

    salutation = models.CharField(
        _("salutation"), max_length=200, blank=True, help_text=_("Begins every mail, such as “Dear Mayor,”.")
    )
    contact_function = models.CharField(_("contact"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    copy_to = models.JSONField(_("copies to"), default=list, blank=True)
    language = models.CharField(_("language of mails"), max_length=2, choices=OFFICIAL_LANGUAGES, default="en")
    has_strategy = models.BooleanField(_("strategy"), null=True, blank=True)
    has_multi_agency = models.BooleanField(_("multi-agency work"), null=True, blank=True)
    has_dedicated_staff = models.BooleanField(_("dedicated staff"), null=True, blank=True)
    has_evaluation = models.BooleanField(_("evaluated programme"), null=True, blank=True)
    # For organisers only: never published, since who is called a beginner will not come again.
    experience = models.CharField(
        _("experience"),
        max_length=10,
        choices=Experience,
        blank=True,
        help_text=_("Empty: from the four answers. For organisers only; it is never published."),
    )
    took_part_before = models.BooleanField(
        _("took part before"),
        null=True,
        blank=True,
        help_text=_("Unknown: whether somebody of this city was confirmed at an earlier conference here."),
    )
    tags = models.JSONField(
        _("own groups"), default=list, blank=True, help_text=_("Such as: port, border region. With commas between.")
    )
    on_reserve = models.BooleanField(
        _("on the reserve list"),
        default=False,
        help_text=_("May be invited in the place of a city that declines; automatically, where the balance says so."),
    )
    wants_stand = models.BooleanField(_("stand at the market place"), null=True, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            models.Index(fields=["conference", "category", "name", "id"], name="delegation_list"),
            models.Index(fields=["conference", "name", "id"], name="delegation_by_name"),
            models.Index(fields=["name", "id"], name="delegation_of_all"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["conference", "city"],
                name="delegation_unique_city",
                violation_error_message=_("This city has a delegation at this conference already."),
            ),
            models.UniqueConstraint(
                fields=["conference", "organisation"],
                name="delegation_unique_organisation",
                violation_error_message=_("This organisation has a delegation at this conference already."),
            ),
            models.UniqueConstraint(
                fields=["conference", "member_state"],
                condition=Q(category="member_state"),
                name="delegation_unique_member_state",
                violation_error_message=_("This Member State has a delegation at this conference already."),
            ),
            models.CheckConstraint(
                condition=Q(category="city", city__isnull=False, member_state__isnull=False, organisation=None)
                | Q(category__in=["organisation", "institution"], organisation__isnull=False, city=None)
                | Q(category="member_state", member_state__isnull=False, city=None, organisation=None),
                name="delegation_is_what_its_category_says",
                violation_error_message=_("Name the city, the organisation or the Member State of this delegation."),
            ),
            models.CheckConstraint(
                condition=~Q(category="member_state") | Q(seats__lte=1),
                name="delegation_of_member_state_has_one_seat",
                violation_error_message=_("A Member State has one seat."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
