"""Sahifa by TieLabs: `div.entry`, `span.tie-date`, `h2.post-box-title`."""

from html import escape

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import Outlet
from scheduler.newsroom.themes import head
from scheduler.newsroom.wordpress import Listed


def article_page(outlet: Outlet, article: Article) -> str:
    """Return the page of one article."""
    top = head.wordpress_head(
        outlet, head.open_graph(outlet, article), "sahifa", head.shortlink(outlet, article)
    )
    return f"""<!DOCTYPE html>
<html dir="rtl" lang="ar" prefix="og: http://ogp.me/ns#">
{top}
<body id="top" class="rtl single single-post postid-{article.number} single-format-standard lazy-enabled">
<div class="wrapper-outer"><div class="background-cover"></div>
{_aside(outlet)}
<div id="wrapper" class="wide-layout"><div class="inner-wrapper">
{_header(outlet)}
<div id="main-content" class="container"><div class="content">
<nav id="crumbs"><a href="{outlet.base}/">الرئيسية</a><span class="delimiter">/</span>
<a href="{outlet.base}/category/{outlet.encoded(outlet.profile.slug_of(article.draft.section))}/">{article.draft.section}</a></nav>
<article class="post-listing post-{article.number} post type-post status-publish format-standard hentry" id="the-post"><div class="post-inner">
<h1 class="name post-title entry-title"><span itemprop="name">{escape(article.headline, quote=False)}</span></h1>
{_meta(outlet, article)}
<div class="clear"></div>
<div class="entry">
<div class="share-post"><span class="share-text">شاركها</span><ul class="flat-social">{shell.share_bar(outlet, article)}</ul></div>
{shell.body_html(article, read_also(outlet, article))}
</div><!-- .entry /-->
<span style="display:none" class="updated">{dating.local(article.published_at):%Y-%m-%d}</span></div></article>
{_below(outlet, article)}
</div>
{_sidebar(outlet, article)}
</div></div></div></div>
<div id="topcontrol" class="fa fa-angle-up" title="إلى الأعلى"></div>
{shell.scripts(outlet)}
</body></html>
"""


def read_also(outlet: Outlet, article: Article) -> str:
    """Return the line an editor types between paragraphs to lead to another article."""
    [other] = outlet.related(article, 1)
    return f'<p><strong>اقرأ أيضًا: <a href="{outlet.address(other)}">{escape(other.headline, quote=False)}</a></strong></p>'


def _aside(outlet: Outlet) -> str:
    return f'<aside id="slide-out"><div class="search-mobile"><ul id="mobile-menu">{shell.menu(outlet, "/category/")}</ul></div></aside>'


def _header(outlet: Outlet) -> str:
    return f"""<header id="theme-header" class="theme-header"><div id="top-nav" class="top-nav"><div class="container">
<span class="today-date">{dating.levantine(outlet.now())}</span></div></div>
<div class="header-content"><div class="logo"><h2><a title="{escape(outlet.profile.name)}" href="{outlet.base}/">{escape(outlet.profile.name)}</a></h2></div></div>
<nav id="main-nav" class="fixed-enabled"><div class="container"><div class="main-menu"><ul id="menu-main" class="menu">{shell.menu(outlet, "/category/")}</ul></div></div></nav></header>
<div class="clear"></div><div id="breaking-news" class="breaking-news"><span class="breaking-news-title">آخر الأخبار</span>
<ul>{shell.links(outlet, outlet.articles[:4])}</ul></div>"""


def _meta(outlet: Outlet, article: Article) -> str:
    author = article.draft.authors[0] if article.draft.authors else outlet.profile.name
    return f"""<p class="post-meta">
<span class="post-meta-author"><i class="fa fa-user"></i><a href="{outlet.base}/author/{article.number % 7}/" title="">{author}</a></span>
<span class="tie-date"><i class="fa fa-clock-o"></i>{dating.local(article.published_at):%Y-%m-%d}</span>
<span class="post-cats"><i class="fa fa-folder"></i><a href="{outlet.base}/category/{outlet.encoded(outlet.profile.slug_of(article.draft.section))}/" rel="category tag">{article.draft.section}</a></span>
<span class="post-comments"><i class="fa fa-comments"></i><span>التعليقات على {escape(article.headline)} مغلقة</span></span>
<span class="post-views"><i class="fa fa-eye"></i>{article.number % 900} زيارة</span></p>"""


def _below(outlet: Outlet, article: Article) -> str:
    tags = "".join(
        f'<a href="{outlet.base}/?tag={index}" rel="tag">{tag}</a> '
        for index, tag in enumerate(article.draft.tags)
    )
    cards = "\n".join(
        f'<div class="related-item"><h3><a href="{outlet.address(one)}" rel="bookmark">{escape(one.headline, quote=False)}</a></h3>'
        f'<p class="post-meta"><span class="tie-date">{dating.local(one.published_at):%Y-%m-%d}</span></p></div>'
        for one in outlet.related(article, 3)
    )
    return f"""<p class="post-tag">الوسوم {tags}</p>
<section id="related_posts"><div class="block-head"><h3>مقالات مشابهة</h3></div><div class="post-listing">{cards}</div></section>
<div id="comments"><p class="nocomments">التعليقات مغلقة.</p></div>"""


def _sidebar(outlet: Outlet, article: Article) -> str:
    return f"""<aside id="sidebar"><div class="theiaStickySidebar"><div id="news-pic-widget" class="widget">
<div class="widget-top"><h4>الأكثر مشاهدة</h4></div><div class="widget-container"><ul>{shell.links(outlet, outlet.related(article, 6))}</ul></div></div>
<div class="widget"><div class="widget-top"><h4>النشرة الجوية</h4></div><div class="widget-container">دمشق 14 / حلب 11 / دير الزور 16</div></div></div></aside>"""


def list_page(outlet: Outlet, listed: Listed) -> str:
    """Return one page of an archive."""
    title = f"<title>{escape(listed.title)} - {escape(outlet.profile.name)}</title>"
    items = "\n".join(
        f'<article class="item-list"><h2 class="post-box-title"><a href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a></h2>'
        f'<p class="post-meta"><span class="tie-date"><i class="fa fa-clock-o"></i>{dating.local(one.published_at):%Y-%m-%d}</span></p>'
        f'<div class="entry"><p>{shell.summary(one, 25)}</p><a class="more-link" href="{outlet.address(one)}">أكمل القراءة &raquo;</a></div></article>'
        for one in listed.articles
    )
    older = (
        f'<a href="{listed.url}page/{listed.page + 1}/">&laquo; التالي</a>'
        if listed.page < listed.pages
        else ""
    )
    return f"""<!DOCTYPE html>
<html dir="rtl" lang="ar">
{head.wordpress_head(outlet, title, "sahifa")}
<body id="top" class="rtl archive category"><div id="wrapper" class="wide-layout">{_header(outlet)}
<div id="main-content" class="container"><div class="content"><div class="page-head"><h2 class="page-title">{escape(listed.title)}</h2></div>
<div class="post-listing archive-box">
{items}
</div><div class="pagination">{older}</div></div></div></div>{shell.scripts(outlet)}
</body></html>
"""
