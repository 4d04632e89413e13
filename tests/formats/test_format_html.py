"""Of a page, what its reader sees goes in, wherever it stands; what nobody sees does not."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from memos_graph.formats import parse

SEEN = "The ferry leaves at ten."


def text(page: str) -> str:
    parsed = parse(f"<html><body><p>Start.</p>{page}</body></html>", name="page.html")
    return "\n".join("\n".join((*entry.heading, entry.text)) for entry in parsed.entries)


@pytest.mark.parametrize(
    "tag",
    [
        "address", "article", "aside", "blockquote", "button", "center", "details", "dialog open", "div", "fieldset",
        "figcaption", "footer", "form", "h2", "header", "label", "legend", "main", "menu", "nav", "object", "output",
        "section", "summary", "textarea", "mark", "font", "custom-element",
    ],
)  # fmt: skip
def test_text_is_kept_wherever_it_stands(tag: str):
    page = f"<{tag}><div><p>{SEEN} {SEEN}</p></div></{tag.partition(' ')[0]}>"
    assert SEEN in text(page)


@pytest.mark.parametrize(
    "page",
    [
        f"<p hidden>{SEEN}</p>",
        f"<div hidden=''><section><p>{SEEN}</p></section></div>",
        f"<p style='display:none'>{SEEN}</p>",
        f"<p style='color:red; DISPLAY : None !important;'>{SEEN}</p>",
        f"<div style='visibility: hidden'><p>{SEEN}</p></div>",
        f"<div style='opacity:0'>{SEEN}</div>",
        f"<div style='font-size:0px'>{SEEN}</div>",
        f"<p aria-hidden=true>{SEEN}</p>",
        f"<template>{SEEN}</template>",
        f"<noscript>{SEEN}</noscript>",
        f"<script>{SEEN}</script>",
        f"<dialog>{SEEN}</dialog>",
        f"<input type=hidden value='{SEEN}'>",
        f"<input type=password value='{SEEN}'>",
        f"<!-- {SEEN} -->",
        f"<datalist><option>{SEEN}</datalist>",
        f"<video>{SEEN}</video>",
        f"<style>.draft {{ color: red; display: none }}</style><p class='note draft'>{SEEN}</p>",
        f"<style>#old, .x {{display:none}}</style><div id=old><p>{SEEN}</p></div>",
        f"<style>/* .y{{}} */ div.a > p {{ visibility:hidden }}</style><div class=a><p>{SEEN}</p></div>",
        f"<style>@media screen {{ .s {{ display: none }} }}</style><p class=s>{SEEN}</p>",
        f"<style>.t {{display:none}} .t.on {{display:block}}</style><p class=t>{SEEN}</p>",
        f"<style>.t {{display:none !important}}</style><p class=t style='display:block'>{SEEN}</p>",
        f"<svg><title>{SEEN}</title></svg>",
        f"<nav><a href='/ferry'>{SEEN}</a></nav>",
    ],
)
def test_what_no_reader_sees_is_left_out(page: str):
    assert "ferry" not in text(page)


@pytest.mark.parametrize(
    "page",
    [
        f"<p hidden=until-found>{SEEN}</p>",
        f"<p style='display:block'>{SEEN}</p>",
        f"<div style='visibility:hidden'><p style='visibility:visible'>{SEEN}</p></div>",
        f"<div style='font-size:0'><span style='font-size:14px'>{SEEN}</span></div>",
        f"<details><summary>Times</summary>{SEEN}</details>",
        f"<style>@media print {{ .p {{ display: none }} }}</style><p class=p>{SEEN}</p>",
        f"<style media=print>.p {{ display: none }}</style><p class=p>{SEEN}</p>",
        f"<style>@media (max-width: 40em) {{ .w {{ display: none }} }}</style><p class=w>{SEEN}</p>",
        f"<style>.t {{display:none}} .t.on {{display:block}}</style><p class='t on'>{SEEN}</p>",
        f"<style>#i {{display:block}} .t {{display:none}}</style><p id=i class=t>{SEEN}</p>",
        f"<style>.t::before {{display:none}} .t:hover {{display:none}} .other .t {{display:none}}</style><p class=t>{SEEN}",
        f"<style>.t {{display:none}}</style><p class=t style='display:block'>{SEEN}</p>",
        f"<p hidden style='display:block'>{SEEN}</p>",
        f"<style>{{}} }} broken {{ .t </style><p class=t>{SEEN}</p>",
        f"<input value='{SEEN}'>",
        f"<select><option>Bus</option><option selected>{SEEN}</option></select>",
        f"<svg><text>{SEEN}</text></svg>",
    ],
)
def test_what_a_reader_sees_all_the_same_is_kept(page: str):
    assert SEEN in text(page)


def test_a_closed_list_shows_one_choice():
    assert text("<select><option>Bus</option><option>Tram</option></select>").endswith("Bus")


def test_a_page_takes_the_date_of_its_head():
    page = "<html><head><meta property='article:published_time' content='2026-05-04T09:00:00+02:00'></head><p>Text."
    assert parse(page, name="a.html").at == datetime(2026, 5, 4, 9, tzinfo=timezone(timedelta(hours=2)))


def test_a_date_that_can_not_be_read_costs_the_date_and_is_told():
    parsed = parse("<html><meta name=date content='in spring'><p>Text.", name="a.html")
    assert (parsed.at, parsed.entries[0].text) == (None, "Text.")
    assert parsed.remarks[0].excerpt == "in spring"
    later = parse("<html><meta name=date content=soon><meta name=pubdate content=2026-05-04><p>Text.", name="a.html")
    assert (later.at, len(later.remarks)) == (datetime(2026, 5, 4, tzinfo=UTC), 1)


def test_html_within_markdown_keeps_to_the_same():
    parsed = parse("Start.\n\n<div><p hidden>Old.</p><p>New.</p></div>\n", name="a.md")
    assert parsed.entries[0].text == "Start.\n\nNew."


@pytest.mark.parametrize(
    "page",
    [
        "<style>"
        + ".a .c{visibility:hidden}" * 3000
        + "</style>"
        + "<div class=a><p><b class=c>x</b></p></div>" * 3000,
        "<style>" + ".z .a .a{display:none}" * 3000 + "</style><i class=z>i</i>" + "<div class=a>" * 3000,
        "<nav>" * 3000,
        "<p style='" + "display:" * 100_000 + "'>",
        "<select>" + "<option>a" * 10_000 + "</select>",
    ],
)
def test_a_page_made_to_cost_time_is_read_soon(page: str):
    started = time.process_time()
    assert "End" in text(f"{page}<p>End of a line that is longer than any label in a menu.")
    assert time.process_time() - started < 10
