import pytest
from django.utils import translation
from django.utils.safestring import mark_safe

from conference.fragments import fragment

TEMPLATE = "components/foot.html"


def foot(**values: object) -> str:
    return fragment(TEMPLATE, **{"links": (), "organiser": "", "mailbox": "", **values})


def test_a_fragment_is_rendered_once_for_the_same_values(monkeypatch):
    first = foot(organiser="The city", mailbox="a@city.example")
    monkeypatch.setattr("conference.fragments.render_to_string", None)

    assert foot(organiser="The city", mailbox="a@city.example") is first


def test_other_values_make_another_fragment():
    assert "The city" in foot(organiser="The city", mailbox="a@city.example")
    assert "The city" not in foot(organiser="The state", mailbox="a@city.example")


def test_text_that_is_escaped_already_is_not_taken_for_text_that_is_not():
    assert "<b>The city</b>" in foot(organiser=mark_safe("<b>The city</b>"), mailbox="a@city.example")
    assert "<b>" not in foot(organiser="<b>The city</b>", mailbox="a@city.example")


def test_each_language_has_its_own(settings):
    english = foot()

    with translation.override("de"):
        assert foot() is not english


def test_values_that_can_change_are_refused():
    with pytest.raises(TypeError):
        foot(links=[("/", "Start")])


def test_developers_see_a_changed_template_at_once(settings):
    settings.DEBUG = True

    assert foot() is not foot()
