"""The form pack: what assistive technology gets to know of each field."""

from html.parser import HTMLParser

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, ButtonHolder, Column, Div, Fieldset, Layout, MultiField, Row, Submit
from crispy_forms.utils import render_crispy_form
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template

ATTENDANCE = [("yes", "Yes"), ("no", "No")]
NEEDS = [("loop", "Hearing loop"), ("lift", "Lift")]


class ReplyForm(forms.Form):
    name = forms.CharField(label="Name on the badge", help_text="With accents")
    email = forms.EmailField(
        label="E-mail address", required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    attends = forms.ChoiceField(label="Will you come?", choices=ATTENDANCE, widget=forms.RadioSelect)
    needs = forms.MultipleChoiceField(
        label="Access", choices=NEEDS, required=False, widget=forms.CheckboxSelectMultiple, help_text="As many as apply"
    )
    photographs = forms.BooleanField(label="Photographs may show me", required=False, help_text="You can change this")
    letter = forms.FileField(label="Letter of nomination", required=False, help_text="PDF")
    source = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("name") == "Nobody":
            raise forms.ValidationError("Enter at least one person")
        return cleaned


class Page(HTMLParser):
    """Elements in order, each as (tag, attributes), and the text of labels, legends and the summary."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.texts = []
        self._open = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in {"label", "legend", "li", "button"}:
            self.texts.append((tag, ""))
            self._open.append(tag)

    def handle_endtag(self, tag):
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data):
        if self._open:
            tag, text = self.texts[-1]
            self.texts[-1] = (tag, " ".join(f"{text} {data}".split()))

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    def by_id(self, id_):
        (attrs,) = [attrs for _, attrs in self.elements if attrs.get("id") == id_]
        return attrs

    def words(self, tag):
        return [text for name, text in self.texts if name == tag]


def crispy_tag(form):
    return Page(render_crispy_form(form, context={"csrf_token": "token"}))


def crispy_filter(form):
    return Page(Template("{% load crispy_forms_tags %}{{ form|crispy }}").render(Context({"form": form})))


both = pytest.mark.parametrize("render", [crispy_tag, crispy_filter])


@both
def test_a_text_field_is_labelled_and_described_by_its_hint(render):
    page = render(ReplyForm())
    assert {"for": "id_name"} in page.all("label")
    assert page.by_id("id_name") == {
        "type": "text",
        "name": "name",
        "required": None,
        "aria-describedby": "id_name_helptext",
        "id": "id_name",
    }
    assert page.by_id("id_name_helptext") == {"class": "hint", "id": "id_name_helptext"}


@both
def test_what_may_stay_empty_says_so_in_words(render):
    page = render(ReplyForm())
    assert page.words("label") == [
        "Name on the badge",
        "E-mail address (optional)",
        "Yes",
        "No",
        "Hearing loop",
        "Lift",
        "Photographs may show me",
        "Letter of nomination (optional)",
    ]
    assert page.words("legend") == ["Will you come?", "Access (optional)"]


@both
def test_autocomplete_is_passed_through(render):
    assert render(ReplyForm()).by_id("id_email")["autocomplete"] == "email"


@both
def test_a_group_is_a_fieldset_with_a_labelled_control_for_each_choice(render):
    page = render(ReplyForm())
    assert page.by_id("div_id_attends") == {"id": "div_id_attends", "class": "field"}
    assert page.by_id("div_id_needs") == {
        "id": "div_id_needs",
        "class": "field",
        "aria-describedby": "id_needs_helptext",
    }
    assert page.by_id("id_needs_1") == {"type": "checkbox", "name": "needs", "value": "lift", "id": "id_needs_1"}
    assert {"for": "id_attends_0"} in page.all("label")


@both
def test_checkbox_and_file_are_described_by_their_hints(render):
    page = render(ReplyForm())
    assert page.by_id("id_photographs")["aria-describedby"] == "id_photographs_helptext"
    assert page.by_id("id_letter")["aria-describedby"] == "id_letter_helptext"


@both
def test_an_error_stands_between_label_and_input_and_describes_the_input(render):
    page = render(ReplyForm({"name": "", "email": "x", "attends": "yes"}))
    assert page.by_id("div_id_name") == {"id": "div_id_name", "class": "field invalid"}
    name = page.by_id("id_name")
    assert name["aria-invalid"] == "true"
    assert name["aria-describedby"] == "id_name_helptext id_name_error"
    order = [attrs.get("id") or attrs.get("for") for _, attrs in page.elements]
    first = order.index("div_id_name")
    assert [mark for mark in order[first:] if mark][:5] == [
        "div_id_name",
        "id_name",
        "id_name_helptext",
        "id_name_error",
        "id_name",
    ]
    assert "aria-invalid" not in page.by_id("id_photographs")


@both
def test_the_summary_links_each_error_to_the_control(render):
    page = render(ReplyForm({"name": "", "email": "x"}))
    (summary,) = [attrs for _, attrs in page.elements if "data-error-summary" in attrs]
    assert summary == {"class": "summary", "role": "alert", "tabindex": "-1", "data-error-summary": None}
    assert [link["href"] for link in page.all("a")] == ["#id_name", "#id_email", "#id_attends_0"]
    assert page.words("li") == [
        "Name on the badge: This field is required.",
        "E-mail address: Enter a valid email address.",
        "Will you come? This field is required.",
    ]


@both
def test_an_error_of_the_whole_form_stands_in_the_summary_without_a_link(render):
    page = render(ReplyForm({"name": "Nobody", "attends": "no"}))
    assert page.words("li") == ["Enter at least one person"]
    assert page.all("a") == []


@both
def test_no_summary_without_errors(render):
    assert [attrs for _, attrs in render(ReplyForm()).elements if "role" in attrs] == []


@both
def test_what_was_typed_is_escaped(render):
    page = render(ReplyForm({"name": '"><b>', "attends": "<i>"}))
    assert page.by_id("id_name")["value"] == '"><b>'
    assert page.all("b") == page.all("i") == []


def test_the_form_leaves_checking_to_the_server_and_carries_files_and_token():
    page = crispy_tag(ReplyForm())
    assert page.all("form") == [{"method": "post", "enctype": "multipart/form-data", "novalidate": None}]
    assert {"type": "hidden", "name": "csrfmiddlewaretoken", "value": "token"} in page.all("input")


def test_a_layout_renders_groups_rows_and_buttons():
    form = ReplyForm()
    form.helper = FormHelper()
    form.helper.form_id = "reply"
    form.helper.layout = Layout(
        Fieldset("Person {{ number }}", Row(Column("name"), Column("email")), css_id="person"),
        MultiField("Needs", "needs"),
        Div("attends", css_class="choice-of-day"),
        HTML("<p class='lead'>Nearly done</p>"),
        ButtonHolder(Submit("send", "Send"), Submit("save", "Save for later", css_class="quiet")),
    )
    page = Page(render_crispy_form(form, context={"csrf_token": "token", "number": 1}))
    assert page.all("form")[0]["id"] == "reply"
    assert page.by_id("person") == {"id": "person", "class": "group"}
    assert page.words("legend") == ["Person 1", "Needs", "Access (optional)", "Will you come?"]
    assert page.words("button") == ["Send", "Save for later"]
    assert [button["class"] for button in page.all("button")] == ["button", "button quiet"]
    assert {attrs.get("class") for attrs in page.all("div")} >= {"row-of-fields", "actions", "choice-of-day"}


def test_buttons_of_the_helper_stand_below_the_fields():
    helper = FormHelper()
    helper.add_input(Submit("send", "Send"))
    page = Page(render_crispy_form(ReplyForm(), helper, context={"csrf_token": "token"}))
    assert page.all("button") == [
        {"type": "submit", "name": "send", "value": "Send", "id": "submit-id-send", "class": "button"}
    ]


def test_a_page_with_its_own_summary_switches_off_that_of_the_form():
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.show_error_summary = False
    page = Page(render_crispy_form(ReplyForm({}), helper))
    assert page.all("form") == []
    assert page.words("li") == []


@pytest.mark.parametrize("source", ["{% crispy people %}", "{{ people|crispy }}"])
def test_a_formset_has_one_summary_and_its_management_form(source):
    formset = forms.formset_factory(ReplyForm, extra=0)(
        {
            "form-TOTAL_FORMS": "2",
            "form-INITIAL_FORMS": "2",
            "form-0-name": "Karl-Heinz",
            "form-0-attends": "yes",
            "form-1-name": "",
            "form-1-attends": "yes",
        }
    )
    html = Template("{% load crispy_forms_tags %}" + source).render(Context({"people": formset, "csrf_token": "token"}))
    page = Page(html)
    assert page.by_id("id_form-TOTAL_FORMS")["value"] == "2"
    assert [link["href"] for link in page.all("a")] == ["#id_form-1-name"]
    assert "aria-invalid" not in page.by_id("id_form-0-name")


def test_several_forms_share_a_summary_that_says_whom_it_is_about():
    class Companion(ReplyForm):
        title = "Second person"

    source = "{% load convoke %}{% error_summary first second %}"
    context = {"first": ReplyForm({"attends": "yes"}), "second": Companion({"second-attends": "no"}, prefix="second")}
    page = Page(Template(source).render(Context(context)))
    assert page.words("li") == [
        "Name on the badge: This field is required.",
        "Second person, Name on the badge: This field is required.",
    ]


def test_an_uploaded_file_keeps_its_description():
    form = ReplyForm({"name": "A", "attends": "yes"}, {"letter": SimpleUploadedFile("empty.pdf", b"")})
    page = crispy_tag(form)
    assert page.by_id("id_letter")["aria-describedby"] == "id_letter_helptext id_letter_error"
