"""The states of applications for a stand, and which follow which. docs/states.md is generated from here."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApplicationStatus(models.TextChoices):
    DRAFT = "draft", _("being written")
    SUBMITTED = "submitted", _("submitted")
    SHORTLISTED = "shortlisted", _("on the shortlist")
    ACCEPTED = "accepted", _("accepted")
    WAITING = "waiting", _("on the waiting list")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")


_DECIDED = {ApplicationStatus.ACCEPTED, ApplicationStatus.WAITING, ApplicationStatus.DECLINED}

APPLICATION_TRANSITIONS: dict[str, set[str]] = {
    ApplicationStatus.DRAFT: {ApplicationStatus.SUBMITTED, ApplicationStatus.WITHDRAWN},
    ApplicationStatus.SUBMITTED: {ApplicationStatus.SHORTLISTED, ApplicationStatus.WITHDRAWN, *_DECIDED},
    # Back to submitted: taken off the shortlist.
    ApplicationStatus.SHORTLISTED: {ApplicationStatus.SUBMITTED, ApplicationStatus.WITHDRAWN, *_DECIDED},
    ApplicationStatus.WAITING: {
        ApplicationStatus.ACCEPTED,
        ApplicationStatus.DECLINED,
        ApplicationStatus.WITHDRAWN,
    },
    ApplicationStatus.ACCEPTED: {ApplicationStatus.WITHDRAWN},
}
