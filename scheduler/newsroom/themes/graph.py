"""A modern front end: little markup to hold on to, all facts in one JSON-LD `@graph`."""

import json
from html import escape
from typing import Any

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import Outlet


def article_page(outlet: Outlet, article: Article) -> str:
    """Return the page of one article."""
    url = outlet.address(article)
    hashed = "bbx-" + f"{article.number * 2654435761 % 2**24:06x}"
    return f"""<!DOCTYPE html>
<html lang="ar" dir="rtl" data-reactroot="">
<head><meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>{escape(article.headline)} | {escape(outlet.profile.name)}</title>
<link rel="canonical" href="{url}"/><link rel="amphtml" href="{url}/amp"/>
<meta property="og:title" content="{escape(article.headline)}"/><meta property="og:url" content="{url}"/><meta property="og:type" content="article"/>
<script type="application/ld+json">{json.dumps(_graph(outlet, article), ensure_ascii=False)}</script>
{shell.styles("css", ["root", "grid", "stack", "text", "image", "promo", "nav", "foot", "list", "chip", "player"])}
</head>
<body><div id="__next"><header role="banner" class="{hashed}0"><a href="{outlet.base}/">{escape(outlet.profile.name)}</a><nav><ul>{shell.menu(outlet, "/")}</ul></nav></header>
<main role="main" class="{hashed}1"><article class="{hashed}2">
<h1 class="{hashed}3" tabindex="-1">{escape(article.headline, quote=False)}</h1>
<div class="{hashed}4"><time>{dating.levantine(article.published_at)}</time></div>
<div class="{hashed}5" data-component="text-block">
{shell.body_html(article, _promo(outlet, article))}
</div>
<section aria-label="topics"><ul>{"".join(f"<li><a>{tag}</a></li>" for tag in article.draft.tags)}</ul></section>
</article>
<section aria-labelledby="related" data-component="related"><h2 id="related">مواضيع ذات صلة</h2><ul>{shell.links(outlet, outlet.related(article, 4))}</ul></section>
<section data-component="most-read"><h2>الأكثر قراءة</h2><ol>{shell.links(outlet, outlet.related(article, 6))}</ol></section></main>
<footer role="contentinfo"><p>© 2026 {escape(outlet.profile.name)}. الموقع ليس مسؤولاً عن محتوى المواقع الخارجية.</p></footer></div>
<script id="__NEXT_DATA__" type="application/json">{json.dumps(_state(outlet, article), ensure_ascii=False)}</script>
{shell.scripts(outlet)}
</body></html>
"""


def _promo(outlet: Outlet, article: Article) -> str:
    [other] = outlet.related(article, 1)
    return f"""<section role="region" aria-label="promo" data-component="inline-promo"><strong>قصص مقترحة</strong>
<ul><li><a href="{outlet.address(other)}">{escape(other.headline, quote=False)}</a></li></ul><p>نهاية قصص مقترحة</p></section>"""


def _graph(outlet: Outlet, article: Article) -> dict[str, Any]:
    url, base = outlet.address(article), outlet.base
    draft = article.draft
    news: dict[str, Any] = {
        "@type": "NewsArticle",
        "@id": f"{url}#article",
        "isPartOf": {"@id": url},
        "mainEntityOfPage": {"@id": url},
        "headline": article.headline,
        "datePublished": dating.local(article.published_at).isoformat(timespec="seconds"),
        "dateModified": dating.local(article.modified_at).isoformat(timespec="seconds"),
        "articleSection": [draft.section],
        "keywords": list(draft.tags),
        "inLanguage": "ar",
        "publisher": {"@id": f"{base}/#organization"},
        "author": [{"@type": "Person", "name": name} for name in draft.authors]
        or {"@id": f"{base}/#organization"},
        "wordCount": len(" ".join(article.paragraphs).split()),
    }
    return {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "Organization",
                "@id": f"{base}/#organization",
                "name": outlet.profile.name,
                "url": base,
            },
            {
                "@type": "WebSite",
                "@id": f"{base}/#website",
                "name": outlet.profile.name,
                "url": base,
            },
            {
                "@type": "WebPage",
                "@id": url,
                "url": url,
                "name": f"{article.headline} | {outlet.profile.name}",
                "datePublished": "2019-03-01T00:00:00+03:00",
            },
            {
                "@type": "BreadcrumbList",
                "itemListElement": [{"@type": "ListItem", "position": 1, "name": "الرئيسية"}],
            },
            news,
        ],
    }


def _state(outlet: Outlet, article: Article) -> dict[str, Any]:
    """Return the state a front end leaves in its pages: other articles' words among it."""
    related = [{"id": one.number, "title": one.headline} for one in outlet.related(article, 8)]
    return {"props": {"pageProps": {"id": article.number, "related": related}}, "buildId": "a1b2c3"}
