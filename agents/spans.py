"""OpenTelemetry spans: what each stage did with a message whose W3C trace is sampled. Off unless OTEL_* asks for it.

Names, kinds and attributes as the semantic conventions for messaging have them (operation first, Kafka's attributes):
https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
"""

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from agents.signals.tracing import SpansOff
from schemas.traceparent import TRACEPARENT
from schemas.units import Millis

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

ASKS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Where one of these is set, spans are sent there by OTLP over HTTP."""
SAMPLED = 1
MOST_A_FLUSH = 200
"""Spans of one flush: who samples everything would else pay for it with the stage's time."""
EXPORT_WITHIN_S = 2.0
"""An export, unless OTEL_EXPORTER_OTLP_TIMEOUT says otherwise: a stage that ends does not wait for a collector."""
NS_PER_MS = 1_000_000


class Traced(NamedTuple):
    """A message with a trace."""

    traceparent: str
    began_ms: Millis
    """When the stage could have begun with it: it lay in Kafka, or the request came."""


class Spans:
    """Sends spans from a thread of its own, in batches; a collector that is away costs spans and nothing else."""

    def __init__(
        self, stage: str, environment: Mapping[str, str] = os.environ, exporter: "SpanExporter | None" = None
    ) -> None:
        self._stage = stage
        self._tracer: Any = None
        self._provider: Any = None
        off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
        if not off and (exporter is not None or any(environment.get(name) for name in ASKS)):
            self._open(environment, exporter)

    @property
    def on(self) -> bool:
        """Does anybody want spans? Else nothing need be gathered for them."""
        return self._tracer is not None

    def _open(self, environment: Mapping[str, str], exporter: "SpanExporter | None") -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError:
            SpansOff(remedy="pip install 'touchline[otel]', or unset OTEL_EXPORTER_OTLP_ENDPOINT").emit()
            return
        name = environment.get("OTEL_SERVICE_NAME") or f"touchline-{self._stage}"
        within = None if environment.get("OTEL_EXPORTER_OTLP_TIMEOUT") else EXPORT_WITHIN_S
        self._provider = TracerProvider(resource=Resource.create({"service.name": name}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter(timeout=within)))
        self._tracer = self._provider.get_tracer("touchline")

    def tell(
        self, operation: str, topic: str, traced: Iterable[Traced], ended_ms: Millis, group: str = ""
    ) -> None:  # fmt: skip
        """One span for each sampled trace: `operation` is `process` or `send`. Never raises for what a trace says."""
        if self._tracer is None:
            return
        from opentelemetry.trace import (
            NonRecordingSpan,
            SpanContext,
            SpanKind,
            TraceFlags,
            set_span_in_context,
        )

        kind = SpanKind.CONSUMER if operation == "process" else SpanKind.PRODUCER
        attributes = {
            "messaging.system": "kafka",
            "messaging.operation.name": operation,
            "messaging.operation.type": operation,
            "messaging.destination.name": topic,
        } | ({"messaging.consumer.group.name": group} if group else {})
        told = 0
        for one in traced:
            read = TRACEPARENT.fullmatch(one.traceparent)
            if read is None or not int(read[3], 16) & SAMPLED:
                continue
            parent = SpanContext(int(read[1], 16), int(read[2], 16), is_remote=True, trace_flags=TraceFlags(SAMPLED))
            if not parent.is_valid:
                continue
            span = self._tracer.start_span(
                f"{operation} {topic}",
                context=set_span_in_context(NonRecordingSpan(parent)),
                kind=kind,
                attributes=attributes,
                start_time=min(one.began_ms, ended_ms) * NS_PER_MS,
            )
            span.end(ended_ms * NS_PER_MS)
            told += 1
            if told >= MOST_A_FLUSH:
                return

    def stop(self) -> None:
        """Send what waits, or drop it."""
        if self._provider is not None:
            self._provider.shutdown()
