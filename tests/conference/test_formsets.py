"""Rows of forms whose stored rows somebody else has changed meanwhile."""

from django.http import QueryDict

from conference.formsets import posted_rows, with_rows, without_gone_rows


def sent(**fields: str) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in fields.items():
        data[name.replace("__", "-")] = value
    return data


def test_rows_are_read_from_what_was_posted_not_from_how_many_there_are_said_to_be():
    data = sent(form__TOTAL_FORMS="1000000000", form__0__name="a", form__7__name="b", form__x__name="c", other="d")

    assert [(row.place, row.value("name")) for row in posted_rows(data, "form")] == [(0, "a"), (7, "b")]


def test_a_row_is_known_by_its_id():
    rows = posted_rows(sent(form__0__id="7", form__1__id="x", form__2__id="9" * 5000, form__3__name="a"), "form")

    assert [row.key for row in rows] == [7, 0, 0, 0]


def test_other_fields_stay_when_rows_are_rebuilt():
    data = sent(form__TOTAL_FORMS="1", form__INITIAL_FORMS="1", form__0__id="7", form__MAX_NUM_FORMS="9", title="t")

    rebuilt = with_rows(data, "form", posted_rows(data, "form"), initial=0)

    assert rebuilt.dict() == {**data.dict(), "form-INITIAL_FORMS": "0"}


def test_a_row_that_is_gone_becomes_a_new_one_behind_those_that_are_there():
    data = sent(
        form__TOTAL_FORMS="3",
        form__INITIAL_FORMS="2",
        form__0__id="7",
        form__0__name="gone",
        form__1__id="8",
        form__1__name="there",
        form__2__name="new",
    )

    rebuilt, gone = without_gone_rows(data, "form", [8])

    assert gone == 1
    assert rebuilt.dict() == {
        "form-TOTAL_FORMS": "3",
        "form-INITIAL_FORMS": "1",
        "form-0-id": "8",
        "form-0-name": "there",
        "form-1-name": "gone",
        "form-2-name": "new",
    }


def test_a_row_that_is_gone_and_was_to_be_deleted_is_left_out():
    data = sent(form__TOTAL_FORMS="1", form__INITIAL_FORMS="1", form__0__id="7", form__0__DELETE="on")

    rebuilt, gone = without_gone_rows(data, "form", [])

    assert (gone, rebuilt["form-TOTAL_FORMS"], rebuilt["form-INITIAL_FORMS"]) == (0, "0", "0")


def test_a_management_form_that_cannot_be_read_is_left_to_django():
    for odd in ("-1", "x", "9" * 5000, "\x00", ""):
        data = sent(form__TOTAL_FORMS=odd, form__INITIAL_FORMS="1", form__0__id="7")
        assert without_gone_rows(data, "form", []) == (data, 0)
