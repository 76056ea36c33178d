"""Fetching a page by hand, from real servers on loopback."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scheduler import fetch
from storage.errors import InputError

HERE = ["127.0.0.1"]


@contextlib.contextmanager
def server(answer):
    """A server on loopback; *answer* gets the path, gives status, headers and body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{found.server_address[1]}"
    finally:
        found.shutdown()
        thread.join()
        found.server_close()


def get(url, private_hosts=HERE):
    return fetch.fetch(url, agent="Rasid", private_hosts=private_hosts)


def test_a_page_is_fetched_with_its_charset():
    headers = {"Content-Type": "text/html; charset=windows-1256"}
    with server(lambda _: (200, headers, "خبر".encode("windows-1256"))) as url:
        page = get(f"{url}/1")

    assert (page.url, page.charset) == (f"{url}/1", "windows-1256")
    assert page.body.decode("windows-1256") == "خبر"


def test_an_address_in_arabic_travels_quoted_and_what_is_quoted_stays():
    asked = []

    def answer(path):
        asked.append(path)
        return 200, {}, b"x"

    with server(answer) as url:
        get(f"{url}/خبر?q=%D8%B1 س")

    assert asked == ["/%D8%AE%D8%A8%D8%B1?q=%D8%B1%20%D8%B3"]


def test_redirects_are_followed_and_the_last_address_is_the_pages():
    def answer(path):
        return (302, {"Location": "/2"}, b"") if path == "/1" else (200, {}, b"x")

    with server(answer) as url:
        assert get(f"{url}/1").url == f"{url}/2"


def test_redirects_without_end_are_given_up():
    with (
        server(lambda _: (302, {"Location": "/1"}, b"")) as url,
        pytest.raises(InputError, match="redirects more than 5 times"),
    ):
        get(f"{url}/1")


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2:1/", "http://[::1]:1/", "file:///etc/passwd", "ftp://x/"]
)
def test_a_redirect_into_a_private_network_or_to_a_file_is_refused(target):
    with (
        server(lambda _: (302, {"Location": target}, b"")) as url,
        pytest.raises(InputError, match=r"which is not public|only http and https"),
    ):
        get(f"{url}/1")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://2130706433:1/",
        "http://0x7f.1:1/",
        "http://localhost:1/",
        "http://[::ffff:127.0.0.1]:1/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0:1/",
    ],
)
def test_addresses_that_are_not_public_are_refused(url):
    with pytest.raises(InputError, match=r"which is not public|no such host"):
        get(url, private_hosts=[])


@pytest.mark.parametrize("url", ["file:///etc/passwd", "data:text/html,x", "http://", "http://[x"])
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(InputError):
        get(url)


def test_a_page_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(fetch, "MAX_BYTES", 1024)
    with server(lambda _: (200, {}, b"x" * 5000)) as url, pytest.raises(InputError, match="larger"):
        get(url)


def test_an_answer_that_is_no_page_is_said():
    with server(lambda _: (404, {}, b"x")) as url, pytest.raises(InputError, match="answered 404"):
        get(url)


def test_a_server_that_is_not_there_is_one_line():
    with server(lambda _: (200, {}, b"")) as url:
        pass

    with pytest.raises(InputError, match="cannot be fetched"):
        get(url)
