import pytest

from scraper.extraction.clutter import ends_article, is_clutter_line, is_comment_rule, names_clutter
from scraper.extraction.wording import letters

FURNITURE = [
    "اقرأ أيضاً: هبوط جديد في سعر الليرة",
    "إقرأ أيضا",
    "اقرأ المزيد: كيف بدأت الأزمة",
    "للمزيد من التفاصيل اضغط هنا",
    "مقالات ذات صلة",
    "مواضيع ذات صلة",
    "قد يهمك أيضاً",
    "شاهد أيضاً: فيديو من المكان",
    "تابعونا على فيسبوك",
    "زر الذهاب إلى الأعلى",
    "اترك تعليقاً",
    "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *",
    "شارك",
    "شارك هذا المقال",
    "شاركها!",
    "اذا كنت تعتقد/تعتقدين أن المقال يحوي معلومات خاطئة أرسل/أرسلي تصحيحك",
    "للتبرع ودعم الموقع اضغط هنا",
    "ادعموا الصحافة المستقلة",
    "اشترك في نشرتنا البريدية",
    "اشترك في النشرة البريدية ليصلك جديدنا",
    "الكلمات المفتاحية: حلب، مياه",
    "الوسوم",
    "رابط مختصر: https://example.org/x",
    "NILESAT 11393 27500/V عامودي",
    "فيسبوك تويتر واتساب",
    "أكمل القراءة »",
    "جميع الحقوق محفوظة لموقعنا 2026",
    "الخبر السابق",
    "ظهرت المقالة فيضان الفرات أولاً على المحرر.",
    "Read also: The river rises",
    "Advertisement",
    "Sign up for our newsletter",
    "Follow us on Twitter",
]
NEWS = [
    "قرأ الوزير البيان أمام الصحفيين ثم غادر القاعة.",
    "شارك عبر تقنية الفيديو في الاجتماع وزراء خارجية ست دول، واتفقوا على بيان مشترك.",
    "تبرع رجل أعمال من المدينة بمبلغ مليون ليرة لترميم المدرسة.",
    "هل تعتقد أن الحرب انتهت فعلاً؟",
    "فيسبوك تحذف مئات الصفحات المرتبطة بالحملة.",
    "أدعم هذا القرار، قال النائب في الجلسة.",
    "اشترك في القتال إلى جانبهم مئات الشبان.",
    "إعلان دمشق يدعو إلى حوار شامل.",
    "تابع الأهالي عملهم في الحقول رغم القصف.",
    "تعليق الدوام في المدارس ليوم واحد بسبب العاصفة.",
    "Read more than a hundred pages, he said.",
    "Advertisement spending rose by five percent.",
]


@pytest.mark.parametrize("line", FURNITURE)
def test_a_line_of_furniture_is_known(line):
    assert is_clutter_line(letters(line))


@pytest.mark.parametrize("line", NEWS)
def test_a_line_of_news_that_begins_like_furniture_stays(line):
    assert not is_clutter_line(letters(line))


def test_what_follows_an_article_is_known_by_its_heading():
    assert ends_article(letters("مقالات ذات صلة"))
    assert not ends_article(letters("مقالات الرأي تتحدث عن الأزمة وعن علاقات ذات أبعاد"))


def test_rules_for_comments_are_known():
    assert is_comment_rule(letters("ننصحك بمراجعة إرشادات الاستخدام قبل نشر التعليق"))
    assert not is_comment_rule(letters("رفض الوزير التعليق على الخبر"))


@pytest.mark.parametrize(
    ("names", "clutter"),
    [
        ("share-buttons top", True),
        ("relatedPosts", True),
        ("post-tags", True),
        ("comments-area", True),
        ("wp-caption-text", True),
        ("newsletter-signup", True),
        ("entry-content", False),
        ("article-body clearfix", False),
        ("dateline", False),
        ("shareholder", False),
        ("paragraph next-door", True),
    ],
)
def test_an_element_is_known_by_the_words_of_its_class(names, clutter):
    assert names_clutter(names) is clutter
