"""How many rows a form may have: the number comes from the request, and each row costs time before it is checked."""

from typing import Any

from django.http import HttpRequest

MOST_ROWS = 200


class LimitedRows:
    """An inline of the admin with at most MOST_ROWS rows; more are refused in words, and none of them is built."""

    max_num = MOST_ROWS

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        limits = {"absolute_max": self.max_num, "validate_max": True}
        return super().get_formset(request, obj, **{**limits, **kwargs})  # type: ignore[misc]
