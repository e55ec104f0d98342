from __future__ import annotations

import datetime as dt
import gzip
import io
from pathlib import Path

import pytest
from PIL import Image

from qc import charts
from qc.render import bundle, fonts, images, qr, typst


def test_a_qr_code_is_drawn_and_too_much_text_is_refused() -> None:
    assert qr.svg("http://127.0.0.1:8000/lines/1/").startswith("<svg")
    with pytest.raises(ValueError, match="5000 characters"):
        qr.svg("x" * 5000)


def test_the_typeface_comes_with_a_package() -> None:
    assert (fonts.folder() / "SourceSansPro-Regular.ttf").is_file()


def test_a_template_cannot_read_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    template = tmp_path / "t.typ"
    template.write_text(f'#read("{secret}")')
    with pytest.raises(Exception, match="not found|access"):
        typst.pdf(template, {}, at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))


def test_the_chart_script_is_made_once_and_named_by_its_content(tmp_path: Path) -> None:
    plain = bundle.file(tmp_path)
    zipped = bundle.file(tmp_path, zipped=True)
    assert bundle.VERSION in plain.name
    assert gzip.decompress(zipped.read_bytes()) == plain.read_bytes()
    assert b"window.vegaEmbed" in plain.read_bytes()
    made = plain.stat().st_mtime_ns
    assert bundle.file(tmp_path).stat().st_mtime_ns == made
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([plain.name, zipped.name])


def test_unprintable_characters_do_not_take_the_process_down() -> None:
    drawn = images.svg(charts.pareto([("nul \x00 bell \x07 lone \ud800 end", 3, 1)]))
    assert "nul  bell  lone  end" in drawn


def test_a_chart_becomes_a_png_of_the_width_asked_for() -> None:
    content = images.png(charts.pareto([("Scratch", 3, 1)]), width=600, scale=2)
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.format == "PNG" and 1150 <= picture.width <= 1250
