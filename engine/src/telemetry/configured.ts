/** Does the environment name somebody who wants spans? Nothing is loaded or sent otherwise. */
export function wantsSpans(env: NodeJS.ProcessEnv): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === "true") return false;
  if ((env.OTEL_TRACES_EXPORTER ?? "otlp") !== "otlp") return false;
  return Boolean(env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT);
}
