"""From headers to a message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.embedded.api.headers import Incoming, read_destination, read_message
from scheduler.embedded.storage import Callback, Flow, Message, RequestRefused

NOW = datetime(2027, 1, 15, 9, tzinfo=UTC)


def read(**headers: str) -> Message:
    pairs = ((name.replace("_", "-"), value) for name, value in headers.items())
    return read_message(Incoming.parse(pairs), url="http://x.test/", now=NOW, caller_ip="10.0.0.1")


@pytest.mark.parametrize(
    ("sent", "url"),
    [
        ("https://x.test/a?b=c", "https://x.test/a?b=c"),
        ("https://x.test//a//b", "https://x.test//a//b"),
        ("https:/x.test/a", "https://x.test/a"),
        ("http://[::1]:8080/%2F", "http://[::1]:8080/%2F"),
        ("https%3A%2F%2Fx.test%2Fa%3Fb", "https://x.test/a?b"),
        ("HTTPS://X.test", "https://X.test"),
    ],
)
def test_a_destination_is_taken_as_it_was_sent(sent: str, url: str) -> None:
    assert read_destination(sent).replace("HTTPS", "https") == url


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("my-group", "URL groups"),
        ("api/llm", "API"),
        ("ftp://x.test/", "http://"),
        ("", "http://"),
        ("https://", "http://"),
        ("http://x.test:99999/", "http://"),
        ("http://[::1/", "http://"),
        ("http://x.test/a\r\nHost: b", "http://"),
        ("http%3A%2F%2Fx.test%2Fa%20b", "http://"),
    ],
)
def test_what_is_no_destination_is_refused_in_so_many_words(sent: str, message: str) -> None:
    with pytest.raises(RequestRefused, match=message):
        read_destination(sent)


def test_everything_a_message_can_say() -> None:
    message = read(
        content_type="text/plain",
        Upstash_Method="put",
        Upstash_Forward_X_Trace="t",
        Upstash_Forward_Authorization="Bearer theirs",
        authorization="Bearer ours",
        Upstash_Delay="1m",
        Upstash_Retries="5",
        Upstash_Retry_Delay="1000",
        Upstash_Timeout="30s",
        Upstash_Label="a, b",
        Upstash_Flow_Control_Key="k",
        Upstash_Flow_Control_Value="parallelism=2, rate=10, period=1m",
        Upstash_Callback="http://x.test/after",
        Upstash_Callback_Retries="1",
        Upstash_Callback_Forward_X_A="1",
        Upstash_Callback_X_B="2",
        Upstash_Failure_Callback="http://x.test/failed",
        Upstash_Failure_Callback_Delay="5s",
        Upstash_Redact_Fields="body,header",
    )
    assert message == Message(
        url="http://x.test/",
        created=NOW,
        not_before=NOW + timedelta(minutes=1),
        method="PUT",
        headers=(("X-Trace", "t"), ("Authorization", "Bearer theirs"), ("Content-Type", "text/plain")),
        retries=5,
        retry_delay="1000",
        timeout=30,
        delay=60,
        labels=("a", "b"),
        flow=Flow(key="k", parallelism=2, rate=10, period=60),
        callback=Callback(
            url="http://x.test/after",
            retries=1,
            headers=(("X-A", "1"), ("X-B", "2"), ("Content-Type", "application/json")),
        ),
        failure_callback=Callback(
            url="http://x.test/failed", delay=5, headers=(("Content-Type", "application/json"),)
        ),
        caller_ip="10.0.0.1",
        redacted=("body", "header"),
    )
    assert Message.decode(message.encode()) == message


def test_all_headers_are_forwarded_on_request_but_not_our_key() -> None:
    message = read(
        Upstash_Header_Forward="true",
        Upstash_Forward_Upstash_Signature="forged",
        X_A="1",
        authorization="Bearer ours",
        host="here",
        content_length="3",
    )
    assert message.headers == (("X-A", "1"),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Upstash-Delay", "soon"),
        ("Upstash-Delay", "400d"),
        ("Upstash-Not-Before", "tomorrow"),
        ("Upstash-Not-Before", "32503680000"),
        ("Upstash-Retries", "-1"),
        ("Upstash-Retries", "1000"),
        ("Upstash-Retries", "³"),
        ("Upstash-Retry-Delay", "import os"),
        ("Upstash-Timeout", "0s"),
        ("Upstash-Method", "BREW"),
        ("Upstash-Callback", "nowhere"),
        ("Upstash-Queue-Name", "q"),
        ("Upstash-Redact-Fields", "boddy"),
        ("Upstash-Redact-Fields", "body, label"),
        ("Upstash-Redact-Fields", "header[]"),
    ],
)
def test_what_is_malformed_is_refused(name: str, value: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        read(**{name: value})
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("value", "redacted"),
    [
        ("body", ("body",)),
        ("body, headers", ("body", "header")),
        ("header[X-Headers],headers[authorization]", ("header[x-headers]", "header[authorization]")),
    ],
)
def test_both_spellings_of_redaction_are_understood(value: str, redacted: tuple[str, ...]) -> None:
    assert read(Upstash_Redact_Fields=value).redacted == redacted


@pytest.mark.parametrize(
    ("value", "flow"),
    [
        ("rate=5", Flow(key="k", rate=5, period=1)),
        ("Rate=20,Parallelism=10", Flow(key="k", rate=20, parallelism=10)),
        ("rate=5, period=90", Flow(key="k", rate=5, period=90)),
        ("rate=5, period=1h30m", Flow(key="k", rate=5, period=5400)),
        ("rate=5, period=7d", Flow(key="k", rate=5, period=604_800)),
    ],
)
def test_a_flow_control_is_understood(value: str, flow: Flow) -> None:
    assert read(Upstash_Flow_Control_Key="k", Upstash_Flow_Control_Value=value).flow == flow


@pytest.mark.parametrize("value", ["", "parallelism=0", "rate=x", "speed=3", "rate=1, period=8d", "rate"])
def test_a_malformed_flow_control_is_refused(value: str) -> None:
    with pytest.raises(RequestRefused):
        read(Upstash_Flow_Control_Key="k", Upstash_Flow_Control_Value=value)


@given(
    labels=st.lists(st.text(min_size=1)),
    retries=st.integers(0, 999),
    header=st.text(),
    timeout=st.one_of(st.none(), st.floats(0.001, 7200)),
    schedule_id=st.one_of(st.none(), st.text()),
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - made aware below
        lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
    ),
)
def test_a_message_survives_its_encoding(
    labels: list[str],
    retries: int,
    header: str,
    timeout: float | None,
    schedule_id: str | None,
    moment: datetime,
) -> None:
    message = Message(
        url="http://x.test/",
        created=moment,
        not_before=moment,
        labels=tuple(labels),
        retries=retries,
        headers=(("X", header),),
        timeout=timeout,
        schedule_id=schedule_id,
    )
    assert Message.decode(message.encode()) == message
