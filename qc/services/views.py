"""Views of a list that people keep: filters, columns and order under a name, one of them the default."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from qc.errors import NotAllowed, Refused
from qc.models import SavedView, User
from qc.permissions import is_inside
from qc.services.listings.base import Listing, parse, query_of
from qc.services.wording import given

MOST = 50  # views of one person and list
COLUMNS = ":columns"  # the list name under which a person's columns are kept
PASSING = ("page", "after", "before", "open", "view")


@transaction.atomic
def keep(by: User, *, listing: Listing, name: str, query: str, is_default: bool = False) -> SavedView:
    """Keep a list as its address says it; the same name again replaces the view. Refused without a name."""
    _require_inside(by)
    name = given(name, "name", _("Give the view a name."), longest=80)
    mine = SavedView.objects.visible_to(by).filter(list_name=listing.name)
    if not mine.filter(name=name).exists() and mine.count() >= MOST:
        raise Refused(_("You have %(most)d views of this list. Delete one first.") % {"most": MOST})
    if is_default:
        mine.filter(is_default=True).update(is_default=False)
    kept = {"query": _plain(query), "is_default": is_default}
    view, _made = SavedView.objects.update_or_create(owner=by, list_name=listing.name, name=name, defaults=kept)
    return view


@transaction.atomic
def make_default(by: User, *, view: SavedView, is_default: bool) -> SavedView:
    """Open the list with this view, or no longer."""
    _require_own(by, view)
    mine = SavedView.objects.visible_to(by).filter(list_name=view.list_name)
    mine.update(is_default=False)
    view.is_default = is_default
    view.save(update_fields=["is_default"])
    return view


@transaction.atomic
def remove(by: User, *, view: SavedView) -> None:
    """Forget a view; the records it showed stay."""
    _require_own(by, view)
    view.delete()


@transaction.atomic
def keep_columns(by: User, *, listing: Listing, columns: str) -> None:
    """Show these columns whenever the address does not say which."""
    _require_inside(by)
    known = [each.name for each in listing.columns if each.name in columns.split(",")]
    SavedView.objects.update_or_create(
        owner=by, list_name=listing.name + COLUMNS, name="columns", defaults={"query": ",".join(known)}
    )


def _plain(query: str) -> str:
    return query_of(parse(query[:4000]), without=PASSING)


def _require_inside(by: User) -> None:
    if not is_inside(by):
        raise NotAllowed(_("Views are for our own people."))


def _require_own(by: User, view: SavedView) -> None:
    if view.owner_id != by.pk:
        raise NotAllowed(_("This view is somebody else's."))
