"""The supplier's own figures: score and band, the year so far, month by month, with what they mean."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qc import clock
from suppliers.portal.access import OutsideRequest, account_required
from suppliers.services import ranking


@require_safe
@account_required
def scorecard(request: OutsideRequest) -> HttpResponse:
    supplier = request.user.supplier
    if supplier is None:
        raise Http404
    month = clock.today().replace(day=1)
    standing = ranking.standing(request.user, supplier, month)
    months = [each for each in reversed(standing.months) if each.card is not None]
    context = {"standing": standing, "months": months, "year": month.year}
    return render(request, "suppliers/portal/scorecard.html", context)
