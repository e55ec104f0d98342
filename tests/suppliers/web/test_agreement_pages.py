"""The pages of both sides about dates, sorting, money and the 8D report."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from qc.errors import Refused
from qc.models import CaseCost, Nonconformance, User
from suppliers import answers
from suppliers.layouts import photos
from suppliers.models import CorrectiveActionRequest, CostClaim, Extension
from suppliers.services import claims, requests, shipping
from tests.suppliers import flow

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def claim(request_: CorrectiveActionRequest, case: Nonconformance, engineer: User) -> CostClaim:
    values = {"element": "labour", "quantity": 1, "rate": 1, "currency": "EUR", "is_recoverable": True}
    cost = CaseCost.objects.create(
        nonconformance=case, kind="sort", amount_minor=9900, recorded_by=engineer, note="INTERNAL-NOTE", **values
    )
    row = claims.draft(engineer, request=request_, costs=[cost.pk])
    return claims.send(engineer, claim=row, version=row.version)


def text_of(client: Client, name: str, pk: int) -> str:
    response = client.get(reverse(name, args=[pk]))
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert "Page 1 of" in reader.pages[0].extract_text()
    return "\n".join(page.extract_text() for page in reader.pages)


def test_the_report_of_the_supplier_says_nothing_of_ours(
    client: Client, claim: CostClaim, engineer: User, acme: User, rival: User
) -> None:
    row = claim.request
    flow.answer(acme, row, "containment", files=[flow.photo()])
    client.force_login(engineer)
    ours = text_of(client, "suppliers:request-pdf", row.pk)
    assert row.nonconformance.number in ours and "Gauge on all pins." in ours and "photo.png" in ours
    client.force_login(acme)
    theirs = text_of(client, "portal:request-pdf", row.pk)
    assert "Gauge on all pins." in theirs and "99.00 EUR" in theirs
    assert row.nonconformance.number not in theirs and "INTERNAL" not in ours + theirs
    client.force_login(rival)
    for name in ("portal:request-pdf", "portal:request-xlsx"):
        assert client.get(reverse(name, args=[row.pk])).status_code == 404


def test_the_supplier_asks_for_more_time_and_we_grant_it(
    client: Client, request_: CorrectiveActionRequest, acme: User, engineer: User
) -> None:
    client.force_login(acme)
    url = reverse("portal:extension-ask", args=[request_.pk, "containment"])
    bad = client.post(url, {"wanted_on": "2026-11-01", "reason": "Late"})
    assert bad.status_code == 422 and "has passed" in bad.content.decode()
    assert client.post(url, {"wanted_on": "2026-11-27", "reason": "Gauge is away"}).status_code == 302
    row = Extension.objects.get()
    client.force_login(engineer)
    assert "Gauge is away" in client.get(reverse("suppliers:stage-detail", args=[row.stage_id])).content.decode()
    client.post(reverse("suppliers:extension-grant", args=[row.pk]), {"granted_on": "2026-11-26"})
    row.refresh_from_db()
    assert (row.status, row.granted_on) == ("granted", dt.date(2026, 11, 26))


def test_the_supplier_notes_its_sorting_and_a_sum_that_is_wrong_stands_beside_the_field(
    client: Client, request_: CorrectiveActionRequest, acme: User, engineer: User
) -> None:
    given = {"level": "cs1", "reason": "Twice", "clean_needed": 2, "part_number": "P-1", "started_on": TODAY}
    row = shipping.start(engineer, request=request_, **given)
    client.force_login(acme)
    url = reverse("portal:shipping-detail", args=[row.pk])
    body = {"sorted_on": "2026-11-20", "lot": "L-9", "quantity_checked": "5", "quantity_bad": "6"}
    bad = client.post(url, body)
    assert bad.status_code == 422 and "More bad parts than parts checked." in bad.content.decode()
    assert client.post(url, body | {"quantity_bad": "0"}).status_code == 302
    assert row.results.count() == 1


def test_a_claim_is_agreed_by_its_supplier_and_read_by_nobody_else(
    client: Client, claim: CostClaim, acme: User, rival: User
) -> None:
    client.force_login(rival)
    assert client.get(reverse("portal:claim-detail", args=[claim.pk])).status_code == 404
    client.force_login(acme)
    page = client.get(reverse("portal:claim-detail", args=[claim.pk])).content.decode()
    assert "99.00 EUR" in page and "INTERNAL" not in page
    client.post(reverse("portal:claim-agree", args=[claim.pk]), {"version": claim.version})
    claim.refresh_from_db()
    assert claim.status == "agreed"


def test_rows_of_a_form_arrive_and_are_shown_again(
    client: Client, request_: CorrectiveActionRequest, acme: User
) -> None:
    client.force_login(acme)
    url = reverse("portal:request-description", args=[request_.pk])
    body = {"leader": "J. Marsh", "members-0-name": "A. Ball", "members-0-function": "Quality"}
    assert client.post(url, body | {"is_is_not-what-is": "Pins"}).status_code == 302
    said = flow.stage(request_, "acknowledge").submissions.get().answers
    assert said["members"] == [{"name": "A. Ball", "function": "Quality"}]
    assert said["is_is_not"] == [{"row": "what", "is": "Pins"}]
    assert "A. Ball" in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"sorted": "4200", "good": "4200", "bad": "37"}, "not as many"),
        ({"suspect": "10", "sorted": "4200", "good": "4163", "bad": "37"}, "more parts checked than suspect"),
        ({"sorted": "100", "good": "63", "bad": "37"}, "All places together"),
        ({"sorted": "many", "good": "1", "bad": "0"}, "Checked"),
    ],
)
def test_places_that_do_not_add_up_are_refused(row: dict[str, str], says: str) -> None:
    given: dict[str, Any] = flow.ANSWERS["containment"] | {"locations": [{"row": "own_stock", **row}]}
    with pytest.raises(Refused) as refusal:
        answers.checked("containment", given, today=TODAY)
    assert says in refusal.value.fields["locations"]


def test_a_film_is_refused_with_a_sentence_and_what_was_typed_is_kept(
    client: Client, request_: CorrectiveActionRequest, acme: User
) -> None:
    client.force_login(acme)
    film = SimpleUploadedFile("film.mp4", b"\0" * (14 * 2**20), "video/mp4")
    url = reverse("portal:stage-answer", args=[request_.pk, "containment"])
    page = client.post(url, {"measure": "All stock blocked.", "files": [film], "save": "1"})
    assert page.status_code == 422
    assert "larger than 10 MB" in page.content.decode() and "All stock blocked." in page.content.decode()
    kept = page.wsgi_request.FILES["files"]
    assert kept.size is not None and kept.size < 12 * 2**20  # the rest was read past, not stored


def test_conceding_shows_on_the_case_where_the_cause_is(
    client: Client, request_: CorrectiveActionRequest, acme: User, engineer: User
) -> None:
    requests.dispute(acme, request=request_, reason="Your press bends them.")
    client.force_login(engineer)
    body = {"responsibility": "ours", "reason": "Our press was set wrong."}
    client.post(reverse("suppliers:request-concede", args=[request_.pk]), body)
    request_.refresh_from_db()
    assert (request_.status, request_.responsibility) == ("cancelled", "ours")


def test_the_home_page_of_the_supplier_lists_the_sorting_that_runs(
    client: Client, request_: CorrectiveActionRequest, engineer: User, acme: User, rival: User
) -> None:
    row = shipping.start(engineer, request=request_, level="cs1", reason="Stop", clean_needed=2, part_number="P-77")
    client.force_login(acme)
    assert "Controlled shipping of P-77" in client.get(reverse("portal:home")).content.decode()
    client.force_login(rival)
    assert "P-77" not in client.get(reverse("portal:home")).content.decode()
    shipping.end(engineer, shipping=row, reason="Met")
    client.force_login(acme)
    assert "P-77" not in client.get(reverse("portal:home")).content.decode()


def test_the_report_on_paper_holds_the_photos_that_were_sent_and_no_draft(
    client: Client, request_: CorrectiveActionRequest, engineer: User, acme: User
) -> None:
    photographed = [flow.photo(f"{colour}.png", colour) for colour in ("red", "blue")]
    flow.answer(acme, request_, "containment", files=photographed)
    requests.save_draft(acme, stage=flow.stage(request_, "root_cause"), answers={}, files=[flow.photo("draft.png")])
    sent = flow.stage(request_, "containment").evidence.order_by("pk")
    sent[1].file.delete(save=False)  # gone from the disk: the report is made all the same
    found = photos.of_request(engineer, request_)
    assert [photo.name for photo in found] == [sent[0].name]
    client.force_login(engineer)
    response = client.get(reverse("suppliers:request-pdf", args=[request_.pk]))
    reader = pypdf.PdfReader(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    assert sum(len(page.images) for page in reader.pages) == 1


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "I;16", "1"])
def test_a_photo_for_paper_is_small_and_only_a_picture(mode: str) -> None:
    data = io.BytesIO()
    Image.new(mode, (3000, 100)).save(data, "PNG")
    with Image.open(io.BytesIO(photos.scaled(data.getvalue()))) as picture:
        assert (picture.format, picture.mode, picture.width) == ("JPEG", "RGB", photos.EDGE)
    for wrong in (b"", b"%PDF-1.7", data.getvalue()[:80]):
        with pytest.raises(ValueError, match="no picture"):
            photos.scaled(wrong)
