from __future__ import annotations

from django.test import Client
from django.urls import reverse

from qc.models import User


def test_the_chart_script_comes_zipped_and_may_be_kept(client: Client, inspector: User) -> None:
    client.force_login(inspector)
    answer = client.get(reverse("qc:vega"), headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip" and "Accept-Encoding" in answer["Vary"]
    assert "immutable" in answer["Cache-Control"]
    assert answer["Content-Type"].startswith("text/javascript")
    assert b"".join(answer.streaming_content)[:2] == b"\x1f\x8b"


def test_the_chart_script_comes_plain_to_who_cannot_unzip(client: Client, inspector: User) -> None:
    client.force_login(inspector)
    answer = client.get(reverse("qc:vega"))
    assert b"window.vegaEmbed" in b"".join(answer.streaming_content)


def test_the_chart_script_is_not_for_strangers(client: Client) -> None:
    assert client.get(reverse("qc:vega")).status_code == 302
