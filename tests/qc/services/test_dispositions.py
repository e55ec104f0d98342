from __future__ import annotations

import pytest

from qc.errors import NotAllowed, Refused, Stale
from qc.models import Disposition, Event, Nonconformance, Plant, Signature, User
from qc.services import board, cases, dispositions, events
from qc.services.signatures import Proof
from tests import factories as make
from tests.qc.services import walk

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def case(engineer: User, plant: Plant) -> Nonconformance:
    case = walk.opened(engineer, walk.finding_with_defects(plant))
    cases.contain(engineer, case=case, description="Stock blocked.", quantity_held="100")
    return case


@pytest.fixture
def in_review(engineer: User, case: Nonconformance) -> Nonconformance:
    return cases.review(engineer, case=case, suspect_quantity="100")


def member(plant: Plant, function: str) -> User:
    person: User = make.UserFactory(role="engineer", plants=[plant], is_mrb_member=True, mrb_function=function)
    return person


def sign(by: User, row: Disposition, **more: object) -> Signature:
    return cases.sign(by, disposition=row, proof=Proof(by.pk), **more)  # type: ignore[arg-type]


def missing(row: Disposition) -> str:
    return board.decided([Disposition.objects.get(pk=row.pk)])[0].missing


def test_suspect_material_is_disposed_of_before_the_investigation(
    engineer: User, plant: Plant, in_review: Nonconformance
) -> None:
    quality = member(plant, "quality")
    scrap = cases.dispose(engineer, case=in_review, decision="scrap", quantity=60)
    with pytest.raises(Refused, match="40 of 100 has no disposition"):
        cases.finish_dispositions(engineer, case=in_review)
    with pytest.raises(Refused, match="Only 40 is left"):
        cases.dispose(engineer, case=in_review, decision="scrap", quantity="40.001")
    with pytest.raises(Refused) as refusal:
        cases.dispose(engineer, case=in_review, decision="rework", quantity=40)
    assert list(refusal.value.fields) == ["instruction"]
    rework = cases.dispose(engineer, case=in_review, decision="rework", quantity=40, instruction="Touch up by hand.")
    with pytest.raises(Refused, match=r"Scrap of 60: 1 signature.*Rework of 40: 1 signature"):
        cases.finish_dispositions(engineer, case=in_review)
    for row in (scrap, rework):
        sign(quality, row)
    assert cases.finish_dispositions(engineer, case=in_review).status == "dispositioned"
    assert cases.investigate(engineer, case=in_review).status == "investigating"
    assert list(events.broken_links()) == []


@pytest.mark.parametrize("decision", ["use_as_is", "repair"])
def test_material_that_does_not_fit_the_drawing_needs_two_people_and_engineering(
    engineer: User, plant: Plant, in_review: Nonconformance, decision: str
) -> None:
    row = cases.dispose(engineer, case=in_review, decision=decision, quantity=100, instruction="As drawn in 12.")
    quality, purchasing, engineering = (member(plant, name) for name in ("quality", "purchasing", "engineering"))
    assert "2 signatures" in missing(row) and "engineering" in missing(row)
    sign(quality, row)
    with pytest.raises(Refused, match="signed this already"):
        sign(quality, row)
    sign(purchasing, row)
    assert "nobody has signed for engineering" in missing(row)
    with pytest.raises(Refused, match="engineering"):
        cases.finish_dispositions(engineer, case=in_review)
    sign(engineering, row)
    assert missing(row) == ""
    assert cases.finish_dispositions(engineer, case=in_review).status == "dispositioned"


@pytest.mark.parametrize("decision", ["scrap", "rework", "return_to_supplier", "sort", "regrade", "hold"])
def test_everything_else_needs_one_signature(
    engineer: User, plant: Plant, in_review: Nonconformance, decision: str
) -> None:
    row = cases.dispose(engineer, case=in_review, decision=decision, quantity=100, instruction="By hand.")
    assert "1 signature" in missing(row)
    sign(member(plant, "production"), row)
    assert missing(row) == ""
    with pytest.raises(Refused, match="all its signatures"):
        sign(member(plant, "quality"), row)


def test_a_change_after_the_signature_makes_it_void_and_leaves_it_to_be_seen(
    engineer: User, plant: Plant, in_review: Nonconformance
) -> None:
    row, quality = cases.dispose(engineer, case=in_review, decision="scrap", quantity=60), member(plant, "quality")
    first = sign(quality, row)
    changed = cases.amend(engineer, disposition=row, decision="scrap", quantity=100)
    after = board.decided([changed])[0]
    assert (after.valid, after.void) == ((), (first,)) and "1 signature" in after.missing
    again = sign(quality, changed, version=2)
    assert board.decided([changed])[0].valid == (again,)
    back = cases.amend(engineer, disposition=changed, decision="scrap", quantity=60)
    assert board.decided([back])[0].valid == (), "what was void stays void: the board has to look again"


def test_a_signature_says_who_when_what_and_for_which_function(
    engineer: User, plant: Plant, in_review: Nonconformance
) -> None:
    row, quality = cases.dispose(engineer, case=in_review, decision="scrap", quantity=60), member(plant, "quality")
    signature = sign(quality, row)
    assert (signature.by, signature.at, signature.capacity) == (quality, make.NOON, "quality")
    assert (signature.meaning, signature.proof) == ("Material review: Scrap", "password")
    event = Event.objects.about(in_review).filter(verb="case.sign").get()
    assert event.data["content"]["quantity"] == "60" and event.data["sha256"] == signature.content_sha256


def test_what_was_changed_meanwhile_is_not_signed_unseen(
    engineer: User, plant: Plant, in_review: Nonconformance
) -> None:
    row = cases.dispose(engineer, case=in_review, decision="scrap", quantity=60)
    cases.amend(engineer, disposition=row, decision="return_to_supplier", quantity=60)
    with pytest.raises(Stale):
        sign(member(plant, "quality"), row, version=1)
    with pytest.raises(Stale):
        cases.amend(engineer, disposition=row, decision="scrap", quantity=60, version=1)
    assert not Signature.objects.exists()


def test_a_disposition_taken_back_counts_no_more_and_is_not_signed(
    engineer: User, plant: Plant, in_review: Nonconformance
) -> None:
    row, quality = cases.dispose(engineer, case=in_review, decision="scrap", quantity=60), member(plant, "quality")
    with pytest.raises(Refused) as refusal:
        cases.withdraw(engineer, disposition=row, reason=" ")
    assert list(refusal.value.fields) == ["reason"]
    cases.withdraw(engineer, disposition=row, reason="The customer takes them.")
    with pytest.raises(Refused, match="taken back"):
        sign(quality, row)
    assert steps_left(in_review) == 100


def steps_left(case: Nonconformance) -> int:
    return int(board.undisposed(Nonconformance.objects.get(pk=case.pk)))


@pytest.mark.parametrize("who", ["engineer", "manager", "inspector", "auditor"])
def test_only_members_of_the_board_sign(
    engineer: User, in_review: Nonconformance, who: str, request: pytest.FixtureRequest
) -> None:
    row = cases.dispose(engineer, case=in_review, decision="scrap", quantity=5)
    with pytest.raises(NotAllowed):
        sign(request.getfixturevalue(who), row)


def test_nobody_signs_with_the_proof_of_somebody_else(engineer: User, plant: Plant, in_review: Nonconformance) -> None:
    row = cases.dispose(engineer, case=in_review, decision="scrap", quantity=5)
    with pytest.raises(NotAllowed):
        cases.sign(member(plant, "quality"), disposition=row, proof=Proof(engineer.pk))
    assert not Signature.objects.exists()


def test_a_member_of_another_plant_signs_nothing_here(engineer: User, in_review: Nonconformance) -> None:
    row = cases.dispose(engineer, case=in_review, decision="scrap", quantity=5)
    with pytest.raises(NotAllowed):
        sign(member(make.PlantFactory(), "quality"), row)


def test_engineers_and_members_propose_and_others_do_not(
    engineer: User, purchasing: User, inspector: User, auditor: User, in_review: Nonconformance
) -> None:
    auditor.is_mrb_member = True
    for person in (purchasing, inspector, auditor):
        with pytest.raises(NotAllowed):
            cases.dispose(person, case=in_review, decision="scrap", quantity=5)
    purchasing.is_mrb_member = True
    assert cases.dispose(purchasing, case=in_review, decision="scrap", quantity=5).decided_by == purchasing
    assert cases.dispose(engineer, case=in_review, decision="scrap", quantity=5).decided_by == engineer


def test_what_waits_for_a_signature_is_found_by_the_members_who_may_give_it(
    engineer: User, plant: Plant, in_review: Nonconformance
) -> None:
    row = cases.dispose(engineer, case=in_review, decision="use_as_is", quantity=5)
    quality, engineering = member(plant, "quality"), member(plant, "engineering")
    assert dispositions.waiting_for(quality) == [row] and dispositions.waiting_for(engineer) == []
    sign(quality, row)
    assert dispositions.waiting_for(quality) == [] and dispositions.waiting_for(engineering) == [row]


@pytest.mark.parametrize("quantity", [0, -1, "NaN", "Infinity", "1e400", "1_000", "٣", "", "abc", "0.0005", 10**9])
def test_a_suspect_quantity_is_a_plain_number_above_zero(
    engineer: User, case: Nonconformance, quantity: object
) -> None:
    with pytest.raises(Refused) as refusal:
        cases.review(engineer, case=case, suspect_quantity=quantity)
    assert list(refusal.value.fields) == ["suspect_quantity"]
    assert Nonconformance.objects.get(pk=case.pk).status == "contained"


@pytest.mark.parametrize(
    ("field", "counts"),
    [
        ("inspected_quantity", {"lot_quantity": 100, "inspected_quantity": 101}),
        ("defective_quantity", {"inspected_quantity": 50, "defective_quantity": 51}),
        ("suspect_quantity", {"inspected_quantity": 900, "defective_quantity": 101}),
    ],
)
def test_quantities_that_do_not_add_up_are_refused_beside_the_field(
    engineer: User, case: Nonconformance, field: str, counts: dict[str, int]
) -> None:
    with pytest.raises(Refused) as refusal:
        cases.review(engineer, case=case, suspect_quantity=100, **counts)  # type: ignore[arg-type]
    assert list(refusal.value.fields) == [field]
    assert Nonconformance.objects.get(pk=case.pk).lot_quantity is None
