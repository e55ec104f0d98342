"""What a supplier is asked in each stage: the 8D form as data. Forms, checks and the review page read it from here."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from suppliers.asked_first import FIRST
from suppliers.questions import (
    CHOICE,
    DATE,
    LIMIT,
    LINE,
    LONG,
    MANY,
    PERCENT,
    QUANTITY,
    RATING,
    ROWS,
    Question,
    Section,
    Text,
)

__all__ = [
    "CHOICE",
    "DATE",
    "LIMIT",
    "LINE",
    "LONG",
    "MANY",
    "PERCENT",
    "QUANTITY",
    "RATING",
    "ROWS",
    "SECTIONS",
    "TITLES",
    "Question",
    "Section",
    "Text",
    "questions",
]

PLACES = (
    ("customer", _("At your customer's (our) site")),
    ("transit", _("In transit")),
    ("own_stock", _("Own finished stock")),
    ("in_process", _("In process")),
    ("sub_supplier", _("At a sub-supplier")),
    ("service", _("Service parts")),
)
RATINGS: tuple[tuple[str, Text], ...] = (
    ("s_before", _("S before")),
    ("o_before", _("O before")),
    ("d_before", _("D before")),
    ("s_after", _("S after")),
    ("o_after", _("O after")),
    ("d_after", _("D after")),
)
PROOFS: tuple[tuple[str, Text], ...] = (
    ("turned_on_off", _("Turned on and off: the defect comes and goes with it")),
    ("trial", _("Trial")),
    ("measurement", _("Measurement")),
    ("analysis", _("Analysis or calculation")),
)
STRENGTHS = (
    ("eliminate", _("The error cannot happen any more (design, tool)")),
    ("poka_yoke", _("Error-proofed: the process stops it")),
    ("detect", _("Detected: a check finds it every time")),
    ("procedure", _("Procedure or instruction")),
    ("training", _("Training (weak: it fades)")),
)
DOCUMENTS = (
    ("pfmea", _("Process FMEA")),
    ("dfmea", _("Design FMEA")),
    ("control_plan", _("Control plan")),
    ("work_instruction", _("Work instruction")),
    ("drawing", _("Drawing or specification")),
    ("none", _("None")),
)

CONTAINMENT = (
    Section(
        _("Stop bad parts"),
        (
            Question(
                "measure",
                _("What did you do so that no more suspect parts reach us?"),
                example=_(
                    "All stock of part 7-40-118 blocked on 12 March, 100 % check with gauge G-17 before shipping."
                ),
            ),
            Question("places", _("Where did you look?"), MANY, choices=PLACES),
            Question("quantity_checked", _("Parts checked"), QUANTITY, example="4,200"),
            Question("quantity_bad", _("Of these bad"), QUANTITY, example="37"),
            Question(
                "method",
                _("How were they checked?"),
                LINE,
                example=_("Go/no-go gauge on all 24 pins, two people, results on sheet QS-112."),
            ),
        ),
    ),
    Section(
        _("Next shipments"),
        (
            Question(
                "clean_mark",
                _("How do we recognise checked parts?"),
                LINE,
                hint=_("Label, mark or colour on part or box."),
                example=_("Green dot on the box label, 'checked CS' in the delivery note."),
            ),
            Question("clean_lot", _("First clean lot"), LINE, required=False, example="THC-2640A"),
            Question("clean_on", _("Ships on"), DATE, required=False),
            Question("clean_delivery", _("Delivery note"), LINE, required=False),
        ),
    ),
    Section(
        _("Place by place"),
        (
            Question(
                "locations",
                _("Where are suspect parts, and what did the check find?"),
                ROWS,
                required=False,
                fixed=PLACES,
                columns=(
                    Question("suspect", _("Suspect"), QUANTITY, required=False),
                    Question("sorted", _("Checked"), QUANTITY),
                    Question("good", _("Good"), QUANTITY),
                    Question("bad", _("Bad"), QUANTITY),
                ),
            ),
            Question("effective_percent", _("Effective, in %"), PERCENT, required=False),
            Question("verification", _("How do you know that it holds?"), LINE, required=False),
            Question("responsible", _("Who is responsible?"), LINE, required=False),
            Question("contained_on", _("In place since"), DATE, required=False, when="past"),
        ),
        _("Good and bad make up what was checked; all places together make up the sums above."),
        is_more=True,
    ),
)


def _leg(
    name: str,
    title: Text,
    hint: Text,
    labels: tuple[Text, Text, Text],
    examples: tuple[Text, Text, Text],
    *more: Question,
) -> Section:
    cause, whys, evidence = examples
    return Section(
        title,
        (
            Question(f"{name}_cause", labels[0], is_cause=True, example=cause),
            Question(
                f"{name}_whys",
                labels[1],
                required=False,
                hint=_("One 'why' a line."),
                example=whys,
            ),
            Question(
                f"{name}_evidence",
                labels[2],
                hint=_("A measurement, a trial, a photo: what shows that it is this and nothing else?"),
                example=evidence,
            ),
            Question(f"{name}_proof", _("Verified by"), CHOICE, required=False, choices=PROOFS),
            Question(f"{name}_percent", _("Share of the problem, in %"), PERCENT, required=False),
            Question(f"{name}_code", _("Cause code"), LINE, required=False),
            *more,
        ),
        hint,
    )


ROOT_CAUSE = (
    _leg(
        "occurrence",
        _("Why was it made?"),
        _("Occurrence: what in the process made the defect."),
        (_("What made it: the root cause"), _("Why, why, why it was made"), _("What shows that this made it")),
        (
            _("The pins were bent by a worn guide in station 4 of the insertion tool."),
            _("Pins bent\nbecause the guide gave way by 0.2 mm\nbecause it had worn beyond its limit"),
            _("New guide fitted: 0 of 500 bad. Worn guide put back: 11 of 500 bad."),
        ),
    ),
    _leg(
        "escape",
        _("Why was it not found?"),
        _("Escape: which check should have found it first, and why it did not."),
        (
            _("What let it through: the root cause"),
            _("Why, why, why it got through"),
            _("What shows that this let it through"),
        ),
        (
            _("The final check measures 4 of 24 pins and never those of station 4."),
            _("Not found at final check\nbecause only corner pins are measured"),
            _("Control plan CP-118 rev 3, page 2; 20 bad parts passed the check again."),
        ),
        Question(
            "escape_point",
            _("Escape point"),
            LINE,
            required=False,
            hint=_("The earliest check that should have found it."),
        ),
    ),
    _leg(
        "systemic",
        _("Why did the system allow it?"),
        _("Systemic: what in planning, rules or maintenance let both happen."),
        (
            _("What allowed both: the root cause"),
            _("Why, why, why it was allowed"),
            _("What shows that this allowed it"),
        ),
        (
            _("Tool guides have no wear limit in the maintenance plan, because the FMEA did not list wear."),
            _("No wear limit\nbecause FMEA row 14 was copied from a tool without guides"),
            _("FMEA 118 rev 2, row 14; maintenance plan of the tool."),
        ),
    ),
)
PLAN = (
    Section(
        _("What you will change"),
        (
            Question(
                "action_occurrence",
                _("Action against the cause"),
                example=_("Hardened guide with a wear sensor that stops the press at 0.05 mm."),
            ),
            Question("action_escape", _("Action so that it would be found"), example=_("Camera checks all 24 pins.")),
            Question("action_systemic", _("Action so that it is not allowed again"), required=False),
            Question("strength", _("How strong is it?"), CHOICE, choices=STRENGTHS),
            Question(
                "trial",
                _("How do you know that it will work?"),
                hint=_("A trial before you roll it out."),
                example=_("Trial run of 2,000 parts on 14 March: 0 bad (before: 44)."),
            ),
            Question("expected_percent", _("Expected effect"), PERCENT, required=False, hint=_("Defects less, in %.")),
            Question("risk", _("What could the change make worse?"), required=False),
            Question("responsible", _("Who is responsible?"), LINE, example=_("J. Marsh, tooling")),
            Question(
                "implement_on",
                _("In place by"),
                DATE,
                when="future",
                hint=_("This date becomes the due date of the next stage."),
            ),
        ),
    ),
)
IMPLEMENTATION = (
    Section(
        _("What is in place now"),
        (
            Question(
                "done", _("What was changed?"), example=_("Guide and sensor fitted in tools 1 to 3; camera live.")
            ),
            Question("implemented_on", _("Since when?"), DATE, when="past"),
            Question(
                "first_lot",
                _("First lot or serial number with the change"),
                LINE,
                example=_("THC-2644A, all parts after serial 88120"),
            ),
            Question(
                "validation",
                _("How was it checked, with what result?"),
                example=_("3 shifts, 6,400 parts, all pins measured: 0 bad."),
            ),
            Question(
                "containment_removed_on",
                _("Extra checks removed on"),
                DATE,
                required=False,
                hint=_("Leave empty while they go on."),
            ),
        ),
    ),
)
PREVENTION = (
    Section(
        _("So that it does not come back"),
        (
            Question("documents", _("Documents that were updated"), MANY, choices=DOCUMENTS),
            Question("document_numbers", _("Their numbers and revisions"), LINE, required=False),
            Question(
                "look_across",
                _("Where else could it happen, and what was done there?"),
                hint=_("Similar parts, tools, lines."),
                example=_("Tools 4 to 9 have the same guide: wear measured, two replaced, sensor by May."),
            ),
            Question("lessons", _("What did you learn?"), required=False),
        ),
    ),
    Section(
        _("Risk before and after"),
        (
            Question(
                "fmea",
                _("Rows of the FMEA that changed"),
                ROWS,
                required=False,
                hint=_("Severity, occurrence and detection are whole numbers from 1 to 10."),
                most=4,
                columns=(
                    Question("mode", _("Failure mode"), LINE),
                    *(Question(name, label, RATING) for name, label in RATINGS),
                ),
            ),
        ),
        is_more=True,
    ),
)
CLOSURE = (
    Section(
        _("To close"),
        (
            Question(
                "results",
                _("What do your figures show since the change?"),
                example=_("8 weeks, 41,000 parts checked: 0 bad (before: 21 per 1,000)."),
            ),
            Question("remarks", _("Anything else we should know?"), required=False),
        ),
    ),
)

SECTIONS: dict[str, tuple[Section, ...]] = {
    "acknowledge": FIRST,
    "containment": CONTAINMENT,
    "root_cause": ROOT_CAUSE,
    "plan": PLAN,
    "implementation": IMPLEMENTATION,
    "prevention": PREVENTION,
    "closure": CLOSURE,
}
# What a stage is called on the supplier's pages, and what comes after it.
TITLES: dict[str, Text] = {
    "acknowledge": _("Confirm that you have it"),
    "containment": _("Stop bad parts (containment)"),
    "root_cause": _("Find the root cause"),
    "plan": _("Plan the corrective action"),
    "implementation": _("Put it in place"),
    "prevention": _("Keep it from coming back"),
    "closure": _("Show that it worked"),
}


def questions(code: str) -> tuple[Question, ...]:
    """Every question of a stage, in order. KeyError for an unknown stage."""
    return tuple(question for section in SECTIONS[code] for question in section.questions)
