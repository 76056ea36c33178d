"""The `<head>` of WordPress pages with an SEO plugin."""

from datetime import UTC, datetime
from html import escape

from scheduler.newsroom import shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import Outlet
from scheduler.newsroom.wordpress import WordPress

# What a theme styles inline on every page.
_STYLED = (
    "header", "nav", "logo", "ticker", "grid", "cell", "card", "thumb", "meta", "excerpt",
    "widget", "tabs", "footer", "copyright", "sidebar", "search", "toggle", "overlay", "slider",
    "caption", "badge", "rating", "comment", "reply", "avatar", "share", "related", "author",
    "pagination", "breadcrumb", "cookie", "banner", "modal", "toast", "spinner",
)  # fmt: skip


def iso(moment: datetime) -> str:
    """Return *moment* as SEO plugins write it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S+00:00}"


def open_graph(outlet: Outlet, article: Article, *, dated: bool = True) -> str:
    """Return title, canonical address and Open Graph fields of an article's page."""
    url = outlet.address(article)
    title = escape(article.headline)
    times = (
        f'<meta property="article:published_time" content="{iso(article.published_at)}" />\n'
        f'<meta property="article:modified_time" content="{iso(article.modified_at)}" />\n'
        if dated and not article.draft.undated
        else ""
    )
    return f"""<title>{title} - {escape(outlet.profile.name)}</title>
<meta name="description" content="{shell.summary(article, 24)}" />
<link rel="canonical" href="{url}" />
<meta property="og:locale" content="ar_AR" />
<meta property="og:type" content="article" />
<meta property="og:title" content="{title}" />
<meta property="og:description" content="{shell.summary(article, 24)}" />
<meta property="og:url" content="{url}" />
<meta property="og:site_name" content="{escape(outlet.profile.name)}" />
{times}<meta property="og:image" content="{outlet.base}/wp-content/uploads/2026/11/{article.number}.jpg" />
<meta name="twitter:card" content="summary_large_image" />"""


def wordpress_head(outlet: Outlet, title_part: str, theme: str, extra: str = "") -> str:
    """Return a whole `<head>`: encoding, *title_part*, the links WordPress adds, styles."""
    base = outlet.base
    return f"""<head>
<meta charset="UTF-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<link rel="profile" href="http://gmpg.org/xfn/11" />
<meta name='robots' content='index, follow, max-image-preview:large, max-snippet:-1' />
{title_part}
<link rel="alternate" type="application/rss+xml" title="{escape(outlet.profile.name)} &laquo; الخلاصة" href="{base}/feed/" />
<link rel='stylesheet' id='wp-block-library-rtl-css' href='{base}/wp-includes/css/dist/block-library/style-rtl.min.css' media='all' />
<link rel='stylesheet' id='{theme}-css' href='{base}/wp-content/themes/{theme}/assets/css/style.min.css' media='all' />
{shell.styles(theme, _STYLED)}
<script src="{base}/wp-includes/js/jquery/jquery.min.js" id="jquery-core-js"></script>
<link rel="https://api.w.org/" href="{base}/wp-json/" />
<link rel="EditURI" type="application/rsd+xml" title="RSD" href="{base}/xmlrpc.php?rsd" />
<meta name="generator" content="WordPress 6.8.3" />
{extra}
</head>"""


def shortlink(outlet: Outlet, article: Article) -> str:
    """Return the `rel=shortlink` of a WordPress article."""
    if not isinstance(outlet, WordPress):
        return ""
    return f"<link rel='shortlink' href='{outlet.shortlink(article)}' />"
