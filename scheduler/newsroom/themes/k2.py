"""Joomla with K2: `article.item-view.blog-view`, `h2.itemTitle`, doubled month names."""

from html import escape

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.listing import Shelf
from scheduler.newsroom.outlet import Outlet


def article_page(outlet: Outlet, article: Article) -> str:
    """Return the page of one article."""
    draft = article.draft
    author = (
        f'<span class="itemAuthor">كتب بواسطة <a rel="author" href="/author/{article.number % 9}">{draft.authors[0]}</a></span>'
        if draft.authors
        else ""
    )
    tags = "".join(
        f'<li><a href="/tag/{index}">{tag}</a></li>' for index, tag in enumerate(draft.tags)
    )
    return f"""<!DOCTYPE html>
<html xml:lang="ar-aa" lang="ar-aa" dir="rtl">
{_head(outlet, article.headline)}
<body class="site com_k2 view-item no-layout no-task itemid-{article.number % 300} rtl">
{_header(outlet)}
<div class="body"><div class="container"><div class="row"><div id="content" class="span9"><div id="system-message-container"></div>
<span id="startOfPageId{article.number}"></span>
<div id="k2Container" class="itemView"><article class="item-view blog-view">
<div class="itemHeader"><h2 class="itemTitle item-title">
{escape(article.headline, quote=False)}
</h2><span class="itemDateCreated">{dating.double(article.published_at)}</span>{author}</div>
<div class="itemToolbar"><ul><li>حجم الخط <a rel="nofollow" href="#" id="fontDecrease">تصغير حجم الخط</a> <a rel="nofollow" href="#" id="fontIncrease">تكبير حجم الخط</a></li><li><a rel="nofollow" href="#">طباعة</a></li><li><a href="#itemCommentsAnchor">كن أول من يعلق!</a></li></ul></div>
<div class="itemBody"><div class="itemFullText">
{shell.body_html(article, _also(outlet, article))}
</div><div class="clr"></div></div>
<div class="itemLinks"><div class="itemCategory"><span>نشر في</span> <a href="{outlet.base}/{outlet.encoded(outlet.profile.slug_of(draft.section))}">{draft.section}</a></div>
<div class="itemTagsBlock"><span>موسومة تحت</span><ul class="itemTags">{tags}</ul></div></div>
<div class="itemSocialSharing">{shell.share_bar(outlet, article)}</div>
<div class="itemRelated"><h3>مواد مشابهة</h3><ul>{shell.links(outlet, outlet.related(article, 4))}</ul></div>
<div class="itemBackToTop"><a class="k2Anchor" href="#startOfPageId{article.number}">العودة إلى الأعلى</a></div>
</article></div></div>
<div id="aside" class="span3"><div class="well"><h3 class="page-header">الأكثر قراءة</h3><ul class="mostread">{shell.links(outlet, outlet.related(article, 6))}</ul></div></div>
</div></div></div>
<footer class="footer" role="contentinfo"><p>&copy; 2026 {escape(outlet.profile.name)}</p></footer>
{shell.scripts(outlet)}
</body></html>
"""


def _head(outlet: Outlet, title: str) -> str:
    return f"""<head><meta charset="utf-8" /><base href="{outlet.base}/" />
<meta name="generator" content="Joomla! - Open Source Content Management" />
<title>{escape(title)} - {escape(outlet.profile.name)}</title>
<link href="{outlet.base}/?format=feed&amp;type=rss" rel="alternate" type="application/rss+xml" title="RSS 2.0" />
{shell.styles("k2", ["item", "header", "toolbar", "body", "links", "author", "comments", "gallery", "video", "navigation"])}
</head>"""


def _header(outlet: Outlet) -> str:
    return f"""<header class="header" role="banner"><a class="brand pull-left" href="{outlet.base}/"><img src="/images/logo.png" alt="{escape(outlet.profile.name)}" /></a></header>
<nav class="navigation" role="navigation"><ul class="nav menu nav-pills">{shell.menu(outlet, "/", "item-101")}</ul></nav>"""


def _also(outlet: Outlet, article: Article) -> str:
    [other] = outlet.related(article, 1)
    return f'<p>« اقرأ أيضاً: <a href="{outlet.address(other)}">{escape(other.headline, quote=False)}</a> »</p>'


def list_page(outlet: Outlet, shelf: Shelf) -> str:
    """Return one list page; Joomla counts the articles passed, not the pages."""
    items = "\n".join(
        f'<article class="item-view blog-view"><h2 class="item-title"><a href="{outlet.encoded(outlet.path(one))}">{escape(one.headline, quote=False)}</a></h2>'
        f'<div class="catItemIntroText"><p>{shell.summary(one, 24)}</p></div><a class="k2ReadMore" href="{outlet.encoded(outlet.path(one))}">إقرأ المزيد...</a></article>'
        for one in shelf.articles
    )
    following = (
        f'<li><a title="التالي" href="?start={shelf.following}" class="pagenav">التالي</a></li>'
        if shelf.following
        else ""
    )
    return f"""<!DOCTYPE html>
<html lang="ar-aa" dir="rtl">
{_head(outlet, shelf.title)}
<body class="site com_k2 view-itemlist rtl">{_header(outlet)}<div id="k2Container" class="itemListView">
{items}
</div><div class="k2Pagination"><ul class="pagination-list">{following}</ul></div>{shell.scripts(outlet)}
</body></html>
"""
