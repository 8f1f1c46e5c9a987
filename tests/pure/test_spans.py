"""Spans join the trace a touch came with, are off unless asked for, and never stop a stage."""

import sys

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from agents.spans import MOST_A_FLUSH, Spans, Traced

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED = f"00-{TRACE}-{PARENT}-01"


def test_a_sampled_trace_gets_a_span_of_its_stage_under_the_span_it_came_with() -> None:
    kept = InMemorySpanExporter()
    spans = Spans("score", {}, kept)
    spans.tell("process", "lead.events", [Traced(SAMPLED, 1_000)], 1_250, group="touchline-score")
    spans.stop()

    (span,) = kept.get_finished_spans()
    assert span.context is not None
    assert span.parent is not None
    assert (int(TRACE, 16), int(PARENT, 16)) == (span.context.trace_id, span.parent.span_id)
    assert ("process lead.events", SpanKind.CONSUMER) == (span.name, span.kind)
    assert (1_000_000_000, 1_250_000_000) == (span.start_time, span.end_time)
    assert "touchline-score" == span.resource.attributes["service.name"]
    assert {
        "messaging.system": "kafka", "messaging.operation.name": "process", "messaging.operation.type": "process",
        "messaging.destination.name": "lead.events", "messaging.consumer.group.name": "touchline-score",
    } == dict(span.attributes or {})  # fmt: skip


def test_what_is_not_sampled_and_what_is_no_trace_gets_none() -> None:
    kept = InMemorySpanExporter()
    spans = Spans("score", {}, kept)
    traces = [f"00-{TRACE}-{PARENT}-00", "", "nonsense", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE}-{'0' * 16}-01"]
    spans.tell("process", "lead.events", [Traced(trace, 1) for trace in traces], 2)
    spans.stop()

    assert () == kept.get_finished_spans()


def test_who_samples_everything_pays_for_a_bounded_number_in_a_flush() -> None:
    kept = InMemorySpanExporter()
    spans = Spans("score", {}, kept)
    spans.tell("process", "lead.events", [Traced(SAMPLED, 1)] * (MOST_A_FLUSH + 50), 2)
    spans.stop()

    assert MOST_A_FLUSH == len(kept.get_finished_spans())


@pytest.mark.parametrize("environment", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"}])
def test_nothing_is_sent_unless_it_is_asked_for(environment: dict[str, str]) -> None:
    spans = Spans("score", environment)
    spans.tell("process", "lead.events", [Traced(SAMPLED, 1)], 2)
    spans.stop()

    assert not spans.on


def test_without_the_packages_the_stage_works_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    spans = Spans("score", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    spans.tell("process", "lead.events", [Traced(SAMPLED, 1)], 2)
    spans.stop()

    assert not spans.on
    told = capsys.readouterr()
    assert "pip install 'touchline[otel]'" in told.out + told.err
