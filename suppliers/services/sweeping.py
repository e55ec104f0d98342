"""What every sweep does first: stages that are due, plants and months that are looked at for the first time."""

from suppliers.services import escalation, rounds, scorecards


def begin() -> None:
    """Hand over the reminders that are due, report who cannot be reached, begin rounds and months."""
    escalation.sweep()
    rounds.begin()
    scorecards.begin()
