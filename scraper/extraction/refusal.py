"""Pages that are no articles, and why.

Careful on the side of keeping: a real flash of one sentence is an article. A
page is refused only where its own record or its shape says what it is instead.
"""

import re

from scraper.extraction import json_ld
from scraper.extraction.body import Text
from scraper.extraction.errors import NoArticle
from scraper.extraction.page import Page
from scraper.extraction.wording import key

_NOT_FOUND = re.compile(
    r"^(?:404|الصفحه غير موجوده|صفحه غير موجوده|لم يتم العثور|خطا 404|عذرا الصفحه|page not found|not found|"
    r"error 404|nothing found|الصفحه المطلوبه غير)"
)
_CHALLENGE = re.compile(r"^(?:just a moment|attention required|access denied|ddos guard|checking your browser|"
                        r"are you a robot|security check|please wait)")  # fmt: skip
_LOGIN = re.compile(r"^(?:تسجيل الدخول|log ?in|sign ?in|يرجي تسجيل الدخول|subscribe to continue)")
_LEAST = 20


def check_headline(page: Page, headline: str | None) -> str:
    """Return *headline* if the page can be an article; raise NoArticle if it says otherwise."""
    if not headline:
        raise NoArticle("no_headline")
    compared = key(headline)
    if not json_ld.is_article(page.article):
        for pattern, reason in (
            (_NOT_FOUND, "not_found"),
            (_CHALLENGE, "challenge"),
            (_LOGIN, "login_wall"),
        ):
            if pattern.match(compared):
                raise NoArticle(reason)
    return headline


def check_body(page: Page, text: Text) -> None:
    """Raise NoArticle where *text* is not the body of an article."""
    letters = sum(len(paragraph) for paragraph in text.paragraphs)
    if letters < _LEAST:
        raise NoArticle(_instead(page) or "no_body")
    if letters < 200 and (instead := _instead(page)):
        raise NoArticle(instead)


def _instead(page: Page) -> str | None:
    """Return what the page says it is instead of an article."""
    kinds = {kind for node in page.nodes for kind in json_ld.types(node)}
    stated = (page.meta("og:type") or "").lower()
    if json_ld.is_article(page.article):
        return None
    if "VideoObject" in kinds or stated.startswith("video"):
        return "video"
    if {"ImageGallery", "MediaGallery"} & kinds:
        return "gallery"
    if {"CollectionPage", "SearchResultsPage", "ProfilePage"} & kinds:
        return "listing"
    return None
