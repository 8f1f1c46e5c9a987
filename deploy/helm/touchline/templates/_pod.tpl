{{- /* What pods of stages and the topics job have in common. */ -}}
{{- define "touchline.podSpec" -}}
{{- $values := .root.Values }}
{{- with $values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
automountServiceAccountToken: false
# Else a Service called touchline would set TOUCHLINE_PORT.
enableServiceLinks: false
securityContext:
  {{- toYaml $values.podSecurityContext | nindent 2 }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  {{- include "touchline.volumes" . | trim | nindent 2 }}
{{- end }}

{{- define "touchline.container" -}}
{{- $values := .root.Values }}
name: {{ .name }}
image: {{ include "touchline.image" .root }}
imagePullPolicy: {{ $values.image.pullPolicy }}
securityContext:
  {{- toYaml $values.securityContext | nindent 2 }}
env:
  {{- include "touchline.environment" . | trim | nindent 2 }}
{{- with $values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  {{- include "touchline.mounts" . | trim | nindent 2 }}
{{- end }}

{{- define "touchline.stagePod" -}}
{{- $values := .root.Values }}
metadata:
  labels:
    {{- include "touchline.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/documents: {{ omit $values.documents "existing" | toJson | sha256sum }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "touchline.serviceAccountName" .root }}
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  {{- include "touchline.podSpec" . | trim | nindent 2 }}
  topologySpreadConstraints:
    {{- if $values.topologySpreadConstraints }}
    {{- toYaml $values.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "touchline.selector" .root | nindent 10 }}
          app.kubernetes.io/component: {{ .name }}
    {{- end }}
  containers:
    - args: [run, {{ .name }}{{ range .stage.extraArgs }}, {{ . | quote }}{{ end }}]
      {{- include "touchline.container" . | trim | nindent 6 }}
      ports:
        - {name: http, containerPort: {{ .stage.port }}}
        {{- with .stage.metricsPort }}
        - {name: metrics, containerPort: {{ . }}}
        {{- end }}
      resources:
        {{- toYaml .stage.resources | nindent 8 }}
      # None but readiness knows of Kafka and Redis: an outage of theirs restarts nobody, nor does a long restore.
      startupProbe:
        httpGet: {path: /livez, port: http}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /livez, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      {{- if eq .name "intake" }}
      # Who still sends here learns meanwhile that it goes.
      lifecycle:
        preStop:
          sleep: {seconds: 5}
      {{- end }}
{{- end }}
