"""What organisers do with one uploaded programme at the same instant."""

from agenda.models import Plan, ProgrammeImport, Session
from agenda.services import imports, planning
from agenda.services.planning import EditedMeanwhile


def apply(upload: int, seen: int) -> str:
    """Applies the upload whose dry run showed the plan's version `seen`."""
    try:
        imports.apply_import(ProgrammeImport.objects.get(pk=upload), seen=seen, by=None)
    except imports.AlreadyApplied:
        return "already applied"
    except EditedMeanwhile:
        return "edited meanwhile"
    except imports.ImportRefused:
        return "discarded"
    return "applied"


def apply_or_edit(upload: int, seen: int, session: int) -> str:
    """Renames the session where one is given (a number above 0), else applies the upload."""
    if not session:
        return apply(upload, seen)
    changed = Session.objects.select_related("conference").get(pk=session)
    changed.title = f"Renamed {session}"
    planning.save_session(changed, seen=changed.version, changed=["title"], by=None)
    return "edited"


def apply_or_discard(upload: int, seen: int, discards: bool) -> str:
    if not discards:
        return apply(upload, seen)
    try:
        imports.discard_import(ProgrammeImport.objects.get(pk=upload))
    except imports.AlreadyApplied:
        return "already applied"
    except imports.ImportRefused:
        return "discarded before"
    return "discards"


def look_and_apply(upload: int) -> str:
    """The whole way of a page that is looked at and then pressed, as often as it takes."""
    while True:
        found = ProgrammeImport.objects.select_related("conference").get(pk=upload)
        if found.status != ProgrammeImport.Status.PENDING:
            return "already applied"
        seen = Plan.objects.get(conference=found.conference).version
        word = apply(upload, seen)
        if word != "edited meanwhile":
            return word
