"""Organisers with fewer rights."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission

from accounts.models import User
from tests.factories import UserFactory


@pytest.fixture
def limited_organiser(db: None, settings: Any) -> User:
    """May do everything with registrations except see dietary and access needs."""
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    user = UserFactory(is_staff=True)
    allowed = Permission.objects.filter(content_type__app_label="registrations")
    user.user_permissions.set(allowed.exclude(codename="view_special_needs"))
    return user
