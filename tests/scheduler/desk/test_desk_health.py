"""Whether everything works, in words."""

from storage.database import session
from storage.models import Site


def test_sites_say_how_they_are_those_in_trouble_first(newsdesk):
    newsdesk.keep()
    with session(newsdesk.engine) as db:
        db.get_one(Site, "sana").state = "ok"
        db.add(Site(key="raqqa", name="موقع الرقة", state="refused", state_reason="robots <b>"))

    text = newsdesk.owner().get("/health").text

    assert text.index("موقع الرقة") < text.index("موقع sana")
    assert "يرفضنا" in text
    assert "robots &lt;b&gt;" in text
    assert "الحسابات مغلقة" in text
