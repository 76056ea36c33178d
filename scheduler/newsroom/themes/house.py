"""A site's own engine: `div.cat-item`, `.item-title`, `.item-text`, Arabic-Indic dates.

The server counts readers on the page itself, so that no two answers are
alike and none carries validators.
"""

from html import escape

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.listing import Shelf
from scheduler.newsroom.outlet import Outlet


def article_page(outlet: Outlet, article: Article) -> str:
    """Return the page of one article."""
    draft = article.draft
    readers = dating.indic_digits(int(outlet.now().timestamp() * 1000) % 9000 + 100)
    writer = f'<span class="item-writer">{draft.authors[0]}</span>' if draft.authors else ""
    return f"""<!DOCTYPE html>
<html lang="ar" dir="rtl">
{_head(outlet, article.headline, f'<meta name="description" content="{shell.summary(article, 18)}"><meta property="og:image" content="{outlet.base}/uploads/{article.number}.jpg">')}
<body class="inner-page">
{_header(outlet)}
<div class="container main"><div class="row"><div class="col-md-8">
<ol class="breadcrumb"><li><a href="{outlet.base}/">الرئيسية</a></li><li><a href="{outlet.base}/{outlet.encoded(outlet.profile.slug_of(draft.section))}">{draft.section}</a></li></ol>
<div class="item-view"><h1 class="item-title">{escape(article.headline, quote=False)}</h1>
<div class="item-info"><span class="item-date"><i class="fa fa-calendar"></i> {dating.indic(article.published_at)}</span>
<span class="item-views"><i class="fa fa-eye"></i> {readers}</span>{writer}</div>
<div class="item-image"><img src="{outlet.base}/uploads/{article.number}.jpg" alt="{escape(article.headline)}"></div>
<div class="item-text">
{shell.body_html(article, _see_also(outlet, article))}
</div>
<div class="item-share"><strong>شارك الخبر:</strong> {shell.share_bar(outlet, article)}</div>
<div class="more-items"><h3>اقرأ أيضاً</h3><ul>{shell.links(outlet, outlet.related(article, 5))}</ul></div>
<div class="comments-box"><p>تنويه: التعليقات المنشورة تعبر عن رأي أصحابها ولا تعبر عن رأي الموقع.</p></div>
</div></div>
<div class="col-md-4 side"><div class="side-box"><h3>الأكثر قراءة</h3><ul>{shell.links(outlet, outlet.related(article, 6))}</ul></div></div>
</div></div>
{_footer(outlet)}
{shell.scripts(outlet)}
</body></html>
"""


def _head(outlet: Outlet, title: str, extra: str = "") -> str:
    names = [
        "cat",
        "item",
        "side",
        "top",
        "bottom",
        "slider",
        "news",
        "more",
        "box",
        "search",
        "lang",
        "video",
        "report",
    ]
    return f"""<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>{escape(outlet.profile.name)} - {escape(title)}</title>
{extra}
<link rel="stylesheet" href="{outlet.base}/assets/css/bootstrap-rtl.min.css">
{shell.styles("app", names)}
</head>"""


def _header(outlet: Outlet) -> str:
    return f"""<header><div class="topbar"><span class="today">{dating.indic(outlet.now())}</span><a href="{outlet.base}/en">English</a> <a href="{outlet.base}/ku">Kurdî</a></div>
<div class="logo"><a href="{outlet.base}/"><img src="{outlet.base}/assets/logo.png" alt="{escape(outlet.profile.name)}"></a></div>
<nav class="navbar"><ul class="nav navbar-nav">{shell.menu(outlet, "/", "nav-item")}</ul></nav></header>
<div class="urgent"><span>عاجل</span><marquee direction="right">{" *** ".join(escape(one.headline) for one in outlet.articles[:3])}</marquee></div>"""


def _see_also(outlet: Outlet, article: Article) -> str:
    [other] = outlet.related(article, 1)
    return f'<p style="background:#eee"><a href="{outlet.address(other)}">اقرأ المزيد: {escape(other.headline, quote=False)}</a></p>'


def _footer(outlet: Outlet) -> str:
    return f'<footer><p>© {escape(outlet.profile.name)} ٢٠٢٦ - لا يسمح بإعادة النشر دون ذكر المصدر</p><a href="#" class="scroll-top">زر الذهاب إلى الأعلى</a></footer>'


def list_page(outlet: Outlet, shelf: Shelf) -> str:
    """Return one list page; each item carries the beginning of its text."""
    items = "\n".join(
        f'<div class="cat-item"><a href="{outlet.address(one)}"><img src="{outlet.base}/uploads/thumb/{one.number}.jpg" alt=""></a>'
        f'<h2 class="item-title"><a href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a></h2>'
        f'<span class="item-date">{dating.indic(one.published_at)}</span><div class="item-text"><p>{shell.summary(one, 22)}</p></div></div>'
        for one in shelf.articles
    )
    following = f'<li><a href="?page={shelf.following}">التالي</a></li>' if shelf.following else ""
    return f"""<!DOCTYPE html>
<html lang="ar" dir="rtl">
{_head(outlet, shelf.title)}
<body>
{_header(outlet)}<div class="container main"><h1 class="cat-title">{shelf.title}</h1><div class="cat-items">
{items}
</div><ul class="pagination"><li class="active"><span>{shelf.number}</span></li>{following}</ul></div>{_footer(outlet)}{shell.scripts(outlet)}
</body></html>
"""
