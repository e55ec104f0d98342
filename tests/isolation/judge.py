"""What an answer must not be."""

from __future__ import annotations

from tests.isolation.access import LINK, Access
from tests.isolation.probes import OUTSIDE, TOKEN, Answer, House, may_see, may_see_row
from tests.isolation.routes import Route


def faults(house: House, route: Route, access: Access, answer: Answer) -> list[str]:
    """Every rule that this answer breaks, in words."""
    role = answer.probe.role
    said = [f"{answer.probe} -> {answer.status}: {fault}" for fault in _leaks(house, role, answer)]
    if answer.status >= 500 or answer.crash:
        said.append(f"{answer.probe} -> {answer.status}: {answer.crash or 'a server error'}")
    said += [f"{answer.probe} -> {answer.status}: {write}" for write in answer.foreign_writes]
    wrong = _wrong_status(house, route, access, answer)
    if wrong:
        said.append(f"{answer.probe} -> {answer.status}: {wrong}")
    return said


def _leaks(house: House, role: str, answer: Answer) -> list[str]:
    known = house.own.canaries | house.alien.canaries
    # What a person typed or named in the address comes back in error pages and next links: that is no leak.
    seen = {text.lower() for text in TOKEN.findall(answer.text)} - {
        text.lower() for text in TOKEN.findall(f"{answer.probe.url} {answer.probe.body}")
    }
    leaked = [known[text] for text in sorted(seen) if text in known and not may_see(house, role, known[text])]
    return [f"shows {each.model._meta.label}.{each.field} {each.group} of {each.world}" for each in leaked]


def _wrong_status(house: House, route: Route, access: Access, answer: Answer) -> str:
    role, status = answer.probe.role, answer.status
    if role == "anonymous" or (role == LINK and role not in access.who):  # to other pages a link is a stranger
        if role in access.who or (role in access.posts and answer.probe.verb == "POST"):
            return ""
        return "" if status in (302, 401, 404, 405) else "a stranger is sent to the login"
    if route.name.startswith("admin:"):
        return "" if status in (302, 403, 404, 405) else "the admin is for staff only"
    if access.row is not None and not _row_is_theirs(house, access, answer):
        return _hidden(role, status, "a foreign row")
    if role in access.posts and answer.probe.verb == "POST":
        return ""
    if role not in access.who:
        return _hidden(role, status, "a closed page")
    plain = "own keys" if access.needs_query else "empty"
    if answer.probe.verb == "GET" and plain in answer.probe.label and status not in (200, 302, 405):
        return "a declared role comes in"
    return ""


def _row_is_theirs(house: House, access: Access, answer: Answer) -> bool:
    assert access.row is not None
    role = answer.probe.role
    world = house.home_of(role) if answer.probe.label.startswith("own") else house.other_of(role)
    return may_see_row(house, role, world, access.row)


def _hidden(role: str, status: int, what: str) -> str:
    if role in OUTSIDE or what == "a foreign row":
        # 403 is a role's answer, given to our own people before any row is looked up.
        allowed = (404, 405) if role in OUTSIDE else (403, 404, 405)
    else:
        allowed = (403, 404, 405)
    return "" if status in allowed else f"{what} does not exist for this person: 404"
