"""Elementor: nested sections and widgets, `elementor-widget-theme-post-content`."""

from html import escape

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import Outlet
from scheduler.newsroom.themes import head
from scheduler.newsroom.wordpress import Listed


def article_page(outlet: Outlet, article: Article) -> str:
    """Return the page of one article."""
    top = head.wordpress_head(
        outlet,
        head.open_graph(outlet, article),
        "hello-elementor",
        head.shortlink(outlet, article),
    )
    number = article.number
    return f"""<!DOCTYPE html>
<html dir="rtl" lang="ar">
{top}
<body class="rtl wp-singular post-template-default single single-post postid-{number} single-format-standard wp-theme-hello-elementor elementor-default elementor-kit-7 elementor-page-1204">
{_header(outlet)}
<div data-elementor-type="single-post" data-elementor-id="1204" class="elementor elementor-1204 elementor-location-single post-{number} post type-post status-publish format-standard has-post-thumbnail hentry">
<section class="elementor-section elementor-top-section elementor-element elementor-section-boxed"><div class="elementor-container elementor-column-gap-default">
<div class="elementor-column elementor-col-66 elementor-top-column"><div class="elementor-widget-wrap elementor-element-populated">
{_widget("theme-post-title", f'<h1 class="elementor-heading-title elementor-size-default">{escape(article.headline, quote=False)}</h1>')}
{_widget("post-info", _byline(article))}
{_widget("theme-post-featured-image", f'<img width="800" height="450" src="{outlet.base}/wp-content/uploads/2026/11/{number}.jpg" class="attachment-large" alt="">')}
{_widget("theme-post-content", shell.body_html(article, _inline(outlet, article)) + _frequencies(outlet))}
{_widget("share-buttons", shell.share_bar(outlet, article))}
{_widget("posts", _related(outlet, article))}
</div></div>
<div class="elementor-column elementor-col-33 elementor-top-column"><div class="elementor-widget-wrap">
{_widget("heading", '<h2 class="elementor-heading-title">آخر الأخبار</h2>')}
{_widget("posts", _posts(outlet, outlet.related(article, 8)))}
</div></div></div></section></div>
{_footer(outlet)}
{shell.scripts(outlet)}
</body></html>
"""


def _widget(kind: str, inner: str) -> str:
    return (
        f'<div class="elementor-element elementor-widget elementor-widget-{kind}" data-element_type="widget" '
        f'data-widget_type="{kind}.default"><div class="elementor-widget-container">\n{inner}\n</div></div>'
    )


def _header(outlet: Outlet) -> str:
    nav = f'<nav class="elementor-nav-menu--main elementor-nav-menu__container"><ul id="menu-1" class="elementor-nav-menu">{shell.menu(outlet, "/category/")}</ul></nav>'
    return (
        '<header data-elementor-type="header" data-elementor-id="51" class="elementor elementor-51 elementor-location-header">'
        + _widget(
            "theme-site-logo",
            f'<a href="{outlet.base}"><img src="{outlet.base}/wp-content/uploads/logo.svg" alt="{escape(outlet.profile.name)}"></a>',
        )
        + _widget("nav-menu", nav)
        + "</header>"
    )


def _byline(article: Article) -> str:
    author = (
        f'<li class="elementor-icon-list-item" itemprop="author"><span class="elementor-icon-list-text elementor-post-info__item elementor-post-info__item--type-author">{article.draft.authors[0]}</span></li>'
        if article.draft.authors
        else ""
    )
    return f"""<ul class="elementor-inline-items elementor-icon-list-items elementor-post-info">{author}
<li class="elementor-icon-list-item elementor-inline-item" itemprop="datePublished"><span class="elementor-icon-list-text elementor-post-info__item elementor-post-info__item--type-date"><time>{dating.egyptian(article.published_at)}</time></span></li>
<li class="elementor-icon-list-item elementor-inline-item" itemprop="about"><span class="elementor-post-info__terms-list"><span class="elementor-post-info__terms-list-item">{article.draft.section}</span></span></li></ul>"""


def _inline(outlet: Outlet, article: Article) -> str:
    [other] = outlet.related(article, 1)
    return (
        f'<div class="related-inside"><span class="related-label">اقرأ أيضاً:</span> '
        f'<a href="{outlet.address(other)}" target="_blank" rel="noopener">{escape(other.headline, quote=False)}</a></div>'
    )


def _frequencies(outlet: Outlet) -> str:
    """Return the lines a television station prints under each text."""
    return (
        '\n<p class="frequency"><strong>لمتابعة البث على الأقمار الصناعية: NILESAT 11555 / V عامودي / 27500</strong></p>'
        f'\n<p class="follow-us">تابعوا {escape(outlet.profile.name)} على تيلقرام وفيسبوك</p>'
    )


def _related(outlet: Outlet, article: Article) -> str:
    return "<h3>أخبار ذات صلة</h3>" + _posts(outlet, outlet.related(article, 4))


def _posts(outlet: Outlet, articles: list[Article]) -> str:
    cards = "\n".join(
        f'<article class="elementor-post elementor-grid-item post-{one.number}" role="listitem"><div class="elementor-post__text">'
        f'<h3 class="elementor-post__title"><a href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a></h3>'
        f'<div class="elementor-post__meta-data"><span class="elementor-post-date">{dating.egyptian(one.published_at)}</span></div>'
        f'<div class="elementor-post__excerpt"><p>{shell.summary(one, 18)}</p></div></div></article>'
        for one in articles
    )
    return f'<div class="elementor-posts-container elementor-posts elementor-grid" role="list">\n{cards}\n</div>'


def _footer(outlet: Outlet) -> str:
    text = f"<p>جميع الحقوق محفوظة لـ {escape(outlet.profile.name)} © 2026</p><p>تبرع لدعم الصحافة المستقلة</p>"
    return f'<footer data-elementor-type="footer" class="elementor elementor-location-footer">{_widget("text-editor", text)}</footer>'


def list_page(outlet: Outlet, listed: Listed) -> str:
    """Return one page of an archive."""
    title = f"<title>{escape(listed.title)} - {escape(outlet.profile.name)}</title>"
    older = (
        f'<a class="page-numbers next" href="{listed.url}page/{listed.page + 1}/">التالي &raquo;</a>'
        if listed.page < listed.pages
        else ""
    )
    return f"""<!DOCTYPE html>
<html dir="rtl" lang="ar">
{head.wordpress_head(outlet, title, "hello-elementor")}
<body class="rtl archive category wp-theme-hello-elementor elementor-default">
{_header(outlet)}<main><h1 class="elementor-heading-title">{escape(listed.title)}</h1>
{_widget("archive-posts", _posts(outlet, list(listed.articles)))}
<nav class="elementor-pagination" aria-label="ترقيم الصفحات">{older}</nav></main>
{_footer(outlet)}{shell.scripts(outlet)}
</body></html>
"""
