"""The short road of a plain question: whatever OpenAI's client does on the long one, it does as well."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.answers.judging.comparison import SHAPE
from bot.errors import ModelUnavailable
from bot.model import ChatModel, ModelRequest, ModelSettings
from tests.bot.gauge import Gauge
from tests.stand_ins.openai import OpenAI, says
from tests.stand_ins.serve import serve

PLAIN: Final = ModelRequest(query="hello")
SETTINGS: Final = ModelSettings(name="openai:test", api_key="sk-secret", structured=True)
_ANSWER: Final = (
    b'{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"An answer."}}]}'
)
_OF_ONE_ROAD: Final = {"host", "content-length", "accept-encoding", "connection", "user-agent"}


async def test_a_plain_question_says_of_itself_what_openais_client_does(
    server: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    async with aclosing(ChatModel(replace(SETTINGS, base_url=server.url))) as chat:
        await chat.reply_to(PLAIN)
        plain = server.headers
        server.next.append(says('{"changed": true, "difference": "All."}'))
        await chat.reply_to(ModelRequest(query="hello", shape=SHAPE))
    assert (plain["openai-organization"], plain["openai-project"]) == ("org-1", "proj-1")
    assert plain["authorization"] == "Bearer sk-secret"
    assert "OpenAI" in plain["user-agent"]
    assert _common_headers(plain) == _common_headers(server.headers)


def _common_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Without those of the connection, and of what OpenAI's client does besides."""
    return {
        name: value
        for name, value in headers.items()
        if name not in _OF_ONE_ROAD and not name.startswith(("x-stainless-r", "x-stainless-h"))
    }


async def test_headers_that_the_environment_names_take_the_place_of_openais_own(
    server: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "authorization: Token mine\nX-Team: blue")
    async with aclosing(ChatModel(replace(SETTINGS, base_url=server.url))) as chat:
        await chat.reply_to(PLAIN)
    assert server.headers["x-team"] == "blue"
    assert server.headers["authorization"] == "Token mine"


async def test_the_place_of_a_server_is_asked_for_as_it_is_written() -> None:
    asked: list[tuple[bytes, str]] = []

    async def answer(request: Request) -> Response:
        asked.append((request.scope["raw_path"], request.headers["authorization"]))
        return Response(_ANSWER, media_type="application/json")

    async with serve(Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])) as address:
        for place in ("/a%2Fb/%7Eme/v1", "/v1//", ""):
            async with aclosing(ChatModel(replace(SETTINGS, base_url=address + place))) as chat:
                await chat.reply_to(PLAIN)
        with_password = address.replace("//", "//me:word@")
        async with aclosing(ChatModel(replace(SETTINGS, base_url=with_password))) as chat:
            await chat.reply_to(PLAIN)
    assert asked == [
        (b"/a%2Fb/%7Eme/v1/chat/completions", "Bearer sk-secret"),
        (b"/v1//chat/completions", "Bearer sk-secret"),
        (b"/chat/completions", "Bearer sk-secret"),
        (b"/chat/completions", "Basic bWU6d29yZA=="),
    ]


@pytest.mark.parametrize("headers", [{"x-long": "a" * 30_000}, {f"x-{number}": "a" for number in range(200)}])
async def test_a_server_may_say_as_much_of_itself_as_openais_client_reads(headers: dict[str, str]) -> None:
    async def answer(_: Request) -> Response:
        return Response(_ANSWER, media_type="application/json", headers=headers)

    app = Starlette(routes=[Route("/v1/chat/completions", answer, methods=["POST"])])
    async with (
        serve(app) as address,
        aclosing(ChatModel(replace(SETTINGS, base_url=f"{address}/v1"))) as chat,
    ):
        assert (await chat.reply_to(PLAIN)).text == "An answer."


async def test_no_question_waits_for_the_place_of_another(server: OpenAI) -> None:
    crowd, everyone = 120, asyncio.Event()

    async def answer(stand_in: OpenAI, body: dict[str, Any]) -> Response:
        if stand_in.requests == crowd:
            everyone.set()
        await everyone.wait()
        answered = says("An answer.")(stand_in, body)
        assert isinstance(answered, Response)
        return answered

    server.otherwise = answer
    async with aclosing(ChatModel(replace(SETTINGS, base_url=server.url))) as chat, asyncio.timeout(60):
        replies = await asyncio.gather(*(chat.reply_to(PLAIN) for _ in range(crowd)))
    assert {reply.text for reply in replies} == {"An answer."}


async def test_a_proxy_is_used_where_one_is_set(server: OpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with aclosing(ChatModel(replace(SETTINGS, base_url="http://model.example/v1"))) as chat:
        assert (await chat.reply_to(PLAIN)).text == "An answer."
    assert server.headers["host"] == "model.example"


async def test_a_server_that_has_moved_is_followed_and_a_stranger_does_not_get_the_key(
    server: OpenAI,
) -> None:
    elsewhere = server.url.replace("127.0.0.1", "localhost")

    async def move(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{elsewhere}/chat/completions", 307)

    app = Starlette(routes=[Route("/v1/chat/completions", move, methods=["POST"])])
    async with (
        serve(app) as address,
        aclosing(ChatModel(replace(SETTINGS, base_url=f"{address}/v1"))) as chat,
    ):
        assert (await chat.reply_to(PLAIN)).text == "An answer."
    assert server.bodies[0]["messages"][-1]["content"] == "hello"
    assert "authorization" not in server.headers


async def test_a_server_with_a_certificate_of_ones_own_is_believed_where_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _tls_server(tmp_path) as address:
        for trusted in (False, True):
            if trusted:
                monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate"))
            gauge = Gauge()
            async with aclosing(ChatModel(replace(SETTINGS, base_url=address))) as chat:
                with contextlib.nullcontext() if trusted else pytest.raises(ModelUnavailable):
                    await chat.reply_to(replace(PLAIN, meter=gauge))
            assert [billed for _, _, billed in gauge.told] == [trusted], "the question never left"


@asynccontextmanager
async def _tls_server(folder: Path) -> AsyncIterator[str]:
    _write_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
        length = b"content-length: %d\r\nconnection: close" % len(_ANSWER)
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + length + b"\r\n\r\n" + _ANSWER
        )
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as listening:
        yield f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"


def _write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "model.example")])
    begin = datetime.now(UTC) - timedelta(days=1)
    addresses: Any = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(addresses, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
