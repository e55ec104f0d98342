"""Mail with everything inside: plain text, HTML, images in the text, files."""

from __future__ import annotations

import email.message
import email.policy
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, cast

from django.core.mail import EmailMessage

from qc import clock


@dataclass(frozen=True)
class File:
    """An attached file."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A mail to one person. `images` are PNG by name: the HTML shows them as `cid:NAME`.

    `key` names what is sent; the same key gives the same Message-ID, by which mail servers know a letter they have.
    """

    to: str
    subject: str
    text: str
    html: str
    key: str = ""
    images: Mapping[str, bytes] = field(default_factory=dict)
    files: Sequence[File] = ()


def send(letter: Letter) -> None:
    """Hand a letter to the mail server (or the file, as EMAIL_URL says). Its errors are the mail server's."""
    _Envelope(letter).send()


class _Message(email.message.EmailMessage):
    """The standard library's message, with the arguments that Django's mail backends give."""

    def as_bytes(self, unixfrom: bool = False, policy: Any = None, linesep: str | None = None) -> bytes:
        chosen = policy or self.policy
        return super().as_bytes(unixfrom, chosen.clone(linesep=linesep) if linesep else chosen)


class _Envelope(EmailMessage):
    """Django sends it; what it looks like is ours: alternative(text, related(html, images)) and then the files."""

    def __init__(self, letter: Letter) -> None:
        super().__init__(subject=_one_line(letter.subject), body=letter.text, to=[letter.to])
        self.letter = letter

    def message(self, **kwargs: Any) -> Any:
        letter = self.letter
        message = _Message(policy=email.policy.SMTP)
        message["Subject"] = self.subject
        message["From"] = self.from_email
        message["To"] = letter.to
        message["Date"] = formatdate(clock.now().timestamp())
        message["Message-ID"] = self._message_id()
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        html = cast("email.message.EmailMessage", message.get_body(("html",)))
        for name, content in letter.images.items():
            html.add_related(content, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
        for attached in letter.files:
            kind, subtype = attached.content_type.split("/")
            message.add_attachment(attached.content, kind, subtype, filename=attached.name)
        return message

    def _message_id(self) -> str:
        host = self.from_email.rpartition("@")[2].strip("> ") or "localhost"
        return f"<{self.letter.key or uuid.uuid4().hex}@{host}>"


def _one_line(text: str) -> str:
    return " ".join(text.split())
