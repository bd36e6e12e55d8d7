"""Organisers' pages of the blocks: opened on the programme's breaks, changed with a preview, closed."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from agenda.queries import newest_release
from conference import history
from conference.models import Conference
from conference.organiser_admin import Button, carry_out, may, page
from meetings.admin.addresses import address, home_address
from meetings.admin.forms import BlockForm, suggested_tables
from meetings.breaks import ProgrammeBreak, breaks_of
from meetings.models import Block, MeetingRules
from meetings.services import blocks as service
from meetings.services.following import break_in, moved_along
from meetings.services.places import PlacesRefused

change_rules = permission_required("meetings.change_meetingrules", raise_exception=True)
read_and_post = require_http_methods(["GET", "HEAD", "POST"])


def buttons(request: HttpRequest, block: Block, *, may_follow: bool) -> list[Button]:
    """What can be done with a block in its present state."""
    if not may(request, "change", MeetingRules):
        return []
    conference = block.conference
    found = []
    if block.status != Block.Status.OPEN:
        found.append(Button(_("Open"), address("block_open", conference, block.pk), look="primary"))
    else:
        found.append(Button(_("Close"), address("block_close", conference, block.pk)))
    if may_follow:
        found.append(Button(_("Let it follow …"), address("block_follow", conference, block.pk), asks=True))
    return found


@change_rules
@read_and_post
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """On the break that the address names, else at any time."""
    conference = get_object_or_404(Conference, pk=pk)
    chosen = _break(conference, request.GET.get("break", ""))
    block = Block(conference=conference, table_count=suggested_tables(conference))
    if chosen:
        block.session_guid = chosen.guid
        block.title, block.place = chosen.title, chosen.place
        block.starts_at, block.minutes = chosen.starts_at, chosen.minutes
    else:
        block.starts_at, block.minutes = conference.starts_at, 30
    return _edit(
        request,
        block,
        title=_("Open meetings in “%(block)s”") % {"block": chosen.title} if chosen else _("New block of meetings"),
        done=_("The block is there. Open it when its times may be booked."),
    )


def _break(conference: Conference, guid: str) -> ProgrammeBreak | None:
    """A break of the programme that has no block yet."""
    try:
        wanted = UUID(guid)
    except ValueError:
        return None
    return next((one for one in breaks_of(conference) if one.guid == wanted and one.block is None), None)


@change_rules
@read_and_post
def change(request: HttpRequest, pk: int, block: int) -> HttpResponse:
    """Another time or length, other slots, more or fewer tables."""
    found = _block(pk, block)
    return _edit(request, found, title=str(found), done=_("The block is saved."))


@change_rules
@read_and_post
def follow(request: HttpRequest, pk: int, block: int) -> HttpResponse:
    """To where its break is in the newest release, after a look at what that costs."""
    found = _block(pk, block)
    release = newest_release(found.conference)
    place = break_in(release.programme if release else None, found)
    if place is None:
        messages.error(request, _("The newest release does not have this break."))
        return redirect(home_address(found.conference))
    title = _("Let “%(block)s” follow the programme") % {"block": found}
    return _edit(request, moved_along(found, None, place), title=title, done=_("The block follows its break."))


def _edit(request: HttpRequest, block: Block, *, title: str, done: str) -> HttpResponse:
    """The form of a block. What would move meetings is shown first, and saved as it was shown."""
    conference, is_new = block.conference, block.pk is None
    stored = Block.objects.get(pk=block.pk) if block.pk else None
    form = BlockForm(request.POST or None, instance=block)
    preview = None
    if form.is_valid():
        shown = request.POST.get("shown", "")
        preview = service.preview(form.instance)
        if preview.touches_somebody and shown != preview.digest:
            form.add_error(None, _("This changes meetings. Look at what it means, then save again."))
        else:
            try:
                service.save(form.instance, seen=shown, changed=_changed(stored, form.instance), by=request.user)
            except PlacesRefused as refusal:
                form.add_error(None, str(refusal))
                preview = service.preview(form.instance)
            else:
                messages.success(request, done)
                return redirect(home_address(conference))
    return page(
        request,
        "admin/meetings/block.html",
        MeetingRules,
        title=title,
        subject=conference,
        back=home_address(conference),
        conference=conference,
        block=block,
        is_new=is_new,
        form=form,
        preview=preview,
        times=form.instance.slot_times if form.is_valid() or not form.is_bound else [],
        prepare_url=address("block_prepare", conference, block.pk)
        if stored and stored.status == Block.Status.OPEN
        else "",
        delete_url=address("block_delete", conference, block.pk) if stored else "",
        entries=history.of(stored)[:10] if stored else [],
    )


def _changed(stored: Block | None, block: Block) -> list[str]:
    if stored is None:
        return []
    return [name for name in BlockForm.Meta.fields if getattr(stored, name) != getattr(block, name)]


def _block(pk: int, block: int) -> Block:
    return get_object_or_404(Block.objects.select_related("conference"), conference=pk, pk=block)


def _post(change: Callable[[Block, User], None], done: Callable[[], str]) -> Callable[..., HttpResponse]:
    @change_rules
    @require_POST
    def view(request: HttpRequest, pk: int, block: int) -> HttpResponse:
        found = _block(pk, block)
        return carry_out(
            request,
            lambda: change(found, request.user),
            refusals=PlacesRefused,
            done=done() % {"block": found},
            to=home_address(found.conference),
        )

    return view


open_block = _post(
    lambda block, by: service.open_block(block, by=by), lambda: _("“%(block)s” is open: its times can be booked.")
)
close_block = _post(
    lambda block, by: service.close_block(block, by=by), lambda: _("“%(block)s” is closed. Its meetings stay.")
)
prepare_again = _post(
    lambda block, by: service.prepare_again(block, by=by), lambda: _("“%(block)s” is being prepared again.")
)
delete = _post(lambda block, by: service.delete_block(block, by=by), lambda: _("“%(block)s” is deleted."))
