"""What other programs make of what is exported. `make readers` installs them and runs this."""

import gzip
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from scheduler.cli.app import run
from storage import archive
from storage.captures import Writer
from storage.database import session
from storage.exchanges import Exchange
from tests.captured import NOW, furnish, page, read, url_of

BIN = os.environ.get("READERS", "")
ARTICLES = 4

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not BIN, reason="`make readers` installs the programs and runs these"),
]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Four captured articles; the last one was sent compressed."""
    monkeypatch.chdir(tmp_path)
    config, engine = furnish(tmp_path, ARTICLES - 1)
    writer = Writer(config.captures, "compressed", software="Rasid")
    body, url = page(ARTICLES), url_of(ARTICLES)
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip")]
    sent = Exchange(url, NOW, "GET", [], 200, "OK", headers, gzip.compress(body))
    with session(engine) as db:
        archive.keep(db, read(body, url, NOW), now=NOW, capture=lambda: writer.write(sent))
    writer.close()
    engine.dispose()
    return tmp_path


def export(*arguments):
    assert run(["export", *arguments]) == 0


def ask(program, *arguments, status=0):
    done = subprocess.run(
        [f"{BIN}/{program}", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def test_warcio_finds_every_record_sound_in_what_is_written_and_exported(desk):
    export("warc", "a.warc.gz")

    assert ask("warcio", "check", "a.warc.gz", *(desk / "captures").glob("*.warc.gz")) == ""
    assert ask("warcio", "index", "-f", "warc-type", "a.warc.gz").count('"response"') == ARTICLES


def test_cdxj_indexer_indexes_every_article(desk):
    export("warc", "a.warc.gz")

    lines = ask("cdxj-indexer", "-s", "a.warc.gz").splitlines()
    assert {json.loads(line.split(" ", 2)[2])["url"] for line in lines} == set(
        map(url_of, range(1, ARTICLES + 1))
    )


def test_wacz_validates_the_package(desk):
    export("wacz", "a.wacz")

    ask("wacz", "validate", "-f", "a.wacz")


def test_pywb_replays_a_captured_article_and_one_that_was_sent_compressed(desk):
    export("warc", "a.warc.gz")
    ask("wb-manager", "init", "desk")
    ask("wb-manager", "add", "desk", "a.warc.gz")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    wayback = subprocess.Popen(
        [f"{BIN}/wayback", "-b", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for number in (1, ARTICLES):
            # `id_`: as it was captured, without pywb's banner.
            replayed = fetch(f"http://127.0.0.1:{port}/desk/2026id_/{url_of(number)}")
            assert replayed == page(number)
    finally:
        wayback.terminate()
        wayback.wait()


def fetch(url):
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                content = answer.read()
                compressed = answer.headers.get("Content-Encoding") == "gzip"
                return gzip.decompress(content) if compressed else content
        except urllib.error.HTTPError:
            raise
        except OSError:  # not up yet
            time.sleep(0.1)
    pytest.fail("pywb does not answer")


def test_duckdb_and_pandas_read_the_parquet(desk):
    export("parquet", "months")

    said = ask(
        "python",
        "-c",
        "import duckdb, pandas\n"
        "where = \"read_parquet('months/*/*.parquet', hive_partitioning=true)\"\n"
        "print(duckdb.sql(f'select count(*), count(distinct month) from {where}').fetchall())\n"
        "frame = pandas.read_parquet('months')\n"
        "print(len(frame), frame['published_at'].dtype, frame['headline'].iloc[0])",
    )
    assert said.splitlines() == [
        f"[({ARTICLES}, 3)]",
        f"{ARTICLES} datetime64[us, UTC] {headline()}",
    ]


def headline():
    return read(page(1), url_of(1), NOW).headline


def test_datasets_loads_the_corpus_offline_and_sha256sum_and_bagit_find_it_whole(desk):
    export("corpus", "corpus", "--with-captures")

    said = ask(
        "python",
        "-c",
        "import os; os.environ.update(HF_HUB_OFFLINE='1', HF_HOME='hf')\n"
        "import datasets\n"
        "found = datasets.load_dataset('corpus', split='train')\n"
        "print(len(found), found[0]['headline'])",
    )
    assert said.splitlines()[-1] == f"{ARTICLES} {headline()}"
    ask("bagit.py", "--validate", "corpus")
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=Path("corpus"), check=False
    )
    assert done.returncode == 0
