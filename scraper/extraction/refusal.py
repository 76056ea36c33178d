"""Pages that are no articles, and why.

Careful on the side of keeping: a real flash of one sentence is an article. A
page is refused only where it says itself what it is instead, or where next to
nothing is left of it and its shape says why.
"""

import re
from itertools import islice

from scraper.extraction import json_ld
from scraper.extraction.body import Text
from scraper.extraction.errors import NoArticle
from scraper.extraction.page import Page, text_of
from scraper.extraction.wording import key

_TITLES = (
    (
        "not_found",
        r"404(?: |$)|(?:ال)?صفحه (?:المطلوبه )?غير موجوده|لم يتم العثور|خطا 404|عذرا (?:ال)?صفحه|الصفحه التي تبحث|لا توجد نتايج|page not found|not found|error 404|nothing found|oops|(?:عذرا |عفوا )?(?:هذا |هذه )?(?:ال)?(?:خبر|مقال|صفحه|محتوي|موضوع) (?:لم (?:يعد|تعد) |غير )(?:متاح|متوفر|موجود)",
    ),
    (
        "challenge",
        r"just a moment|attention required|access denied|ddos guard|checking your browser|are you a robot|security check|please wait|one more step|verifying you are human|403 forbidden",
    ),
    (
        "login_wall",
        r"تسجيل الدخول|log ?in$|sign ?in$|يرجي تسجيل الدخول|subscribe to continue|اشترك لمتابعه",
    ),
)
_BY_TITLE = tuple((reason, re.compile(f"(?:{pattern})")) for reason, pattern in _TITLES)
_WALL = re.compile(
    r"(?:سجل|تسجيل) (?:ال)?دخول|هذا المحتوي (?:مخصص|متاح) (?:ل|فقط)|للمشتركين فقط|log in to (?:read|continue)|"
    r"sign in to (?:read|continue)|subscribers only|already a subscriber"
)
_GONE = re.compile(
    r"(?:ال)?صفحه (?:التي|اللتي) تبحث عنها|(?:ال)?صفحه (?:المطلوبه )?غير موجوده|لم (?:يتم العثور|نتمكن من العثور)|"
    r"page you (?:are looking|were looking|requested)|could not be found|no longer (?:available|exists)"
)
# What Cloudflare puts into the page it shows instead of the one asked for.
_CHALLENGE = (b"cf-wrapper", b"cf-chl", b"challenge-platform", b"cf_chl_opt")
# Classes WordPress and Drupal give the body of pages that are no single post.
_BODY_CLASSES = (
    ("not_found", frozenset(("error404", "page-404"))),
    ("listing", frozenset(("archive", "category", "tag", "search", "search-results", "home", "blog", "author", "path-frontpage", "path-taxonomy"))),
)  # fmt: skip
_ARTICLE_CLASSES = frozenset(("single", "single-post", "page-node-type-article"))
_LISTING_PATH = re.compile(
    r"^/?$|/(?:category|tag|author|section|archives/category)/[^/]+/?(?:page/\d+/?)?$|/page/\d+/?$"
)
_LEAST = 20
_SHORT = 160
_LISTED = 6
_HEADLINE = 30
# How a teaser ends.
_CUT = ("…", "...", "[…]")


def check_headline(page: Page, headline: str | None) -> str:
    """Return *headline* if the page can be an article; raise NoArticle if it says otherwise."""
    if not headline:
        challenged = any(mark in page.source for mark in _CHALLENGE)
        raise NoArticle("challenge" if challenged else "no_headline")
    if _is_stated(page):
        return headline
    compared = key(headline)
    for reason, pattern in _BY_TITLE:
        if pattern.match(compared) and len(compared.split()) <= 12:
            raise NoArticle(reason)
    if instead := _by_class(page):
        raise NoArticle(instead)
    return headline


def check_body(page: Page, text: Text) -> None:
    """Raise NoArticle where *text* is not the body of an article."""
    letters = sum(len(paragraph) for paragraph in text.paragraphs)
    if letters < _LEAST:
        listed = _announces(page)
        raise NoArticle(_instead(page, text) or ("listing" if listed else "no_body"))
    if _is_stated(page):
        return
    if letters < _SHORT and (instead := _instead(page, text)):
        raise NoArticle(instead)
    if _is_listing(page, text):
        raise NoArticle("listing")


def _is_stated(page: Page) -> bool:
    """Tell whether the page's own record says it is an article."""
    return json_ld.is_article(page.article) or (page.meta("og:type") or "").lower() == "article"


def _by_class(page: Page) -> str | None:
    classes = {name for body in page.frame["body"] for name in (body.get("class") or "").split()}
    if classes & _ARTICLE_CLASSES:
        return None
    return next((reason for reason, known in _BODY_CLASSES if classes & known), None)


def _instead(page: Page, text: Text) -> str | None:
    """Return what a page with next to no text is."""
    kinds = {kind for node in page.nodes for kind in json_ld.types(node)}
    stated = (page.meta("og:type") or "").lower()
    words = key(text.body)
    if _GONE.search(words):
        return "not_found"
    if _WALL.search(words) or page.tree.find(".//input[@type='password']") is not None:
        return "login_wall"
    if "VideoObject" in kinds or stated.startswith("video") or _holds_player(page):
        return "video"
    if {"ImageGallery", "MediaGallery"} & kinds or _is_gallery(page):
        return "gallery"
    return "listing" if {"CollectionPage", "SearchResultsPage", "ProfilePage"} & kinds else None


def _holds_player(page: Page) -> bool:
    frames = [frame.get("src") or "" for frame in page.tree.iter("iframe")]
    players = ("youtube", "youtu.be", "dailymotion", "vimeo", "facebook.com/plugins/video")
    return page.tree.find(".//video") is not None or any(p in f for f in frames for p in players)


def _is_gallery(page: Page) -> bool:
    names = " ".join(
        one.get("class") or "" for one in page.tree.iter("body", "article", "ul", "div")
    )
    return "gallery" in names and sum(1 for _ in page.tree.iter("img")) > _LISTED


def _is_listing(page: Page, text: Text) -> bool:
    """Tell whether the text is the teasers of a list of articles."""
    path = page.url.split("://", 1)[-1].partition("/")[2].partition("?")[0]
    longest = max(map(len, text.paragraphs), default=0)
    if longest >= 3 * _SHORT:
        return False
    cut = sum(paragraph.endswith(_CUT) for paragraph in text.paragraphs)
    teasers = longest < _SHORT and cut >= _LISTED
    if not teasers and not _LISTING_PATH.search("/" + path):
        return False
    links = sum(
        1
        for level in ("h2", "h3", "h4")
        for heading in page.tree.iter(level)
        if heading.find(".//a") is not None or getattr(heading.getparent(), "tag", "") == "a"
    )
    return links >= _LISTED


def _announces(page: Page) -> bool:
    """Tell whether *page* has as many links as long as headlines as a list has."""
    long = (link for link in page.tree.iter("a") if len(text_of(link, longest=_SHORT)) > _HEADLINE)
    return len(list(islice(long, _LISTED))) == _LISTED
