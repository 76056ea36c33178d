"""Jannah by TieLabs: `#the-post`, `div.entry-content.entry.clearfix`, `span.date`."""

import json
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
        "jannah",
        head.shortlink(outlet, article),
    )
    return f"""<!DOCTYPE html>
<html dir="rtl" lang="ar" class="" data-skin="light">
{top}
<body id="tie-body" class="rtl wp-singular post-template-default single single-post postid-{article.number} single-format-standard wp-theme-jannah wrapper-has-shadow block-head-1 is-thumb-overlay-disabled is-desktop is-header-layout-3 sidebar-left has-sidebar post-layout-1 narrow-title-narrow-media">
<div class="background-overlay"><div id="tie-container" class="site tie-container"><div id="tie-wrapper">
{_header(outlet)}
<div id="content" class="site-content container"><div id="main-content-row" class="tie-row main-content-row">
<div class="main-content tie-col-md-8 tie-col-xs-12" role="main">
<article id="the-post" class="container-wrapper post-content tie-standard">
{_entry_header(outlet, article)}
<div class="entry-content entry clearfix">
{shell.body_html(article, inline_box(outlet, article))}
</div><!-- .entry-content /-->
<div id="post-extra-info"><div class="theiaStickySidebar"></div></div>
<div class="clearfix"></div>
{_schema(outlet, article)}
{_tags(outlet, article)}
<div id="share-buttons-bottom" class="share-buttons share-buttons-bottom"><div class="share-links">
{shell.share_bar(outlet, article)}</div></div>
</article><!-- #the-post /-->
{_below(outlet, article)}
</div><!-- .main-content -->
{_sidebar(outlet, article)}
</div></div>
{_footer(outlet)}
</div></div></div>
{shell.GO_TO_TOP}
{shell.scripts(outlet)}
</body></html>
"""


def inline_box(outlet: Outlet, article: Article) -> str:
    """Return the box Jannah puts between the paragraphs of a text."""
    return f"""<div id="inline-related-post" class="mag-box mag-box-inline-related-posts small-wide-post-widget aligncenter">
<div class="container-wrapper"><div class="mag-box-title the-global-title"><h3>مقالات ذات صلة</h3></div>
<div class="mag-box-container clearfix"><ul class="posts-items posts-list-container">
{_teasers(outlet, article, 2)}</ul></div></div></div>"""


def _header(outlet: Outlet) -> str:
    return f"""<header id="theme-header" class="theme-header header-layout-3 main-nav-light top-nav-active">
<nav id="top-nav" class="has-date-breaking top-nav header-nav has-breaking-news" aria-label="الشريط العلوي">
<div class="container"><div class="topbar-wrapper"><div class="topbar-today-date">{dating.levantine(outlet.now())}</div>
<div class="tie-alignleft"><div class="breaking"><span class="breaking-title"><span class="breaking-title-text">أخبار عاجلة</span></span>
<ul id="breaking-news-in-header" class="breaking-news">{shell.links(outlet, outlet.articles[:3])}</ul></div></div></div></div></nav>
<div class="container header-container"><div id="logo" class="image-logo"><a title="{escape(outlet.profile.name)}" href="{outlet.base}/">
<img src="{outlet.base}/wp-content/uploads/logo.png" alt="{escape(outlet.profile.name)}" width="300" height="60" /></a></div></div>
<nav id="main-nav" class="main-nav header-nav" aria-label="القائمة الرئيسية"><ul id="menu-main" class="menu">
{shell.menu(outlet, "/category/")}</ul></nav></header>"""


def _entry_header(outlet: Outlet, article: Article) -> str:
    section = article.draft.section
    slug = outlet.encoded("/category/" + outlet.profile.slug_of(section) + "/")
    author = article.draft.authors[0] if article.draft.authors else outlet.profile.name
    ago = dating.relative(article.published_at, outlet.now())
    minutes = max(1, len(" ".join(article.paragraphs).split()) // 180)
    return f"""<header class="entry-header-outer">
<nav id="breadcrumb"><a href="{outlet.base}/"><span class="tie-icon-home"></span> الرئيسية</a><em class="delimiter">/</em>
<a href="{outlet.base}{slug}">{section}</a><em class="delimiter">/</em><span class="current">{escape(article.headline)}</span></nav>
<div class="entry-header"><span class="post-cat-wrap"><a class="post-cat tie-cat-11" href="{outlet.base}{slug}">{section}</a></span>
<h1 class="post-title entry-title">{escape(article.headline, quote=False)}</h1>
<div class="single-post-meta post-meta clearfix"><span class="author-meta single-author no-avatars"><span class="meta-item meta-author-wrapper">
<span class="meta-author"><a href="{outlet.base}/author/{article.number % 5}/" class="author-name tie-icon">{author}</a></span></span></span>
<span class="date meta-item tie-icon">{ago or dating.egyptian_comma(article.published_at)}</span>
<div class="tie-alignright"><span class="meta-comment tie-icon meta-item fa-before">0</span>
<span class="meta-reading-time meta-item"><span class="tie-icon-bookmark"></span> {minutes} دقيقة واحدة</span></div></div></div></header>
<div class="featured-area"><div class="featured-area-inner"><figure class="single-featured-image">
<img width="780" height="439" src="{outlet.base}/wp-content/uploads/2026/11/{article.number}-780x439.jpg" alt="" /></figure></div></div>"""


def _schema(outlet: Outlet, article: Article) -> str:
    author = article.draft.authors[0] if article.draft.authors else outlet.profile.name
    schema = {
        "@context": "http://schema.org",
        "@type": "NewsArticle",
        "dateCreated": head.iso(article.published_at),
        "datePublished": head.iso(article.published_at),
        "dateModified": head.iso(article.modified_at),
        "headline": article.headline,
        "name": article.headline,
        "keywords": list(article.draft.tags),
        "url": outlet.address(article),
        "description": article.paragraphs[0][:200],
        "copyrightYear": "2026",
        "articleSection": article.draft.section,
        # The theme puts the whole text on one line here, the boxes' words included.
        "articleBody": "  ".join(article.paragraphs),
        "publisher": {"@id": "#Publisher", "@type": "Organization", "name": outlet.profile.name},
        "author": {"@type": "Person", "name": author, "url": f"{outlet.base}/author/1/"},
    }
    text = json.dumps(schema, ensure_ascii=False)
    return f'<script id="tie-schema-json" type="application/ld+json">{text}</script>'


def _tags(outlet: Outlet, article: Article) -> str:
    items = " ".join(
        f'<a href="{outlet.base}{outlet.encoded("/tag/" + tag.replace(" ", "-") + "/")}" rel="tag">{tag}</a>'
        for tag in article.draft.tags
    )
    if not items:
        return ""
    return (
        '<div class="post-bottom-meta post-bottom-tags post-tags-modern"><div class="post-bottom-meta-title">'
        f'<span class="tie-icon-tags"></span> الوسوم</div><span class="tagcloud">{items}</span></div>'
    )


def _below(outlet: Outlet, article: Article) -> str:
    newer = outlet.related(article, 6)[-2:]
    return f"""<div class="post-components">
<div class="prev-next-post-nav container-wrapper media-overlay">{shell.links(outlet, newer, "h3")}</div>
<div id="related-posts" class="container-wrapper has-extra-post"><div class="mag-box-title the-global-title"><h3>مقالات ذات صلة</h3></div>
<div class="related-posts-list">{_cards(outlet, article)}</div></div>
<div id="comments" class="comments-area"><div id="add-comment-block" class="container-wrapper">{shell.COMMENT_RULES}</div></div>
</div>"""


def _teasers(outlet: Outlet, article: Article, count: int) -> str:
    return "\n".join(
        f'<li class="widget-single-post-item widget-post-list"><div class="post-widget-body">'
        f'<a class="post-title the-subtitle" href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a>'
        f'<div class="post-meta"><span class="date meta-item tie-icon">{dating.egyptian_comma(one.published_at)}</span></div></div></li>'
        for one in outlet.related(article, count)
    )


def _cards(outlet: Outlet, article: Article) -> str:
    return "\n".join(
        f'<div class="related-item tie-standard"><a aria-label="{escape(one.headline)}" href="{outlet.address(one)}" class="post-thumb">'
        f'<img width="390" height="220" src="{outlet.base}/wp-content/uploads/2026/11/{one.number}-390x220.jpg" alt="" /></a>'
        f'<h3 class="post-title"><a href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a></h3>'
        f'<p class="post-excerpt">{shell.summary(one, 16)}</p></div>'
        for one in outlet.related(article, 3)
    )


def _sidebar(outlet: Outlet, article: Article) -> str:
    return f"""<aside class="sidebar tie-col-md-4 tie-col-xs-12 normal-side is-sticky" aria-label="القائمة الجانبية الرئيسية">
<div class="theiaStickySidebar"><div id="posts-list-widget-3" class="container-wrapper widget posts-list">
<div class="widget-title the-global-title"><div class="the-subtitle">الأكثر قراءة</div></div>
<ul class="posts-list-items widget-posts-wrapper">{_teasers(outlet, article, 6)}</ul></div>
<div class="container-wrapper widget tie-widget-subscribe"><p>اشترك في نشرتنا البريدية ليصلك كل جديد.</p></div></div></aside>"""


def _footer(outlet: Outlet) -> str:
    return f"""<footer id="footer" class="site-footer dark-skin dark-widgetized-area"><div id="site-info" class="site-info">
<div class="copyright-text copyright-text-first">&copy; حقوق النشر 2026، جميع الحقوق محفوظة &nbsp;|&nbsp; {escape(outlet.profile.name)}</div>
<ul class="social-icons"><li>فيسبوك</li><li>يوتيوب</li><li>تيلقرام</li></ul></div></footer>"""


def list_page(outlet: Outlet, listed: Listed) -> str:
    """Return one page of an archive."""
    title = f"<title>{escape(listed.title)} - {escape(outlet.profile.name)}</title>"
    items = "\n".join(
        f'<li class="post-item tie-standard post-{one.number}"><div class="post-details"><div class="post-meta clearfix">'
        f'<span class="date meta-item tie-icon">{dating.egyptian_comma(one.published_at)}</span></div>'
        f'<h2 class="post-title"><a href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a></h2>'
        f'<p class="post-excerpt">{shell.summary(one, 20)}</p>'
        f'<a class="more-link button" href="{outlet.address(one)}">أكمل القراءة &raquo;</a></div></li>'
        for one in listed.articles
    )
    following = (
        f'<span class="last-page first-last-pages"><a href="{listed.url}page/{listed.page + 1}/">الصفحة التالية</a></span>'
        if listed.page < listed.pages
        else ""
    )
    return f"""<!DOCTYPE html>
<html dir="rtl" lang="ar">
{head.wordpress_head(outlet, title, "jannah")}
<body id="tie-body" class="rtl archive category wp-theme-jannah block-head-1 is-desktop">
<div id="tie-wrapper">{_header(outlet)}
<div class="main-content"><header class="entry-header-outer container-wrapper archive-title-wrapper"><h1 class="page-title">{escape(listed.title)}</h1></header>
<div class="mag-box wide-post-box"><ul id="posts-container" data-layout="default" class="posts-items">
{items}
</ul></div><div class="pages-nav">{following}</div></div>
{_footer(outlet)}</div>{shell.GO_TO_TOP}{shell.scripts(outlet)}
</body></html>
"""
