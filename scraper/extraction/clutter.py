"""What stands among an article's paragraphs and is none of them.

Elements are known by tag and by words of their class and id; lines by how
they begin. Both lists are of habits many sites share; what one site alone
does belongs into `remove` of its file.
"""

import re
from functools import lru_cache
from typing import Any

DROPPED = frozenset(
    (
        "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "button",
        "select", "textarea", "input", "nav", "aside", "footer", "figure", "figcaption", "video",
        "audio", "canvas", "map", "label", "dialog", "menu", "title", "link", "meta", "source", "img",
    )
)  # fmt: skip

_NAME_WORDS = (
    "related", "relatedposts?", "relations?", "yarpp", "recommend(?:ed|ations?)?", "read-?(?:more|also|next)",
    "also-?read", "see-?also", "more-(?:news|stories|posts|articles|from)", "most-?(?:read|viewed)",
    "popular", "trending", "outbrain", "taboola", "mgid", "zergnet", "promo(?:tion)?s?", "teasers?",
    "share", "shares", "sharing", "sharedaddy", "sharethis", "addthis", "addtoany", "social",
    "socials", "follow-?us", "followus", "jp-relatedposts", "heateor", "a2a", "ssba", "jeg_share",
    "tags?", "tag-?(?:list|cloud|links|s)", "tagcloud", "keywords", "hashtags",
    "comments?", "comment-?(?:form|list|respond|s)", "respond", "disqus", "fb-comments", "replies",
    "newsletter", "subscribe", "subscription", "signup", "sign-up", "donat(?:e|ion)", "mailchimp",
    "ads?", "advert", "adverts", "advertisement", "adsbygoogle", "adslot", "ad-?(?:container|wrapper|unit|box|slot)",
    "dfp", "gpt-ad", "sponsor(?:ed)?", "banner", "breadcrumbs?", "pagination", "pager", "navigation",
    "post-?nav", "(?:loop|entry|article)-?nav(?:igation)?", "nav-?links?", "prev(?:ious)?", "next", "adv[-_]?\\w*", "prev[-_]?next(?:[-_]\\w+)?", "next[-_]?prev", "time[-_]to[-_]read(?:[-_]\\w+)?", "read(?:ing)?[-_]time", "widget", "sidebar", "side-?bar", "toolbar", "print-?(?:button|link)", "cookie",
    "consent", "modal", "popup", "overlay", "tooltip", "screen-reader-text", "sr-only", "visually-hidden",
    "avatar[-_]?\\w*", "audio-?player\\w*", "author-?(?:box|bio|info|card|profile)", "authorbox", "about-?(?:the-)?author", "biography",
    "byline", "post-?meta", "entry-?meta", "article-?meta", "meta-?info", "post-?info", "entry-?footer",
    "post-?footer", "wp-caption-text", "caption", "gallery-caption", "image-?(?:caption|credit|credits)",
    "photo-?(?:credit|caption)", "credits?", "rating", "ratings", "post-?views", "view-?count",
    "font-?(?:size|resize)", "correction-?box", "source-?box", "copyright", "shortlink", "short-?url",
    "jeg_post_tags", "tdb?-?post-source-tags", "penci-post-tags", "penci-ilrelated-posts?",
    "elementor-share-buttons", "elementor-widget-share-buttons", "elementor-post-info",
    "inline-?related", "in-?article-?related", "mag-box", "entry-?tags", "toc_container", "ez-toc-container",
    "rate-?this", "poll", "quiz", "infobox-?ad", "app-?(?:download|promo|banner)", "telegram-?(?:box|join)",
    "whatsapp-?(?:box|join|channel)", "google-?news", "gnews", "slideshow-?nav", "lightbox", "skip-link",
)  # fmt: skip
_NAMES = re.compile(r"(?:^|[\s_\-])(?:" + "|".join(_NAME_WORDS) + r")(?=$|[\s_\-\d])")
_TEXT_NAMES = re.compile(
    r"(?:article|entry|post|story|news|main)[-_]*(?:body|content|text|inner|full)"
)
_DATE_NAMES = re.compile(
    r"(?:^|[\s_\-])(?:date|datetime|time|timestamp|publish(?:ed)?|pub-?date|post-?date|posted-?on|posted)(?=$|[\s_\-])"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_REMARKS = re.compile(r"comment|disqus|replies|respond")
_SCAFFOLD = re.compile(
    r"elementor-(?!(?:widget-)?(?:share|posts|post-nav|author|sidebar|form|nav|toc|location-popup|comments|button))[\w-]*"
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")

# A line that begins so and is short says nothing of the news.
_LINE_STARTS = (
    r"اقرا(?:وا|ي)?\s+(?:ايضا|كذلك|المزيد)", r"لقراءه\s+المزيد", r"للمزيد\s+(?:من\s+(?:ال)?(?:اخبار|تفاصيل|معلومات|مقالات|تقارير|صور)|حول|اقرا|تابع|انقر|اضغط)",
    r"(?:مقالات|مواضيع|اخبار|موضوعات|مواد|تقارير)\s+(?:ذات\s+صله|مشابهه|متعلقه|قد\s+تهمك|اخري)", r"قد\s+يهمك(?:م)?(?:\s+(?:ايضا|كذلك|قراءه|مطالعه)|\s*[:|.…]|\s*$)", r"قد\s+يعجبك",
    r"شاهد(?:وا)?\s*(?:ايضا|المزيد|بالفيديو|بالصور|\.\.|:)", r"لمشاهده\s+(?:اخر|اهم|المزيد|جميع|كل)\s", r"بالفيديو\s*(?:\.\.|:|…)",
    r"(?:تابعونا|تابعنا)\s+(?:علي|عبر|الي|الان)", r"تابع(?:وا|ي)?\s+(?:صفحت|صفحات|قنات|قنوات|حسابات|حساب|موقع)نا",
    r"تابعوا\s+.{2,30}\s(?:علي|عبر)\s+(?:فيس|تويتر|تلغرام|تليغرام|تيليجرام|واتس|يوتيوب|انست|غوغل|جوجل|اكس|منص)(?=.{0,40}$)", r"زوروا\s+(?:صفحت|موقع|قنات)نا",
    r"انضم(?:وا|ي)?\s+(?:الان\s+)?(?:الي|ل|عبر|علي)\s*(?:ال)?(?:قنا|قنوات|مجموعت|صفحت|تلغرام|تليغرام|تيليجرام|واتس)", r"لا\s+تنس(?:وا|ي)?\s+(?:ال)?(?:اشتراك|متابع)",
    r"زر\s+الذهاب\s+الي\s+الاعلي", r"اترك\s+(?:تعليقا|ردا|رد)", r"لن\s+يتم\s+نشر\s+عنوان\s+بريدك",
    r"الحقول\s+الالزاميه", r"(?:شارك(?:ها)?|مشاركه)(?:\s+(?:هذا\s+)?(?:المقال|الخبر|الموضوع|عبر|علي)(?:\s+\w+){0,4})?\s*[:!]?$",
    r"(?:اذا|ان)\s+كنت\s+تعتقد", r"(?:(?:هل|اذا|ان)\s+)?وجدت\s+خطا", r"ابلغ(?:وا|نا)?\s+عن\s+(?:خطا|محتوي)\W*$", r"هل\s+اعجبك(?:م)?\s+(?:هذا\s+)?(?:ال)?(?:مقال|خبر|ماده|موضوع|محتوي)",
    r"قيم\s+(?:هذا\s+)?(?:ال)?(?:مقال|خبر|ماده|موضوع)", r"ساهم(?:وا)?\s+(?:معنا\s+)?في\s+تحسين", r"ادعم(?:وا|ونا|نا|ي|/ي)?\s+(?:الموقع|موقعنا|عملنا|استقلال|الصحافه|صحافه|استمرار|المحتوي)", r"للتبرع(?:ات)?\s", r"تبرع(?:وا|ي|/ي)?\s+(?:الان|لنا|للموقع|لدعم)", r"لدعم\s+(?:الموقع|استمرار|عملنا|الصحافه)",
    r"(?:للاشتراك|(?:اشترك|سجل)(?:وا|ي|/ي)?)\s+(?:معنا\s+)?(?:في|ب)\s*(?:نشرت|النشره|القايمه\s+البريد|قايمتنا|قناتنا|قنواتنا|بريدنا|خدمه)", r"نشره\s+البريد",
    r"(?:ال)?كلمات\s+(?:ال)?(?:دلاليه|مفتاحيه)", r"(?:ال)?(?:وسوم|وسم|تاجات?)\s*(?::|$)", r"وسوم(?:\s+\w+){1,8}\s*$", r"رابط\s+مختصر", r"(?:ال)?رابط\s+(?:ال)?(?:خبر|مقال|ماده|مختصر|قصير)\s*:",
    r"اخر\s+تحديث\s*:?", r"تاريخ\s+(?:النشر|الاضافه)", r"عدد\s+(?:القراءات|المشاهدات|الزيارات)",
    r"نايل\s?سات|ترددات?\s+(?:ال)?قناه|nilesat|hotbird|eutelsat", r"حمل(?:وا)?\s+(?:ال)?تطبيق(?:نا)?\s*(?:الان|من|مجانا|الموقع|القناه|الوكاله|الصحيفه|الشبكه|$)", r"اكمل\s+القراءه",
    r"(?:لل)?متابعه\s+(?:اخر\s+)?(?:الاخبار|قناتنا)", r"لمتابعه\s+(?:اخر|اهم|اخبار|الاخبار|المزيد|جديد|كل|كافه|جميع|قناتنا|صفحتنا|حساباتنا|موقعنا)",
    r".{0,90}?(?:nilesat|نايل\s?سات|hot\s?bird|هوت\s?بيرد|arabsat|عرب\s?سات|تردد).{0,60}?\d{4,5}.{0,20}?(?:عامودي|عمودي|افقي|ترميز|27500|[vh](?!\w))", r"جميع\s+الحقوق\s+محفوظه", r"(?:ظهرت|التدوينه|المقاله|المقال)\s.*اولا\s+(?:علي|في)\s", r"the\s+post\s.*appeared\s+first\s+on",
    r"حقوق\s+النشر\s+محفوظه", r"(?:نسخه\s+لل)?طباعه$", r"نسخ\s+الرابط", r"تم\s+(?:نسخ\s+الرابط|النسخ\s*$)", r"(?:تكبير|تصغير|حجم)\s+(?:ال)?خط", r"استمع\s+(?:الي\s+)?(?:ال|لل)(?:مقال|خبر|ماده|نص)\w*\s*$",
    r"(?:وقت|مده)\s+القراءه", r"(?:\d+\s+)?دق(?:يقه|يقتان|ايق)\s+(?:لل)?قراءه\s*$", r"(?:اضغط|انقر)(?:وا|ي)?\s+هنا\b(?=.{0,60}$)", r"عاجل\W*$",
    r"للتواصل\s+معنا", r"(?:اتصل|تواصل)(?:وا|ي)?\s+(?:بنا|معنا)\b", r"سجل\s+الدخول\s*(?:ل|الي|من|[:!]|$)", r"(?:هذا\s+الموقع|موقعنا|نحن)\s+[ين]ستخدم\s+(?:ملفات\s+)?(?:تعريف|ال?كوكيز)", r"المقال\s+(?:السابق|التالي)",
    r"الخبر\s+(?:السابق|التالي)", r"(?:\d+\s+)?(?:ال)?تعليق(?:ات)?(?:\s*\(?\d*\)?)?$", r"(?:اضف|اكتب)\s+تعليق(?:ا|ك)?\W*$", r"سياسه\s+التعليق(?:ات)?\W*$", r"(?:تغريد|غرد|انشر|ارسال\s+بالبريد)\s*$",
    r"مصدر\s+الصوره", r"(?:تصوير|عدسه)\s*:", r"(?:ال)?صوره?\s+(?:من\s+)?(?:ال)?(?:ارشيف|انترنت|تعبيريه)\w*\W*$", r"اعلان(?:ات)?$", r"مساحه\s+اعلانيه", r"(?:(?:فيسبوك|فيس\s?بوك|تويتر|واتساب|تيليجرام|تلغرام|ماسنجر|لينكدان)[\s,|/]*)+$",
    r"(?:ملاحظه\s*:\s*)?التعليقات\s+المنشوره\s+لا\s+تعبر", r"الاراء\s+(?:الوارده|المنشوره)\s+.*تعبر\s+عن", r"(?:هذا\s+|هذه\s+)?(?:ال)?(?:مقال|ماده|نص)ه?\s+[تي]عبر\s+عن\s+(?:راي|اراء|وجهه)",
    r"(?:read|see)\s+(?:also|more)\b(?!\s+than)", r"also\s+read\b", r"read\s+next", r"related\s*(?::|articles?|stories|posts?|news|coverage)",
    r"recommended\s*(?::|for\s+you|reading|stories)", r"more\s+(?:from|on\s+this|stories|news|like\s+this)\b.{0,60}$",
    r"advertisement\s*$", r"(?:sponsored|promoted)\s+(?:content|by|stories)", r"sign\s?up\s+(?:for|to)\b", r"subscribe\s+(?:to|now|for|today)\b",
    r"(?:follow|like)\s+(?:us|me|him|her|them|@\w+|[\w ]{2,30})\s+on\b", r"share\s+(?:this|on|via|story|article)\b", r"share$",
    r"click\s+here\s+(?:to|for)\b.{0,80}$", r"(?:leave|post|add|write)\s+a\s+(?:comment|reply)", r"\d*\s*comments?$",
    r"all\s+rights\s+reserved", r"copyright\s*[©\d]", r"©", r"photo(?:s|graph)?\s*(?::|by|credit)", r"image\s*(?::|credit|source)",
    r"(?:story|article)\s+continues\s+(?:below|after)", r"continue\s+reading(?:\s+below|\s+the\s+main)?", r"skip\s+(?:to|past)\b",
    r"(?:tags?|filed\s+under|topics?|keywords?|categories|category|posted\s+in)\s*:", r"get\s+(?:the|our)\s+.{0,40}newsletter", r"newsletter$",
    r"print$", r"e?mail$", r"tweet$", r"facebook$", r"twitter$", r"pinterest$", r"whatsapp$", r"reddit$", r"linkedin$", r"pin\s+it$",
    r"have\s+(?:something|a\s+(?:story|tip))\b.{0,120}$", r"this\s+(?:article|story)\s+(?:was|is)\s+(?:originally\s+)?(?:published|appeared)\b.{0,120}$",
    r"embed$", r"replay$", r"play\s+video", r"watch\s*:", r"(?:previous|next)\s+(?:article|post|story|slide)", r"back\s+to\s+top", r"view\s+comments",
    r"loading\b.{0,20}$", r"خواندن\s+بیشتر", r"please\s+(?:enable|turn\s+on)\s+javascript", r"your\s+email\s+address\s+will\s+not", r"listen\s+to\s+this",
)  # fmt: skip
_LINES = re.compile(r"[\s\W]*(?:" + "|".join(_LINE_STARTS) + ")")
LONGEST_LINE = 260
# Rules for comments, which some sites keep inside the article's element.
_COMMENT_RULES = re.compile(
    r"(?:مراجعه|نشر|حذف|كتابه|تحرير)\s+(?:ال|اي\s+)?تعليقا?ت?|ارشادات\s+الاستخدام|سياسه\s+التعليق|قواعد\s+التعليق"
    r"|الاراء\s+الوارده\s+(?:ادناه|في\s+التعليق|في\s+هذ)|(?:التعليقات|المشاركات)\s+.{0,40}(?:لا\s+تعبر|تعبر\s+عن\s+اراء)"
    r"|(?:comments?\s+(?:policy|guidelines|are\s+moderated|are\s+closed))"
)
_LONGEST_RULE = 700
_LONGEST_HEADING = 80

# After such a heading the article is over.
_END_WORDS = (
    r"(?:مقالات|مواضيع|اخبار|موضوعات|مواد|تقارير)\s+(?:ذات\s+صله|مشابهه|متعلقه|قد\s+تهمك)",
    r"اترك\s+(?:تعليقا|ردا)|لن\s+يتم\s+نشر\s+عنوان|(?:ال)?تعليقات?\s*\(?\d*\)?$",
    r"related\s+(?:articles?|stories|posts?|news|coverage|content)|leave\s+a\s+(?:reply|comment)",
    r"(?:you\s+may\s+also\s+like|more\s+(?:stories|from)\b|comments$|trending\s+now|most\s+(?:read|popular))",
)
_END = re.compile(r"[\s\W]*(?:" + "|".join(_END_WORDS) + ")")


def named_clutter(element: Any, names: str) -> bool:
    """Tell whether *names*, its class and id, role or style of *element* give it away."""
    if len(names) > 1 and names_clutter(names):
        return True
    if element.get("role") in ("navigation", "complementary", "banner", "contentinfo", "search"):
        return True
    if element.get("aria-hidden") == "true" and element.tag in ("div", "section", "ul"):
        return True
    style = element.get("style")
    return bool(style and _HIDDEN.search(style))


@lru_cache(maxsize=8192)
def plain_names(names: str) -> str:
    """Return *names*, a class and id, in lower case and without a page builder's scaffolding.

    Builders call every part of a page a widget, the text as well.

    >>> plain_names("elementor-widget elementor-widget-text-editor myBox")
    '  my-box'
    """
    return _SCAFFOLD.sub("", _CAMEL.sub("-", names).lower())


@lru_cache(maxsize=8192)
def names_clutter(names: str) -> bool:
    """Tell whether a word of *names*, a class and id, is one of clutter.

    >>> names_clutter("post-relatedPosts box"), names_clutter("entry-content")
    (True, False)
    """
    return _NAMES.search(plain_names(names)) is not None


@lru_cache(maxsize=8192)
def names_text(names: str) -> bool:
    """Tell whether *names*, a class and id, say that the article's text is inside.

    >>> names_text("sidebar-grid__content article__content"), names_text("sidebar")
    (True, False)
    """
    return _TEXT_NAMES.search(_CAMEL.sub("-", names).lower()) is not None


@lru_cache(maxsize=8192)
def names_date(names: str) -> bool:
    """Tell whether *names*, a class and id, are of a date.

    >>> names_date("post-date meta"), names_date("dateline")
    (True, False)
    """
    return _DATE_NAMES.search(_CAMEL.sub("-", names).lower()) is not None


def text_element(element: Any) -> bool:
    """Tell whether class or id of *element* say that it is the article's text."""
    return names_text(f"{element.get('class', '')} {element.get('id', '')}")


@lru_cache(maxsize=8192)
def names_remarks(names: str) -> bool:
    """Tell whether *names*, a class and id, are of readers' comments."""
    return _REMARKS.search(names.lower()) is not None


def is_clutter_line(folded: str) -> bool:
    """Tell whether *folded*, a whole block folded by `wording.letters`, is a line of furniture.

    >>> is_clutter_line("اقرا ايضا: هبوط الليره"), is_clutter_line("قرا الوزير البيان")
    (True, False)
    """
    return len(folded) <= LONGEST_LINE and _LINES.match(folded) is not None


def is_comment_rule(folded: str) -> bool:
    """Tell whether *folded* tells readers what they may write; asked at an article's end."""
    return len(folded) <= _LONGEST_RULE and _COMMENT_RULES.search(folded) is not None


def ends_article(folded: str) -> bool:
    """Tell whether *folded* heads what comes after an article: related ones, comments."""
    return len(folded) < _LONGEST_HEADING and _END.match(folded) is not None
