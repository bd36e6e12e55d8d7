"""Background jobs. Each takes ids, tolerates what is gone meanwhile, and can run twice or beside itself."""

from celery import shared_task

from registrations.guestlist import applying
from registrations.models import Wave
from registrations.services import invitations, reserve, retention, waves
from registrations.states import WaveStatus


@shared_task
def send_wave(wave_id: int) -> None:
    """Issues the invitations of a wave batch by batch, until it is done or paused."""
    while waves.issue_next(wave_id):
        pass


@shared_task
def continue_waves() -> None:
    """Every minute: waves whose worker died or whose message was lost go on where they stopped."""
    for wave_id in Wave.objects.filter(status=WaveStatus.SENDING).values_list("pk", flat=True):
        send_wave(wave_id)


@shared_task
def send_due_reminders() -> None:
    invitations.send_due_reminders()


@shared_task
def lapse_invitations() -> None:
    invitations.lapse_due()


@shared_task
def promote_from_reserve(invitation_id: int) -> None:
    """Invites a city in the place of one that will not come, where the organiser wants that."""
    reserve.promote(invitation_id)


@shared_task
def promote_due() -> None:
    """Every ten minutes: refusals of which no worker heard."""
    reserve.promote_due()


@shared_task
def delete_special_needs() -> None:
    retention.delete_special_needs()


@shared_task
def read_guest_list(upload_id: int) -> None:
    """One uploaded guest list."""
    applying.read_import(upload_id)


@shared_task
def continue_guest_lists() -> None:
    """Every minute: guest lists whose message was lost, and those whose worker was killed."""
    for upload_id in applying.imports_due():
        applying.read_import(upload_id)
