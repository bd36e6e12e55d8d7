"""What processes beside the test do with the outbox."""

import time

from mailings import delivery


def drain() -> int:
    return delivery.drain()


def start_wave(wave: int) -> None:
    """As the organiser's button does: the worker is asked after the commit."""
    from registrations.models import Wave
    from registrations.services import waves

    waves.start_wave(Wave.objects.get(pk=wave), by=None)


def ask_as_beat_does() -> None:
    """Asks the worker for what beat asks it each minute."""
    from mailings.tasks import sweep
    from registrations.tasks import continue_waves

    sweep.delay()
    continue_waves.delay()


def claim_and_stall() -> None:
    """Claims a batch and gets no further."""
    delivery._claim()
    time.sleep(600)
