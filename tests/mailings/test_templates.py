"""Organisers' words: placeholders and nothing else, escaped where they have to be."""

import pytest
from django.core.exceptions import ValidationError

from mailings import kinds, rendering
from mailings.models import MailTemplate
from mailings.rendering import Words, render

LINK = "{{ reply_link }}"


def template(**fields: str) -> MailTemplate:
    return MailTemplate(**{"kind": "invitation", "subject": "Come", "text": LINK, **fields})


def rendered(subject: str = "s", text: str = "t", html: str = "", **values: str) -> rendering.Rendered:
    words = Words(subject, text, html or rendering.html_from_text(text))
    return render(words, values, secret=("reply_link",), conference=None)


class TestChecks:
    def test_words_that_are_right(self):
        template(subject="{{ conference }}", html=f'<a href="{LINK}">Reply</a>').clean()

    @pytest.mark.parametrize("field", ["subject", "text", "html"])
    def test_an_unknown_placeholder_is_named(self, field):
        with pytest.raises(ValidationError) as refused:
            template(**{field: LINK + "{{ mayor }} {{ password }}"}).clean()

        assert refused.value.message_dict[field][0] == "Not a placeholder of this mail: mayor, password."

    @pytest.mark.parametrize("field", ["text", "html"])
    def test_without_the_reply_link_it_is_refused(self, field):
        with pytest.raises(ValidationError) as refused:
            template(**{field: "Come!"}).clean()

        assert refused.value.message_dict == {field: ["The mail needs {{ reply_link }}."]}

    def test_a_personal_link_does_not_belong_into_a_subject(self):
        with pytest.raises(ValidationError) as refused:
            template(subject=LINK).clean()

        assert refused.value.message_dict == {"subject": ["A personal link does not belong into a subject."]}

    def test_an_unknown_kind(self):
        with pytest.raises(ValidationError) as refused:
            template(kind="poem").clean()

        assert refused.value.message_dict == {"kind": ["There is no such mail."]}

    @pytest.mark.parametrize("name", sorted(kinds.registered()))
    def test_the_built_in_words_pass_their_own_checks(self, name):
        words = rendering.builtin(name)

        MailTemplate(kind=name, subject=words.subject, text=words.text, html=words.html).clean()


class TestFilling:
    def test_values_are_escaped_in_html_only(self):
        mail = rendered(text="{{ delegation }}", delegation='<script>"A" & B</script>')

        assert '<script>"A" & B</script>' in mail.text
        assert "&lt;script&gt;&quot;A&quot; &amp; B&lt;/script&gt;" in mail.html
        assert "<script>" not in mail.html

    def test_values_are_never_read_as_placeholders(self):
        mail = rendered(text="{{ delegation }}", delegation="{{ reply_link }} {% now 'Y' %} ⟦reply_link⟧")

        assert "{{ reply_link }} {% now 'Y' %} reply_link" in mail.text

    def test_a_template_can_run_nothing(self):
        mail = rendered(text="{% now 'Y' %} {{ settings.SECRET_KEY }} {{ delegation|length }}", delegation="Aarhus")

        assert "{% now 'Y' %} {{ settings.SECRET_KEY }} {{ delegation|length }}" in mail.text

    def test_raw_html_in_a_text_comes_out_escaped(self):
        mail = rendered(text="<img src=x onerror=alert(1)> [click](javascript:alert(1))")

        assert "<img" not in mail.html
        assert "href" not in mail.html

    def test_a_subject_stays_on_one_line(self):
        mail = rendered(subject="To {{ delegation }}", delegation="Aarhus\r\nBcc: everybody@x.example\n\nBody")

        assert mail.subject == "To Aarhus Bcc: everybody@x.example Body"

    def test_a_secret_is_a_stand_in_until_it_leaves(self):
        mail = rendered(text=f"Reply: {LINK}", reply_link="never taken from here")

        assert "Reply: ⟦reply_link⟧" in mail.text
        assert rendering.secret_names(mail.html) == {"reply_link"}
        assert "never taken" not in mail.text + mail.html

    def test_a_secret_is_escaped_in_html(self):
        assert rendering.fill_secrets("⟦reply_link⟧", {"reply_link": "a&b"}, html=True) == "a&amp;b"
        assert rendering.fill_secrets("⟦reply_link⟧", {"reply_link": "a&b"}, html=False) == "a&b"

    def test_paragraphs_left_empty_disappear(self):
        mail = rendered(text="One\n\n{{ reimbursement }}\n\nTwo", reimbursement="")

        assert "One\n\nTwo" in mail.text
        assert "<p></p>" not in mail.html

    def test_emphasis_reads_well_in_both_parts(self):
        mail = rendered(text="Reply by **{{ reply_by }}**.", reply_by="1 May")

        assert "Reply by 1 May." in mail.text
        assert "<strong>1 May</strong>" in mail.html
