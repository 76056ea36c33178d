"""Soledad by PenciDesign: `penci-entry-title`, `time.entry-date.published`, `penci-entry-content`."""

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
        head.open_graph(outlet, article, dated=False),
        "soledad",
        head.shortlink(outlet, article),
    )
    section, number = article.draft.section, article.number
    return f"""<!DOCTYPE html>
<html dir="rtl" lang="ar">
{top}
<body class="rtl wp-singular post-template-default single single-post postid-{number} single-format-standard wp-theme-soledad penci-disable-desc-collapse soledad-ver-8-6 pclight-mode penci-show-pthumb">
<div id="soledad_wrapper" class="wrapper-boxed header header-style-header-3"><div class="penci-header-wrap">{_header(outlet)}</div>
<div class="container container-single penci_sidebar right-sidebar"><div id="main" class="penci-main-sticky-sidebar"><div class="theiaStickySidebar">
<article id="post-{number}" class="post type-post status-publish">
<div class="header-standard header-classic single-header"><div class="penci-standard-cat"><span class="cat"><a class="penci-cat-name" href="{outlet.base}/category/{outlet.encoded(outlet.profile.slug_of(section))}/" rel="category tag">{section}</a></span></div>
<h1 class="post-title single-post-title entry-title">{escape(article.headline, quote=False)}</h1>
{_hidden(outlet, article)}{_meta(outlet, article)}</div>
<div class="post-entry blockquote-style-2"><div class="inner-post-entry entry-content" id="penci-post-entry-inner">
{shell.body_html(article, _inline(outlet, article), at=3)}
<div class="penci-single-link-pages"></div><div class="post-tags">{_tags(outlet, article)}</div></div></div>
<div class="tags-share-box center-box"><span class="penci-social-share-text">شارك</span>{shell.share_bar(outlet, article)}</div>
<div class="post-related"><div class="post-title-box"><h4 class="post-box-title">قد يعجبك أيضاً</h4></div>{_cards(outlet, article)}</div>
<div class="post-comments" id="comments">{shell.COMMENT_RULES}</div>
</article></div></div>
<div id="sidebar" class="penci-sidebar-right penci-sidebar-content"><aside class="widget penci_latest_news_widget"><h3 class="widget-title">الأحدث</h3>
<ul class="side-newsfeed">{shell.links(outlet, outlet.related(article, 6))}</ul></aside></div></div>
<footer id="footer-section" class="penci-footer-social-media"><p>© 2026 {escape(outlet.profile.name)}. كل الحقوق محفوظة.</p></footer></div>
<a href="#" class="penci-go-to-top-floating"><i class="penciicon-up-chevron"></i></a>
{shell.scripts(outlet)}
</body></html>
"""


def _header(outlet: Outlet) -> str:
    return f"""<header id="header" class="header-header-3"><div class="inner-header penci-header-second"><div id="logo"><a href="{outlet.base}/">{escape(outlet.profile.name)}</a></div></div>
<nav id="navigation" class="header-layout-bottom menu-style-1"><ul id="menu-main" class="menu">{shell.menu(outlet, "/category/")}</ul></nav></header>"""


def _hidden(outlet: Outlet, article: Article) -> str:
    """Return the microformat fields that Soledad hides from readers."""
    return f"""<div class="penci-hide-tagupdated"><span class="author-italic author vcard">بواسطة <a class="author-url url fn n" href="{outlet.base}/author/1/">{_author(outlet, article)}</a></span>
<time class="entry-date published" datetime="{dating.local(article.published_at).isoformat()}">{dating.egyptian(article.published_at)}</time></div>"""


def _meta(outlet: Outlet, article: Article) -> str:
    words = len(" ".join(article.paragraphs).split())
    return f"""<div class="post-box-meta-single"><span class="author-post byline"><span class="author vcard">كتبه <a class="author-url url fn n" href="{outlet.base}/author/1/">{_author(outlet, article)}</a></span></span>
<span><time class="entry-date published" datetime="{dating.local(article.published_at).isoformat()}">{dating.egyptian(article.published_at)}</time></span>
<span class="penci-reading-time">{max(1, words // 180)} دقائق للقراءة</span><span>{article.number % 400} مشاهدات</span></div>"""


def _author(outlet: Outlet, article: Article) -> str:
    return article.draft.authors[0] if article.draft.authors else outlet.profile.name


def _inline(outlet: Outlet, article: Article) -> str:
    [other] = outlet.related(article, 1)
    return f"""<div class="penci-inline-related-posts penci-irp-type-list penci-irp-align-none"><div class="penci-irp-heading"><span>ذات صلة</span></div>
<ul class="penci-inline-related-posts-list"><li class="penci-inline-related-posts-item"><a href="{outlet.address(other)}">{escape(other.headline, quote=False)}</a></li></ul></div>"""


def _tags(outlet: Outlet, article: Article) -> str:
    return "".join(
        f'<a href="{outlet.base}{outlet.encoded("/tag/" + tag.replace(" ", "-") + "/")}" rel="tag">{tag}</a>'
        for tag in article.draft.tags
    )


def _cards(outlet: Outlet, article: Article) -> str:
    return "\n".join(
        f'<div class="item-related"><div class="related-content"><h3><a href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a></h3>'
        f'<span class="date"><time class="entry-date published" datetime="{dating.local(one.published_at).isoformat()}">{dating.egyptian(one.published_at)}</time></span></div></div>'
        for one in outlet.related(article, 3)
    )


def list_page(outlet: Outlet, listed: Listed) -> str:
    """Return one page of an archive."""
    title = f"<title>{escape(listed.title)} - {escape(outlet.profile.name)}</title>"
    items = "\n".join(
        f'<li class="list-post pclist-layout"><article class="item hentry"><div class="content-list-right"><div class="header-list-style">'
        f'<h2 class="penci-entry-title entry-title grid-title"><a href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a></h2>'
        f'<time class="entry-date published" datetime="{dating.local(one.published_at).isoformat()}">{dating.egyptian(one.published_at)}</time></div>'
        f'<div class="item-content entry-content"><p>{shell.summary(one, 25)}</p></div></div></article></li>'
        for one in listed.articles
    )
    older = (
        f'<a class="next page-numbers" href="{listed.url}page/{listed.page + 1}/">التالي</a>'
        if listed.page < listed.pages
        else ""
    )
    return f"""<!DOCTYPE html>
<html dir="rtl" lang="ar">
{head.wordpress_head(outlet, title, "soledad")}
<body class="rtl archive category wp-theme-soledad"><div id="soledad_wrapper">{_header(outlet)}
<div class="archive-box"><div class="title-bar"><h1>{escape(listed.title)}</h1></div></div>
<ul class="penci-wrapper-data penci-grid">
{items}
</ul><div class="penci-pagination">{older}</div></div>{shell.scripts(outlet)}
</body></html>
"""
