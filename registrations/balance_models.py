"""Where a migration looks for what has moved to `registrations.models.balance`."""

from registrations.models.balance import default_bounds, validate_bounds

__all__ = ["default_bounds", "validate_bounds"]
