import gzip
import zlib

import brotli
import pytest

from storage.encodings import decoded

TEXT = "شرقِ الفراتِ ".encode() * 500
RAW_DEFLATE = zlib.compressobj(wbits=-15)
UNWRAPPED = RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush()


@pytest.mark.parametrize(
    ("body", "encodings"),
    [
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]), "GZIP"),
        (zlib.compress(TEXT), "deflate"),
        (UNWRAPPED, "deflate"),
        (brotli.compress(TEXT), "br"),
        (gzip.compress(brotli.compress(TEXT)), "br, gzip"),
        (TEXT, None),
        (TEXT, "identity"),
        (TEXT, "gzip"),
        (TEXT, "of-my-own"),
    ],
    # By name: compressed bytes differ from second to second.
    ids=["gzip", "members", "zlib", "raw", "br", "two", "none", "identity", "false", "unknown"],
)
def test_an_encoding_is_undone_and_what_has_none_is_left_alone(body, encodings):
    assert decoded(body, encodings, longest=1_000_000) == TEXT


@pytest.mark.parametrize("encode", [gzip.compress, brotli.compress], ids=["gzip", "br"])
def test_of_a_body_that_was_cut_off_the_beginning_is_had(encode):
    encoding = {gzip.compress: "gzip", brotli.compress: "br"}[encode]
    sent = encode(bytes(range(256)) * 200)

    found = decoded(sent[:-20], encoding, longest=1_000_000)

    assert bytes(range(256)) * 200 != found
    assert (bytes(range(256)) * 200).startswith(found)


@pytest.mark.parametrize(
    ("encode", "name"), [(gzip.compress, "gzip"), (brotli.compress, "br")], ids=["gzip", "br"]
)
def test_nothing_is_unfolded_beyond_the_bound(encode, name):
    assert len(decoded(encode(bytes(10_000_000)), name, longest=1000)) == 1000
