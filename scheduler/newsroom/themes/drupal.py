"""Drupal with Bootstrap regions: `field--name-node-title`, `field--name-field-published-date`."""

from html import escape

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.listing import Shelf
from scheduler.newsroom.outlet import Outlet


def article_page(outlet: Outlet, article: Article) -> str:
    """Return the page of one article."""
    draft = article.draft
    return f"""<!DOCTYPE html>
<html lang="ar" dir="rtl" prefix="og: https://ogp.me/ns#">
{_head(outlet, article.headline, _meta(outlet, article))}
<body class="path-node page-node-type-article context-{article.number % 90}">
<a href="#main-content" class="visually-hidden focusable skip-link">تجاوز إلى المحتوى الرئيسي</a>
<div class="dialog-off-canvas-main-canvas" data-off-canvas-main-canvas>
{_header(outlet)}
<div class="main-container container js-quickedit-main-content"><div class="row"><section class="col-sm-12"><a id="main-content"></a>
<div class="region region-content"><div data-drupal-messages-fallback class="hidden"></div>
<article data-history-node-id="{article.number}" class="row bs-2col-stacked node node--type-article node--view-mode-full">
<div class="col-sm-12 bs-region bs-region--top">
<div class="field field--name-field-category field--type-entity-reference field--label-hidden field--item"><a href="{outlet.base}/{outlet.encoded(outlet.profile.slug_of(draft.section))}" hreflang="ar">{draft.section}</a></div>
<div class="field field--name-node-title field--type-ds field--label-hidden field--item"><h1>{escape(article.headline, quote=False)}</h1></div>
{_date(article)}{_byline(article)}</div>
<div class="col-sm-9 bs-region bs-region--left">
<div class="field field--name-field-image field--type-image field--label-hidden field--item"><img loading="lazy" src="{outlet.base}/sites/default/files/styles/large/public/2026-11/{article.number}.jpg" width="800" height="450" alt="" class="img-responsive" /></div>
<div class="field field--name-body field--type-text-with-summary field--label-hidden field--item">
{shell.body_html(article, _reference(outlet, article))}
</div>
<div class="newsletter-block"><p>اشترك بالنشرة البريدية ليصلك أبرز ما ننشر كل صباح</p></div>
{_tags(outlet, article)}
<div class="addtoany_list a2a_kit">{shell.share_bar(outlet, article)}</div></div>
<div class="col-sm-3 bs-region bs-region--right">{_view(outlet, article, "شاهد أيضاً")}</div>
<div class="col-sm-12 bs-region bs-region--bottom">{_view(outlet, article, "مواد ذات صلة")}</div>
</article></div></section></div></div>
{_footer(outlet)}</div>
{shell.scripts(outlet)}
</body></html>
"""


def _head(outlet: Outlet, title: str, extra: str = "") -> str:
    names = [
        "navbar",
        "region",
        "block",
        "view",
        "field",
        "node",
        "teaser",
        "pager",
        "carousel",
        "modal",
        "well",
        "panel",
        "alert",
        "label",
        "badge",
        "form",
    ]
    return f"""<head>
<meta charset="utf-8" />
<title>{escape(title)} | {escape(outlet.profile.name)}</title>
{extra}<meta name="Generator" content="Drupal 10 (https://www.drupal.org)" />
<meta name="MobileOptimized" content="width" /><meta name="HandheldFriendly" content="true" />
<link rel="stylesheet" media="all" href="{outlet.base}/sites/default/files/css/css_k7.css" />
{shell.styles("bs", names)}
</head>"""


def _meta(outlet: Outlet, article: Article) -> str:
    url = outlet.address(article)
    return f"""<link rel="canonical" href="{url}" />
<link rel="shortlink" href="{outlet.base}/node/{article.number}" />
<meta property="og:site_name" content="{escape(outlet.profile.name)}" />
<meta property="og:type" content="article" />
<meta property="og:url" content="{url}" />
<meta property="og:title" content="{escape(article.headline)}" />
<meta property="og:description" content="{shell.summary(article, 20)}" />
"""


def _date(article: Article) -> str:
    if article.draft.undated:
        return ""
    day = dating.levantine(article.published_at, "-")
    return f'<div class="field field--name-field-published-date field--type-datetime field--label-hidden field--item">{day}</div>'


def _byline(article: Article) -> str:
    if not article.draft.authors:
        return '<div class="field field--name-field-source field--label-hidden field--item">متابعات</div>'
    return f'<div class="field field--name-field-author field--type-entity-reference field--label-hidden field--item">{article.draft.authors[0]}</div>'


def _reference(outlet: Outlet, article: Article) -> str:
    [other] = outlet.related(article, 1)
    return f"""<div class="align-center entity-embed"><article class="node node--type-article node--view-mode-related-inline">
<div class="field field--name-node-title"><h3><a href="{outlet.address(other)}" hreflang="ar">{escape(other.headline, quote=False)}</a></h3></div></article></div>"""


def _tags(outlet: Outlet, article: Article) -> str:
    items = "".join(
        f'<div class="field--item"><a href="{outlet.base}{outlet.encoded("/tags/" + tag)}" hreflang="ar">{tag}</a></div>'
        for tag in article.draft.tags
    )
    return f'<div class="field field--name-field-tags field--type-entity-reference field--items">{items}</div>'


def _view(outlet: Outlet, article: Article, title: str) -> str:
    rows = "\n".join(
        f'<div class="views-row"><div class="views-field views-field-title"><span class="field-content"><a href="{outlet.encoded(outlet.path(one))}" hreflang="ar">{escape(one.headline, quote=False)}</a></span></div></div>'
        for one in outlet.related(article, 5)
    )
    return f'<section class="views-element-container block block-views"><h2 class="block-title">{title}</h2><div class="view-content">{rows}</div></section>'


def _header(outlet: Outlet) -> str:
    return f"""<header class="navbar navbar-default container" id="navbar" role="banner"><div class="navbar-header"><div class="region region-navigation">
<a class="logo navbar-btn pull-left" href="{outlet.base}/" title="الرئيسية" rel="home"><img src="{outlet.base}/themes/custom/logo.svg" alt="الرئيسية" /></a></div></div>
<nav role="navigation" aria-labelledby="block-main-menu"><h2 class="visually-hidden">القائمة الرئيسية</h2><ul class="menu menu--main nav navbar-nav">{shell.menu(outlet, "/")}</ul></nav></header>"""


def _footer(outlet: Outlet) -> str:
    return f'<footer class="footer container" role="contentinfo"><div class="region region-footer"><p>جميع الحقوق محفوظة © {escape(outlet.profile.name)} 2026</p><p>من نحن - اتصل بنا - سياسة الخصوصية</p></div></footer>'


def list_page(outlet: Outlet, shelf: Shelf) -> str:
    """Return one list page, counted from 0."""
    rows = "\n".join(
        f'<div class="views-row"><article class="row bs-2col node node--type-article node--view-mode-teaser"><div class="col-sm-4 bs-region bs-region--left"><a href="{outlet.encoded(outlet.path(one))}"><img src="{outlet.base}/sites/default/files/styles/medium/public/2026-11/{one.number}.jpg" alt="" /></a></div>'
        f'<div class="col-sm-8 bs-region bs-region--right"><div class="field field--name-node-title field--type-ds"><h2><a href="{outlet.encoded(outlet.path(one))}" hreflang="ar">{escape(one.headline, quote=False)}</a></h2></div>'
        f"{_date(one)}</div></article></div>"
        for one in shelf.articles
    )
    following = (
        f'<li class="pager__item pager__item--next"><a href="?page={shelf.following}" title="الذهاب إلى الصفحة التالية" rel="next">التالي ›</a></li>'
        if shelf.following is not None
        else ""
    )
    return f"""<!DOCTYPE html>
<html lang="ar" dir="rtl">
{_head(outlet, shelf.title)}
<body class="path-taxonomy">
{_header(outlet)}<div class="main-container container"><h1 class="page-header">{shelf.title}</h1><div class="region region-content"><div class="view-content">
{rows}
</div><nav class="pager-nav text-center"><ul class="pagination js-pager__items">{following}</ul></nav></div></div>{_footer(outlet)}{shell.scripts(outlet)}
</body></html>
"""
