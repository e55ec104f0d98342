"""The pages of a request with everything on it, and two hundred events, ask the database at most twelve times."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qc.models import CaseCost, Nonconformance, User
from qc.services import events
from suppliers.models import CorrectiveActionRequest, SortResult
from suppliers.services import claims, extensions, links, requests, sharing, shipping
from tests import factories as make
from tests.suppliers import flow

pytestmark = pytest.mark.django_db
MOST, EVENTS = 12, 200
TODAY = dt.date(2026, 11, 20)
NOT_COUNTED = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


@pytest.fixture
def full(
    request_: CorrectiveActionRequest, case: Nonconformance, engineer: User, acme: User
) -> CorrectiveActionRequest:
    """A request with answers, files, messages, a link, a shared defect, more time, extra sorting, a claim."""
    defect = make.DefectFactory(plant=case.plant, supplier=acme.supplier)
    case.defects.add(defect)
    sharing.share_defects(engineer, request=request_, defects=[defect])
    flow.answer(acme, request_, "containment", files=[flow.photo(f"{number}.png") for number in range(5)])
    extensions.ask(
        acme, stage=flow.stage(request_, "root_cause"), reason="Gauge is away", wanted_on=dt.date(2027, 2, 1)
    )
    started = shipping.start(engineer, request=request_, level="cs1", reason="Stop", clean_needed=3, part_number="P-1")
    values = {"element": "labour", "quantity": 1, "rate": 1, "currency": "EUR", "is_recoverable": True}
    cost = CaseCost.objects.create(nonconformance=case, kind="sort", amount_minor=9900, recorded_by=engineer, **values)
    claim = claims.draft(engineer, request=request_, costs=[cost.pk])
    claims.send(engineer, claim=claim, version=claim.version)
    links.create(engineer, request=request_, contact=acme)
    for number in range(5):
        shipping.record(acme, shipping=started, sorted_on=TODAY, lot=f"L{number}", quantity_checked=9, quantity_bad=0)
        requests.send_message(acme, request=request_, text=f"Said {number}")
        requests.send_message(engineer, request=request_, text=f"Answered {number}")
    assert SortResult.objects.count() == 5
    for number in range(EVENTS):
        events.write(by=engineer, verb="request.message", subject=request_, data={"text": f"Event {number}"})
    return request_


def statements(person: User, url: str) -> list[str]:
    """What a page asks beside the session and its person."""
    client = Client()
    client.force_login(person)
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        response = client.get(url)
    assert response.status_code == 200
    sent = [each["sql"] for each in caught.captured_queries]
    return [sql for sql in sent if not sql.startswith(NOT_COUNTED) and not _is_login(sql)]


def _is_login(sql: str) -> bool:
    if 'FROM "django_session"' in sql or 'FROM "qc_user_plants"' in sql:
        return True
    return 'FROM "qc_user" ' in sql and 'WHERE "qc_user"."id" =' in sql


@pytest.mark.parametrize("page", ["suppliers:request-detail", "portal:request-detail"])
def test_a_page_with_everything_on_it_asks_the_database_at_most_twelve_times(
    full: CorrectiveActionRequest, engineer: User, acme: User, page: str
) -> None:
    pk = full.nonconformance_id if page.startswith("qc:") else full.pk
    sent = statements(acme if page.startswith("portal:") else engineer, reverse(page, args=[pk]))
    assert len(sent) <= MOST, "\n".join(sent)
