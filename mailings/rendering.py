"""Mail texts: `{{ placeholder }}` and nothing else, so that an organiser's template can neither run nor read anything.

The built-in words of a mail are `templates/emails/<kind>.{subject.txt,txt,html}` in the same notation. Texts may use
Markdown sparingly (`**bold**`): the HTML part is made from them where there is none of its own.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.template import TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.utils.html import escape
from django.utils.translation import gettext_lazy

from conference.markup import render_markdown
from conference.models import Conference

_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
# What stands for a secret while the mail is stored. Values cannot contain these brackets.
_SECRET = re.compile(r"⟦([a-z_]+)⟧")
_BRACKETS = str.maketrans("", "", "⟦⟧")
# What the buttons in mails say.
_BUTTONS = {
    "reply_link": gettext_lazy("Reply to the invitation"),
    "registration_link": gettext_lazy("Open the registration"),
    "speaker_link": gettext_lazy("Open your page as a speaker"),
    "request_link": gettext_lazy("Answer the request"),
    "meeting_link": gettext_lazy("Open the meeting"),
    "meetings_link": gettext_lazy("My meetings"),
    "suggestions_link": gettext_lazy("Whom we suggest"),
}


@dataclass(frozen=True)
class Words:
    """The words of one mail before its placeholders are filled."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Rendered:
    subject: str
    text: str
    html: str


def placeholders(source: str) -> set[str]:
    return set(_PLACEHOLDER.findall(source))


@functools.cache
def builtin(kind: str) -> Words:
    """The words that come with Convoke. Raises TemplateDoesNotExist for a kind without any."""

    def source(name: str) -> str:
        return get_template(f"emails/{name}").template.source

    text = source(f"{kind}.txt").strip()
    try:
        html = source(f"{kind}.html").strip()
    except TemplateDoesNotExist:
        html = ""
    return Words(source(f"{kind}.subject.txt").strip(), text, html or html_from_text(text))


@functools.lru_cache(maxsize=256)
def html_from_text(text: str) -> str:
    """HTML of a text: a link placeholder in a paragraph of its own becomes a button, others become links."""

    def button(match: re.Match[str]) -> str:
        label = _BUTTONS.get(match[1], gettext_lazy("Open the page"))
        return render_to_string("emails/link.html", {"target": f"{{{{ {match[1]} }}}}", "label": label})

    html = re.sub(r"<p>\{\{\s*([a-z_]*link)\s*\}\}</p>", button, str(render_markdown(text, keep_line_breaks=True)))
    link = r'<a href="{{ \1 }}" style="color:#0b6168;">{{ \1 }}</a>'
    # Not those that stand in an attribute or in a link already.
    return re.sub(r"(?<![\">])\{\{\s*([a-z_]*link)\s*\}\}", link, html)


def render(
    words: Words, values: Mapping[str, str], *, secret: tuple[str, ...], conference: Conference | None
) -> Rendered:
    """Fills the placeholders: escaped in HTML, on one line in the subject, secrets by their stand-ins."""

    def fill(source: str, *, html: bool = False) -> str:
        def value_of(match: re.Match[str]) -> str:
            name = match[1]
            if name in secret:
                return f"⟦{name}⟧"
            value = str(values.get(name, "")).translate(_BRACKETS)
            return escape(value).replace("\n", "<br>") if html else value

        return _PLACEHOLDER.sub(value_of, source)

    text = re.sub(r"\n{3,}", "\n\n", fill(words.text).replace("**", ""))
    context = {"conference": conference}
    empty = re.compile(r"<p>(\s|<br>)*</p>\s*")
    return Rendered(
        subject=" ".join(fill(words.subject).split()),
        text=render_to_string("emails/layout.txt", {**context, "body": text}),
        html=render_to_string("emails/layout.html", {**context, "body": empty.sub("", fill(words.html, html=True))}),
    )


def stand_in(name: str) -> str:
    return f"⟦{name}⟧"


def secret_names(source: str) -> set[str]:
    return set(_SECRET.findall(source))


def fill_secrets(source: str, secrets: Mapping[str, str], *, html: bool) -> str:
    """Puts the secret values in. Where they were dropped the reader sees that something stood there."""

    def value_of(match: re.Match[str]) -> str:
        if match[1] not in secrets:
            return "[…]"
        value = secrets[match[1]]
        # A whole HTML body (of a mail that others composed) is markup already.
        return escape(value) if html and match[1] != "html_body" else value

    return _SECRET.sub(value_of, source)
