"""The plan of the hall: what stands where, and how the organiser draws it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from conference import pdf
from marketplace import halls
from marketplace.admin.addresses import call_address, call_page, change_stands, named_call, view_call
from marketplace.papers import sheets
from marketplace.queries import live_stands, spots_of
from marketplace.services import hall as service


class DrawForm(forms.Form):
    drawing = forms.CharField(
        label=gettext_lazy("The hall"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "drawing", "spellcheck": "false", "wrap": "off"}),
        help_text=gettext_lazy(
            "One line a row: o is a place for a stand, p a place with power, a dot or a blank is nothing, such as an "
            "aisle. Places are numbered along the rows."
        ),
    )

    def clean_drawing(self) -> str:
        drawing = self.cleaned_data["drawing"]
        try:
            self.spots = halls.read(drawing)
        except halls.DrawingRefused as reason:
            raise forms.ValidationError(str(reason)) from reason
        return drawing


@require_safe
@view_call
def hall(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan as a picture, and the list that says the same and where places are given."""
    call = named_call(pk)
    spots = spots_of(call)
    stands = list(live_stands(call).order_by("place__number", "application__initiative", "pk"))
    placed = {
        stand.place.number: (stand.pk, stand.application.initiative, stand.kind) for stand in stands if stand.place
    }
    picture = halls.picture(spots, placed)
    return call_page(
        request,
        "call/hall.html",
        call,
        here="hall",
        title=_("Hall"),
        picture=picture,
        free=[spot for spot in spots if spot.number not in placed],
        waiting=[stand for stand in stands if stand.place is None],
        placed=[stand for stand in stands if stand.place],
        parts=range(1, sheets.parts(len(placed)) + 1),
        pdf_available=pdf.is_available(),
        pdf_packages=pdf.DEBIAN_PACKAGES,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@change_stands
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """The drawing as text. Places that stay where they were keep their stands."""
    call = named_call(pk)
    form = DrawForm(
        request.POST if request.method == "POST" else None,
        initial={"drawing": halls.draw(spots_of(call))},
        label_suffix="",
    )
    if form.is_valid():
        without = service.draw(call.conference, form.spots, by=request.user)
        messages.success(
            request, ngettext("The hall has %d place.", "The hall has %d places.", len(form.spots)) % len(form.spots)
        )
        if without:
            names = ", ".join(stand.application.initiative for stand in without[:5])
            messages.warning(
                request,
                ngettext(
                    "%(number)d stand lost its place: %(names)s.",
                    "%(number)d stands lost their place: %(names)s.",
                    len(without),
                )
                % {"number": len(without), "names": names + (" …" if len(without) > 5 else "")},
            )
        return redirect(call_address("hall", call))
    return call_page(request, "call/draw.html", call, here="hall", title=_("Draw the hall"), form=form)
