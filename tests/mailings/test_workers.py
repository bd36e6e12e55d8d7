"""Workers as real processes: many at once, killed at the worst moment, and with a broker that is gone."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from mailings import delivery
from mailings.models import Mail
from mailings.states import MailStatus
from mailings.tasks import drain_outbox
from registrations.models import Invitation
from registrations.services import waves
from registrations.states import InvitationStatus, WaveStatus
from tests.factories import DelegationFactory, InvitationFactory, WaveFactory
from tests.mailings.jobs import ask_as_beat_does, claim_and_stall, drain, start_wave
from tests.processes import alone, celery_worker, environment, kill, race, running, wait_until
from tests.races.jobs import accept
from tests.servers import cable_to

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _nothing_waits_in_the_broker():
    if settings.REDIS_URL:
        with redis.Redis.from_url(settings.REDIS_URL) as server:
            server.delete("celery", "unacked", "unacked_index")


@pytest.fixture(autouse=True)
def _this_process_sends_nothing(monkeypatch):
    monkeypatch.setattr(drain_outbox, "apply_async", lambda *_args, **_options: None)


def wave_of(number: int):
    """A wave that is ready to be sent to so many delegations."""
    wave = WaveFactory()
    delegations = [
        DelegationFactory(conference=wave.conference, email=f"mayor{n}@city.example") for n in range(1, number + 1)
    ]
    waves.add_to_wave(wave, delegations, by=None)
    return wave


def count(*statuses: str) -> int:
    return Mail.objects.filter(status__in=statuses).count()


def let_leases_expire() -> None:
    Mail.objects.exclude(lease_until=None).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_eight_drainers_of_which_two_are_killed(smtp, write, tmp_path):
    mails = [write(f"mayor{number}@city.example") for number in range(300)]
    smtp.held = mails[0].to[0]
    env = environment(tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{smtp.port}")
    log = tmp_path / "drainers.log"
    with running(alone(drain), env, log=log) as sending:
        wait_until(lambda: len(smtp.received) == 1, what="the first drainer is in the middle of a mail")
        with running(alone(claim_and_stall), env, log=log) as stalled:
            claimed = 2 * delivery.BATCH - 1
            wait_until(lambda: count("claimed") == claimed, what="the second has claimed a batch")

            others = race(drain, [()] * 6, folder=tmp_path, variables={"EMAIL_URL": env["EMAIL_URL"]})
            kill(sending)
            kill(stalled)

    assert sum(others.values) == 200 == count("sent")
    assert (count("claimed"), count("sending")) == (claimed, 1)
    let_leases_expire()
    delivery.sweep()
    assert (count("queued"), count("uncertain")) == (claimed, 1)

    again = race(drain, [()] * 2, folder=tmp_path, variables={"EMAIL_URL": env["EMAIL_URL"]})

    assert sum(again.values) == claimed
    assert (count("sent"), count("uncertain")) == (299, 1)
    assert smtp.counts == {mail.to[0]: 1 for mail in mails}
    assert Mail.objects.get(status="uncertain") == mails[0]


def test_a_celery_worker_killed_in_the_middle_of_a_wave(smtp, tmp_path):
    wave = wave_of(150)
    smtp.seconds_per_answer = 0.02
    variables = {"EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}"}
    env, log = environment(tmp_path, **variables), tmp_path / "worker.log"
    with running(celery_worker(), env, log=log) as worker:
        race(start_wave, [(wave.pk,)], folder=tmp_path, variables=variables)
        wait_until(lambda: len(smtp.received) >= 40, what=f"40 mails are out; see {log}")
        kill(worker)
    assert 0 < count("sent") < 150
    assert count("claimed", "sending") > 0

    with running(celery_worker(), env, log=log):
        let_leases_expire()
        race(ask_as_beat_does, [()], folder=tmp_path, variables=variables)
        wait_until(
            lambda: count("sent", "uncertain") == 150 and not wave.invitations.filter(status="selected").exists(),
            what=f"all are out; see {log}",
        )

    wave.refresh_from_db()
    assert wave.status == WaveStatus.SENT
    assert set(wave.invitations.values_list("status", flat=True)) == {InvitationStatus.SENT}
    # Each thread of the worker had one mail between its first byte and its mark.
    assert count("uncertain") <= 2
    sent = {mail.to[0]: 1 for mail in Mail.objects.filter(status=MailStatus.SENT)}
    assert {address: smtp.counts[address] for address in sent} == sent
    assert max(smtp.counts.values()) == 1
    uncertain = {mail.to[0] for mail in Mail.objects.filter(status=MailStatus.UNCERTAIN)}
    assert set(smtp.counts) | uncertain == {f"mayor{number}@city.example" for number in range(1, 151)}


def test_two_workers_share_a_wave(smtp, tmp_path):
    wave = wave_of(120)
    variables = {"EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}"}
    env, log = environment(tmp_path, **variables), tmp_path / "worker.log"

    with running(celery_worker(), env, log=log), running(celery_worker(), env, log=log):
        race(start_wave, [(wave.pk,)], folder=tmp_path, variables=variables)
        wait_until(lambda: count("sent") == 120, what=f"all are out; see {log}")

    assert smtp.counts == {f"mayor{number}@city.example": 1 for number in range(1, 121)}
    assert waves.progress(wave).sent == 120


def test_a_reply_while_the_broker_is_down(smtp, tmp_path):
    invitation = InvitationFactory()
    nobody_listens = {"REDIS_URL": "redis://127.0.0.1:1/0"}

    result = race(accept, [(invitation.pk, 1, 2)], folder=tmp_path, variables=nobody_listens)

    assert result.values == ["confirmed, confirmed"]
    assert Invitation.objects.get().status == InvitationStatus.ACCEPTED
    # A notice to each of the two, and their confirmations, which go to the invited address until they confirm theirs.
    assert count("queued") == 4
    variables = {"EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}"}
    with running(celery_worker(), environment(tmp_path, **variables), log=tmp_path / "worker.log"):
        race(ask_as_beat_does, [()], folder=tmp_path, variables=variables)
        wait_until(lambda: count("sent") == 4, what=f"beat's next look sends them; see {tmp_path / 'worker.log'}")
    assert smtp.counts == {"guest1@city.example": 1, "guest2@city.example": 1, invitation.email: 2}


def test_a_worker_goes_on_once_the_broker_is_back(smtp, write, tmp_path):
    if not settings.REDIS_URL:
        pytest.skip("needs Redis: runs in the second part of the tests, with TEST_REDIS_URL")
    server, log = urlsplit(settings.REDIS_URL), tmp_path / "worker.log"
    with cable_to(server.hostname, server.port or 6379) as cable:
        behind = server._replace(netloc=f"127.0.0.1:{cable.port}").geturl()
        variables = {"EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}"}
        with running(celery_worker(), environment(tmp_path, REDIS_URL=behind, **variables), log=log):
            write("first@city.example")
            race(ask_as_beat_does, [()], folder=tmp_path, variables=variables)
            wait_until(lambda: count("sent") == 1, what=f"the worker is at work; see {log}")
            cable.pull()
            write("second@city.example")
            race(ask_as_beat_does, [()], folder=tmp_path, variables=variables)
            cable.plug_in()

            wait_until(lambda: count("sent") == 2, what=f"it asks the broker again; see {log}")
