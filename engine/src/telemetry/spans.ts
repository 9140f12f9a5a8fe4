import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import type { Outcome, SessionEvent } from "../graph/events.ts";

/** How long the end of a command waits for its spans to arrive. */
const patience = 3_000; // milliseconds

/** Spans of one command: of it, of the functions that it calls, and of their steps. */
export interface Spans {
  /** takes what happens in the session */
  take(event: SessionEvent): void;
  /** ends the command's span and sends what was not sent yet; never fails */
  end(exitCode: number): Promise<void>;
}

/**
 * Sends spans by OTLP to where the usual environment variables say: OTEL_EXPORTER_OTLP_ENDPOINT,
 * _HEADERS, _PROTOCOL and the like, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER;
 * TRACEPARENT names the span that the command belongs to.
 */
export function openSpans(
  command: string,
  began: number,
  env: NodeJS.ProcessEnv,
  warn: (text: string) => void,
): Spans {
  const exporter = exporterFor(env);
  if (typeof exporter === "string") {
    warn(exporter);
    return { take: () => undefined, end: async () => undefined };
  }
  let problem: string | undefined;
  const watched = watching(exporter, (message) => {
    problem ??= message;
  });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": "galley" }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(watched)],
  });
  const tracer = provider.getTracer("galley");
  const root = tracer.startSpan(command, { startTime: began }, contextOf(env));
  const rootContext = trace.setSpan(ROOT_CONTEXT, root);
  const running = new Map<number, Span>();
  // Kept after their end: what a function began may be announced later than it ended.
  const contexts = new Map<number, Context>();

  return {
    take(event) {
      if (event.type === "started") {
        const parent = event.parent === undefined ? undefined : contexts.get(event.parent);
        const attributes = { "galley.kind": event.kind, "galley.key": event.key };
        const span = tracer.startSpan(event.name, { attributes }, parent ?? rootContext);
        running.set(event.id, span);
        if (event.kind === "function") contexts.set(event.id, trace.setSpan(rootContext, span));
      }
      if (event.type === "finished") {
        const span = running.get(event.id);
        running.delete(event.id);
        if (span) end(span, event.outcome);
      }
    },
    async end(exitCode) {
      for (const span of running.values()) end(span, { kind: "cancelled" });
      root.setAttribute("process.exit.code", exitCode);
      if (exitCode !== 0) root.setStatus({ code: SpanStatusCode.ERROR });
      root.end();
      if (!(await inTime(provider.shutdown()))) problem ??= `no answer within ${patience} ms`;
      if (problem)
        warn(`spans of this command could not be sent to ${endpointOf(env)}: ${problem}`);
    },
  };
}

function end(span: Span, outcome: Outcome): void {
  span.setAttribute("galley.cached", outcome.kind === "cached");
  if (outcome.kind === "cancelled") span.setAttribute("galley.cancelled", true);
  if (outcome.kind === "failed") {
    span.setStatus({ code: SpanStatusCode.ERROR, message: outcome.message });
  }
  span.end();
}

/** The exporter itself reads the other variables; what it cannot do is said in words. */
function exporterFor(env: NodeJS.ProcessEnv): SpanExporter | string {
  const protocol =
    env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL || "http/protobuf";
  switch (protocol) {
    case "http/protobuf":
      return new ProtobufExporter();
    case "http/json":
      return new JsonExporter();
    default:
      return `no spans are sent: galley speaks http/protobuf and http/json, not ${JSON.stringify(protocol)} (OTEL_EXPORTER_OTLP_PROTOCOL)`;
  }
}

function endpointOf(env: NodeJS.ProcessEnv): string | undefined {
  const given = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  // An address may hold a password.
  return given?.replace(/\/\/[^@/]*@/u, "//***@");
}

/** An exporter's failures are nobody's otherwise: spans that could not be sent are dropped. */
function watching(exporter: SpanExporter, onFailure: (message: string) => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error) onFailure(result.error.message);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

/** The span of who runs this command, as the W3C's trace context writes it. */
function contextOf({ TRACEPARENT = "" }: NodeJS.ProcessEnv): Context {
  const [, traceId, spanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/u.exec(TRACEPARENT) ?? [];
  if (!traceId || !spanId || !flags) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** Did it end before the patience did? How it ended is known otherwise. */
async function inTime(work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patience);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  return Promise.race([done, limit]).finally(() => clearTimeout(timer));
}
