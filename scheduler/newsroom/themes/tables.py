"""An old site laid out in tables: windows-1256, no classes to speak of, figures for dates."""

from html import escape

from scheduler.newsroom import dating, shell
from scheduler.newsroom.content import Article
from scheduler.newsroom.listing import Shelf, date_shown
from scheduler.newsroom.outlet import Outlet

# The pages are windows-1256; the server says UTF-8 and this says Latin-1.
META = '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">'


def article_page(outlet: Outlet, article: Article) -> str:
    """Return the page of one article."""
    writer = (
        f"<font color=#990000>{article.draft.authors[0]}</font> - " if article.draft.authors else ""
    )
    when = date_shown(outlet, article, dating.slashed)
    return f"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html dir="rtl"><head>{META}
<title>{escape(outlet.profile.name)} :: {escape(article.headline)}</title>
<meta name="keywords" content="{escape(", ".join(article.draft.tags))}">
{shell.styles("t", ["top", "menu", "main", "left", "foot", "title", "news", "date"])}
</head>
<body bgcolor="#ffffff" topmargin="0">
{_top(outlet)}
<table width="980" align="center" cellpadding="4"><tr>
<td width="180" valign="top" class="t-menu"><b>أقسام الموقع</b><ul>{shell.menu(outlet, "/news/section/")}</ul></td>
<td width="600" valign="top" class="t-main">
<div class="path"><a href="/">الرئيسية</a> &raquo; <a href="/news/section/{outlet.profile.slug_of(article.draft.section)}">{article.draft.section}</a></div>
<div class="news-title"><h1>{escape(article.headline, quote=False)}</h1></div>
<div class="date">{writer}<span title="{dating.slashed(article.published_at)}">{when}</span></div>
<div class="news-text" id="newsText">
{shell.body_html(article, _inside(outlet, article))}
</div>
<div class="tools"><a href="javascript:window.print()">طباعة</a> | <a href="/send/{article.number}">أرسل إلى صديق</a> | حجم الخط: <a href="#">+</a> <a href="#">-</a></div>
<table class="related" width="100%"><tr><th>مواضيع مرتبطة</th></tr>{_rows(outlet, article)}</table>
<div class="comments"><b>التعليقات</b><p>الرجاء الالتزام بآداب الحوار، التعليقات تخضع للمراجعة قبل نشرها.</p></div>
</td>
<td width="200" valign="top" class="t-left"><b>الأكثر قراءة</b><ol>{shell.links(outlet, outlet.related(article, 5))}</ol></td>
</tr></table>
{_foot(outlet)}
</body></html>
"""


def _top(outlet: Outlet) -> str:
    return f"""<table width="980" align="center" class="t-top"><tr><td><a href="{outlet.base}/"><img src="/images/logo.gif" alt="{escape(outlet.profile.name)}" border="0"></a></td>
<td align="left">{dating.levantine(outlet.now())}<br>{escape(outlet.profile.motto)}</td></tr></table>"""


def _inside(outlet: Outlet, article: Article) -> str:
    [other] = outlet.related(article, 1)
    return f'<table class="inside" align="left" width="220"><tr><td><b>موضوع مرتبط</b><br><a href="{outlet.address(other)}">{escape(other.headline, quote=False)}</a></td></tr></table>'


def _rows(outlet: Outlet, article: Article) -> str:
    return "".join(
        f'<tr><td>- <a href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a> ({dating.slashed(one.published_at)})</td></tr>'
        for one in outlet.related(article, 4)
    )


def _foot(outlet: Outlet) -> str:
    return f'<table width="980" align="center" class="t-foot"><tr><td align="center">جميع الحقوق محفوظة {escape(outlet.profile.name)} 2006 - 2026</td></tr></table>'


def list_page(outlet: Outlet, shelf: Shelf) -> str:
    """Return one list page."""
    rows = "\n".join(
        f'<tr><td class="news-row"><h3><a href="{outlet.address(one)}">{escape(one.headline, quote=False)}</a></h3>'
        f'<span class="date">{date_shown(outlet, one, dating.slashed)}</span><br>{shell.summary(one, 20)} <a href="{outlet.address(one)}">التفاصيل</a></td></tr>'
        for one in shelf.articles
    )
    following = f'<a href="?page={shelf.following}">الصفحة التالية</a>' if shelf.following else ""
    return f"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html dir="rtl"><head>{META}<title>{escape(outlet.profile.name)} :: {shelf.title}</title></head>
<body>{_top(outlet)}<table width="980" align="center" class="list">
{rows}
</table><center>{following}</center>{_foot(outlet)}</body></html>
"""
