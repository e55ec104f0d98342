"""D0 to D2 of the 8D form: the emergency, the team, the problem. Nothing here has to be answered to confirm receipt."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from suppliers.questions import CHOICE, DATE, LINE, LONG, PERCENT, QUANTITY, ROWS, YES_NO, Question, Section, Text

ASPECTS: tuple[tuple[str, Text], ...] = (
    ("what", _("What")),
    ("where", _("Where")),
    ("when", _("When")),
    ("how_many", _("How many")),
)
WORDS: tuple[tuple[str, Text], ...] = (
    ("who", _("Who found it?")),
    ("what", _("What happened?")),
    ("when", _("When?")),
    ("where", _("Where?")),
    ("why", _("Why is it a problem?")),
    ("how", _("How was it found?")),
    ("how_many", _("How many?")),
)


def _may(name: str, label: Text, kind: str = LINE, **more: object) -> Question:
    return Question(name, label, kind, required=False, **more)  # type: ignore[arg-type]


EMERGENCY = Section(
    _("D0: first response"),
    (
        _may("symptom", _("What do you see on your side?"), LONG),
        _may("delivery_affected", _("Are deliveries affected?"), CHOICE, choices=YES_NO),
        _may("cause_suspected", _("Do you suspect a root cause?"), CHOICE, choices=YES_NO),
        _may("cause_verified", _("Is it verified?"), CHOICE, choices=YES_NO),
        _may("recurring", _("Has it happened before?"), CHOICE, choices=YES_NO),
        _may("recurring_report", _("Number of the earlier report"), LINE),
        _may(
            "emergency",
            _("What you did at once"),
            ROWS,
            most=4,
            columns=(
                Question("action", _("Action"), LINE),
                _may("done_on", _("Date"), DATE, when="past"),
                _may("percent", _("Effective, in %"), PERCENT),
            ),
        ),
    ),
)
TEAM = Section(
    _("D1: the team"),
    (
        _may("champion", _("Champion (who can decide)"), LINE),
        _may("leader", _("Team leader"), LINE),
        _may(
            "members",
            _("Members"),
            ROWS,
            most=10,
            columns=(
                Question("name", _("Name"), LINE),
                _may("function", _("Function"), LINE),
                _may("phone", _("Phone"), LINE),
                _may("email", _("E-mail"), LINE),
            ),
        ),
    ),
)
PROBLEM = Section(
    _("D2: the problem"),
    (
        _may("failure_mode", _("What is wrong with what?"), LINE, example=_("Pins stand off by 0.2 mm.")),
        _may("effect_here", _("Effect at your site"), LINE),
        _may("effect_there", _("Effect at the customer's site"), LINE),
        _may("required_by", _("Which specification asks for it?"), LINE),
        _may("in_fmea", _("Is the failure in the DFMEA or PFMEA?"), CHOICE, choices=YES_NO),
        _may("process_step", _("Process step that you suspect"), LINE),
        _may("w_questions", _("Who, what, when, where, why, how"), ROWS, fixed=WORDS, columns=(
            Question("said", _("Answer"), LINE),
        )),
        _may("is_is_not", _("Is and is not"), ROWS, fixed=ASPECTS, columns=(
            _may("is", _("Is")),
            _may("is_not", _("Is not, but could be")),
            _may("distinction", _("What is different?")),
            _may("change", _("What has changed?")),
        )),
    ),
)  # fmt: skip
BOUNDARY = Section(
    _("D2: how far it reaches"),
    (
        _may("boundary_bad", _("Bad parts within the limits of the problem"), QUANTITY),
        _may("boundary_total", _("Of all parts within these limits"), QUANTITY),
        _may("occurred_on", _("First made on"), DATE, when="past"),
        _may("aware_on", _("You knew of it since"), DATE, when="past"),
        _may("shipped_on", _("First shipped on"), DATE, when="past"),
        _may("produced", _("Parts made within the limits"), QUANTITY),
        _may("affected", _("Of these affected"), QUANTITY),
    ),
)
FIRST = (EMERGENCY, TEAM, PROBLEM, BOUNDARY)
