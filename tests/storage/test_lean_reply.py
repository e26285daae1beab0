"""The lean client's HTTP reader, fed with whole, cut and hostile replies."""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlplane.storage.lean.reply import BODY_CAP, HEAD_CAP, BrokenReply, ReplyReader

PIECES = st.lists(st.integers(1, 40), max_size=30)


def read(stream: bytes, pieces: list[int] | None = None) -> tuple[int, dict[str, str], bytes, bool]:
    """Read a reply from `stream`, which arrives in pieces of the given sizes and then ends."""
    rest = stream
    sizes = iter(pieces or [])

    def receive() -> bytes:
        nonlocal rest
        size = next(sizes, 65536)
        piece, rest = rest[:size], rest[size:]
        return piece

    return ReplyReader(receive).read()


def sized(body: bytes, *more: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", f"x-amz-crc32: {crc32(body)}", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def chunked(parts: list[bytes], *, checksum: int | None = None) -> bytes:
    told = crc32(b"".join(parts)) if checksum is None else checksum
    head = f"HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\nx-amz-crc32: {told}\r\n\r\n"
    chunks = b"".join(f"{len(part):X};a=b\r\n".encode() + part + b"\r\n" for part in parts if part)
    return head.encode() + chunks + b"0\r\nx-trailer: 1\r\n\r\n"


@given(st.binary(max_size=300), PIECES)
def test_a_sized_body_arrives_however_it_is_cut_on_the_way(body: bytes, pieces: list[int]) -> None:
    """The network may deliver a reply in any pieces; what is read is the reply."""
    expected = {"content-length": str(len(body)), "x-amz-crc32": str(crc32(body))}

    assert (200, expected, body, True) == read(sized(body), pieces)


@given(st.lists(st.binary(max_size=60), max_size=5), PIECES)
def test_a_chunked_body_arrives_however_it_is_cut_on_the_way(parts: list[bytes], pieces: list[int]) -> None:
    """Chunk borders and network borders are independent; the body is the chunks' sum."""
    status, _, body, keep = read(chunked(parts), pieces)

    assert (400, b"".join(parts), True) == (status, body, keep)


@given(st.data(), st.sampled_from([sized(b'{"Item":{}}'), chunked([b'{"Item":', b"{}}"])]))
def test_a_reply_that_ends_early_is_a_dead_connection(data: st.DataObject, stream: bytes) -> None:
    """No prefix of a reply passes for a reply."""
    end = data.draw(st.integers(0, len(stream) - 1))

    with pytest.raises(BrokenReply):
        read(stream[:end])


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_flipped_bit_is_noticed(body: bytes, data: st.DataObject) -> None:
    """A body that does not match DynamoDB's checksum is never parsed."""
    place, bit = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 7))
    damaged = bytearray(body)
    damaged[place] ^= 1 << bit

    for stream in (sized(body).removesuffix(body) + damaged, chunked([bytes(damaged)], checksum=crc32(body))):
        with pytest.raises(BrokenReply, match="checksum"):
            read(stream)


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(sized(b"{}", "Connection: close"), id="close"),
        pytest.param(sized(b"{}", "connection: Keep-Alive, Close"), id="close-in-a-list"),
        pytest.param(sized(b"{}").replace(b"1.1", b"1.0"), id="http-1.0"),
        pytest.param(sized(b"{}") + b"HTTP/1.1 200 OK", id="something-follows"),
    ],
)
def test_a_connection_that_is_no_longer_in_order_is_not_kept(stream: bytes) -> None:
    """After `Connection: close`, or bytes nobody asked for, the reply counts and its connection does not."""
    status, _, body, keep = read(stream)

    assert (200, b"{}", False) == (status, body, keep)


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"HTTP/2 200 OK\r\ncontent-length: 0\r\n\r\n", id="version"),
        pytest.param(b"HTTP/1.1 20 OK\r\ncontent-length: 0\r\n\r\n", id="status"),
        pytest.param(b"HTTP/1.1 100 Continue\r\ncontent-length: 0\r\n\r\n", id="not-final"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n{}", id="no-length"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n{}", id="signed-length"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\n", id="empty-length"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: \xb2\r\n\r\n{}", id="length-in-other-digits"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} ", id="two-lengths"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}", id="both"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n0\r\n\r\n", id="coding"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n", id="encoding"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n folded: 1\r\n\r\n", id="folded"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length : 0\r\n\r\n", id="blank-before-colon"),
        pytest.param(b"HTTP/1.1 200 OK\ncontent-length: 0\n\n\r\n\r\n", id="bare-newlines"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx: a\nb\r\ncontent-length: 0\r\n\r\n", id="newline-in-a-value"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n\r\n", id="negative-chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1_0\r\n", id="chunk-with-underscore"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", id="chunk-end"),
        pytest.param(f"HTTP/1.1 200 OK\r\ncontent-length: {BODY_CAP + 1}\r\n\r\n".encode(), id="huge-body"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1400001\r\n", id="huge-chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx: " + b"a" * HEAD_CAP + b"\r\ncontent-length: 0\r\n\r\n", id="huge-head"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"0" * 300 + b"\r\n", id="chunk-line"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + b"x: 1\r\n" * HEAD_CAP, id="huge-trailers"
        ),
        pytest.param(sized(b"{}", "x-amz-crc32: "), id="two-checksums"),
    ],
)
def test_a_reply_against_the_grammar_or_a_cap_is_refused(stream: bytes) -> None:
    """What could be read in two ways, or without end, is not read at all."""
    with pytest.raises(BrokenReply):
        read(stream)


def test_the_body_cap_counts_all_chunks_together() -> None:
    """Many modest chunks cannot make a body that one large one may not."""
    chunk = b"x" * (1 << 20)

    with pytest.raises(BrokenReply, match="over its cap"):
        read(chunked([chunk] * 21), [1 << 23] * 9)

    assert BODY_CAP == len(read(chunked([chunk] * 20), [1 << 23] * 9)[2])


@given(st.binary(max_size=200))
def test_noise_never_crashes_the_reader(noise: bytes) -> None:
    """Any bytes whatever are a reply that says what it is, or refused as a broken one, not with some other error."""
    for stream in (
        noise,
        b"HTTP/1.1 200 OK\r\n" + noise + b"\r\n\r\n",
        sized(b"")[:-4] + b"\r\n" + noise + b"\r\n\r\n",
    ):
        try:
            status, *_ = read(stream)
        except BrokenReply:
            continue
        assert stream.startswith((b"HTTP/1.1 %d" % status, b"HTTP/1.0 %d" % status))


HEADS = st.lists(
    st.sampled_from(
        [
            "content-length: 2", "Content-Length: 02", "content-length:\t2 ", "content-length: 3", "content-length: +2",
            "transfer-encoding: chunked", "content-encoding: identity", "content-encoding: gzip", "Connection: close",
            f"x-amz-crc32: {crc32(b'{}')}", "x-amz-crc32: 1", "x: a\tb", "x: a\0b", "x y: 1", ": 1", "none", "X: \xe9",
        ]
    ),
    max_size=4,
)  # fmt: skip
FIRST_LINES = st.sampled_from(["HTTP/1.1 200 OK", "HTTP/1.0 400 Bad Request", "HTTP/1.1 100 Continue", "HTTP/2 200 OK"])
BODIES = st.sampled_from([b"{}", b"{} ", b"{", b"", b"2\r\n{}\r\n0\r\n\r\n", b"{}HTTP/1.1 200 OK"])


def outcome(act: Callable[[ReplyReader], object], stream: bytes) -> object:
    """Return what a reader of the stream, all of which arrives at once, makes of it: a reply, or a refusal's words."""
    arriving = iter((stream,))
    try:
        return act(ReplyReader(lambda: next(arriving, b"")))
    except BrokenReply as refusal:
        return str(refusal)


@settings(max_examples=1000)
@given(FIRST_LINES, HEADS, BODIES, st.binary(max_size=20))
def test_a_reply_in_one_piece_is_read_as_in_pieces(first: str, lines: list[str], body: bytes, noise: bytes) -> None:
    """The quick way, for a reply that arrives whole, gives what the strict one gives, refusals included."""
    head = "\r\n".join([first, *lines]).encode("latin-1")
    for stream in (head + b"\r\n\r\n" + body, head + noise + b"\r\n\r\n" + body, noise):
        quick, strict = (outcome(act, stream) for act in (ReplyReader.read, ReplyReader._in_pieces))

        assert strict == quick
