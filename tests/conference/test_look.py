"""The look: enough contrast, the same colours on paper, and pages that stand without anything around them."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from conference.models import Page
from tests.factories import ConferenceFactory

TEXT, EDGE = 4.5, 3.0


def declarations(css, selector):
    """The custom properties of the first rule with this selector."""
    body = css[css.index(selector) :].split("{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", body))


def read_css(name):
    return Path(finders.find(f"css/{name}")).read_text(encoding="utf-8")


def luminance(colour):
    """Relative luminance of #rrggbb as WCAG 2.1 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


LIGHT = declarations(read_css("tokens.css"), ":root")
DARK = LIGHT | declarations(read_css("admin.css"), '\nhtml[data-theme="dark"] {')

PAIRS = [
    *[(text, ground, TEXT) for text in ("ink", "ink-soft") for ground in ("paper", "mist", "pause")],
    ("ink-faint", "paper", TEXT),
    *[("petrol", ground, TEXT) for ground in ("paper", "mist", "petrol-tint")],
    ("petrol-deep", "petrol-tint", TEXT),
    *[(tone, f"{tone}-tint", TEXT) for tone in ("ok", "warn", "bad")],
    ("bad", "paper", TEXT),
    ("bad", "mist", TEXT),
    *[("ink", f"{tone}-tint", TEXT) for tone in ("ok", "warn", "bad", "petrol", "saffron")],
    *[("edge", ground, EDGE) for ground in ("paper", "mist")],
    *[("petrol", ground, EDGE) for ground in ("paper", "mist", "pause")],
]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_contrast(palette, front, ground, least):
    assert contrast(palette[f"--{front}"], palette[f"--{ground}"]) >= least


def test_dark_text_on_saffron_and_white_on_what_acts():
    assert contrast(LIGHT["--ink"], LIGHT["--saffron"]) >= TEXT
    assert contrast(LIGHT["--saffron"], LIGHT["--ink"]) >= EDGE
    for ground in ("--petrol", "--petrol-deep", "--bad", "--bad-deep", "--ink"):
        assert contrast("#ffffff", LIGHT[ground]) >= TEXT


def test_the_dark_follows_the_system_as_it_follows_the_choice():
    by_system = declarations(read_css("admin.css"), 'html:not([data-theme="light"], [data-theme="dark"])')
    assert by_system == declarations(read_css("admin.css"), '\nhtml[data-theme="dark"] {')


def test_paper_has_the_colours_of_the_screen():
    printed = declarations(render_to_string("pdf/style.css"), ":root")
    colours = {name: value for name, value in printed.items() if value.startswith("#")}
    assert colours == {name: LIGHT[name] for name in colours}


@pytest.mark.parametrize("status", ["400", "403", "403_csrf", "404", "429", "500"])
def test_pages_of_errors_need_neither_request_nor_database(status):
    assert "<h1>" in render_to_string(f"{status}.html")


@pytest.mark.django_db
def test_mails_name_the_organiser_and_the_privacy_statement():
    conference = ConferenceFactory(title="Cities & Radicalisation")
    context = {"conference": conference, "body": "A <b>word</b>"}
    html = render_to_string("emails/layout.html", context)
    text = render_to_string("emails/layout.txt", context)
    privacy = f"{settings.SITE_URL}/{conference.slug}/privacy/"
    assert f'href="{privacy}"' in html
    assert privacy in text
    assert f"mailto:{conference.mailbox}" in html
    assert conference.mailbox in text
    assert "Cities &amp; Radicalisation" in html
    assert "Cities & Radicalisation" in text
    assert "A <b>word</b>" in html


def test_a_mail_without_a_conference_has_no_links():
    html = render_to_string("emails/layout.html", {"body": "Your code"})
    assert "href" not in html
    assert "Your code" in render_to_string("emails/layout.txt", {"body": "Your code"})


@pytest.mark.django_db
def test_texts_stand_in_the_order_of_their_kinds(client):
    conference = ConferenceFactory()
    conference.pages.all().delete()
    for kind in (Page.Kind.COOKIES, Page.Kind.CONTACT, Page.Kind.CONCEPT):
        conference.pages.create(kind=kind, body="Text")
    html = client.get(conference.get_absolute_url()).content.decode()
    addresses = re.findall(rf'href="/{conference.slug}/([\w-]+)/"', html)
    nav, read_more, foot = addresses[:2], addresses[2:4], addresses[4:]
    assert nav == read_more == ["concept", "contact"]
    assert foot == ["contact", "cookies"]


@pytest.mark.django_db
def test_signing_in_asks_for_an_address_first_and_for_a_password_second(client):
    html = client.get("/accounts/login/?next=/my/").content.decode()
    first, second = re.findall(r"<form.*?</form>", html, re.DOTALL)[:2]
    assert 'action="/accounts/login/code/' in first
    assert 'name="password"' not in first
    assert 'name="password"' in second
    assert 'name="next" value="/my/"' in first
