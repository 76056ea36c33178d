"""Pieces of page that every theme has: scripts, menus, teasers, footers."""

from collections.abc import Iterable, Sequence
from html import escape

from scheduler.newsroom.content import Article
from scheduler.newsroom.outlet import Outlet

HEADING = "## "
QUOTATION = "> "


def body_html(article: Article, insert: str = "", at: int = 2) -> str:
    """Return the text as HTML paragraphs, with *insert* put before paragraph *at*."""
    blocks = [_block(paragraph) for paragraph in article.body]
    if insert and len(blocks) > at:
        blocks.insert(at, insert)
    return "\n".join(blocks)


def _block(paragraph: str) -> str:
    if paragraph.startswith(HEADING):
        return f"<h2>{escape(paragraph.removeprefix(HEADING), quote=False)}</h2>"
    if paragraph.startswith(QUOTATION):
        text = escape(paragraph.removeprefix(QUOTATION), quote=False)
        return f"<blockquote><p>{text}</p></blockquote>"
    return f"<p>{escape(paragraph, quote=False)}</p>"


def summary(article: Article, words: int = 30) -> str:
    """Return the first words of the text, as list pages and excerpt feeds show them."""
    first = article.paragraphs[0].split()
    return " ".join(first[:words]) + (" [&hellip;]" if len(first) > words else "")


def links(outlet: Outlet, articles: Iterable[Article], item: str = "li") -> str:
    """Return teasers: one linked headline in an *item* each."""
    return "\n".join(
        f'<{item}><a href="{outlet.address(one)}">{escape(one.headline)}</a></{item}>'
        for one in articles
    )


def menu(outlet: Outlet, prefix: str, item_class: str = "menu-item") -> str:
    """Return the items of the main menu; sections lie under *prefix*."""
    home = f'<li class="{item_class}"><a href="{outlet.base}/">الرئيسية</a></li>'
    return home + "\n".join(
        f'<li class="{item_class} menu-item-object-category">'
        f'<a href="{outlet.base}{outlet.encoded(prefix + slug)}">{escape(name)}</a></li>'
        for name, slug in outlet.profile.sections
    )


def styles(prefix: str, names: Sequence[str]) -> str:
    """Return an inline sheet of the size themes print into each page."""
    rules = [
        f".{prefix}-{name}{{display:block;margin:0 0 {1 + index % 5}em;padding:{index % 7}px "
        f"{index % 9}px;background:#f{index % 10}f{index % 10}f{index % 10};"
        f"color:#{(index * 37) % 1000:03d};font-size:{13 + index % 8}px;line-height:1.8}}"
        f".{prefix}-{name}:hover,.{prefix}-{name}:focus{{opacity:.{9 - index % 5};"
        f"transition:all .{1 + index % 4}s ease-in-out}}"
        f"@media(max-width:{480 + 96 * (index % 6)}px){{.{prefix}-{name}{{float:none;width:100%}}}}"
        for index, name in enumerate(names)
    ]
    return f"<style id='{prefix}-inline-css'>\n" + "\n".join(rules) + "\n</style>"


def scripts(outlet: Outlet) -> str:
    """Return inline scripts: a counter, a menu, settings that quote Arabic strings."""
    return f"""<script>
window.siteLayer=window.siteLayer||[];function track(){{siteLayer.push(arguments)}}
track('js',new Date());track('config','{outlet.profile.key}-001',{{'anonymize_ip':true}});
(function(d){{var b=d.getElementById('menu-toggle');if(!b){{return}}
b.addEventListener('click',function(e){{e.preventDefault();d.body.classList.toggle('menu-open');}});
var top=d.getElementById('go-to-top');window.addEventListener('scroll',function(){{
if(top){{top.style.display=window.pageYOffset>400?'block':'none'}}}});}})(document);
</script>
<script>
var settings={{"ajax_url":"\\/wp-admin\\/admin-ajax.php","is_rtl":"1","lang_no_results":"لا توجد نتائج",
"lang_copied":"تم نسخ الرابط","lang_read_more":"اقرأ المزيد","lang_search":"بحث عن",
"ticker":["عاجل: متابعة مستمرة للتطورات في شرق الفرات","تابعونا على منصات التواصل"]}};
if(document.location.hash==='#comments'){{settings.open_comments=true}}
</script>"""


def texturized(text: str) -> str:
    """Return *text* as WordPress writes titles: typographic marks as numeric entities."""
    named = escape(text, quote=False).replace("...", "&#8230;")
    for char in "“”‘’–":
        named = named.replace(char, f"&#{ord(char)};")
    return named


def share_bar(outlet: Outlet, article: Article) -> str:
    """Return links to networks, with their names as text."""
    url = outlet.address(article)
    networks = (
        "فيسبوك",
        "\u202bX\u202c",
        "لينكدإن",
        "واتساب",
        "تيلقرام",
        "مشاركة عبر البريد",
        "طباعة",
    )
    return "\n".join(
        f'<a href="{outlet.base}/share?to={index}&amp;url={url}" rel="external noopener nofollow" '
        f'class="share-btn"><span class="social-text">{name}</span></a>'
        for index, name in enumerate(networks)
    )


COMMENT_RULES = """<div id="respond" class="comment-respond">
<h3 id="reply-title" class="comment-reply-title">اترك تعليقاً
<small><a rel="nofollow" id="cancel-comment-reply-link" href="#respond" style="display:none;">إلغاء الرد</a></small></h3>
<form action="/wp-comments-post.php" method="post" id="commentform" class="comment-form">
<p class="comment-notes"><span id="email-notes">لن يتم نشر عنوان بريدك الإلكتروني.</span>
<span class="required-field-message">الحقول الإلزامية مشار إليها بـ <span class="required">*</span></span></p>
<p class="comment-form-comment"><label for="comment">التعليق *</label>
<textarea id="comment" name="comment" cols="45" rows="8" required></textarea></p>
<p class="comment-form-author"><label for="author">الاسم *</label><input id="author" name="author" type="text"></p>
<p class="comment-form-email"><label for="email">البريد الإلكتروني *</label><input id="email" name="email" type="email"></p>
<p class="form-submit"><input name="submit" type="submit" id="submit" class="submit" value="إرسال التعليق"></p>
</form></div>"""

GO_TO_TOP = """<a id="go-to-top" class="go-to-top-button" href="#go-to-tie-body">
<span class="tie-icon-angle-up"></span><span class="screen-reader-text">زر الذهاب إلى الأعلى</span></a>"""


def not_found_page(outlet: Outlet) -> str:
    """Return the page a person sees where nothing is."""
    return (
        '<!DOCTYPE html><html dir="rtl" lang="ar"><head><meta charset="UTF-8">'
        f"<title>الصفحة غير موجودة - {escape(outlet.profile.name)}</title></head>"
        '<body class="error404"><h1>عذراً، الصفحة التي تبحث عنها غير موجودة</h1>'
        f'<p>ربما نُقلت أو حُذفت. <a href="{outlet.base}/">العودة إلى الرئيسية</a></p></body></html>'
    )
