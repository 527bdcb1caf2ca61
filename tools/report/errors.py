"""What goes wrong while a report is made."""

from figures.reading import InputError


class EnvironmentFailedError(Exception):
    """Something around us failed: exit code 3."""


__all__ = ["EnvironmentFailedError", "InputError"]
