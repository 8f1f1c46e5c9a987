{{- /* Settings of a stage: the chart's own, those for all stages, those of the stage. The later wins. */ -}}
{{- define "touchline.environment" -}}
{{- $values := .root.Values }}
{{- $etc := "/etc/touchline" }}
{{- $said := dict "host" "0.0.0.0" "port" .stage.port "data_dir" "/var/lib/touchline" "partitions" $values.partitions }}
{{- with .stage.metricsPort }}{{ $_ := set $said "metrics_port" . }}{{ end }}
{{- range $name := list "replication" "prefix" "generation" }}
{{- with index $values $name }}{{ $_ := set $said $name . }}{{ end }}
{{- end }}
{{- if include "touchline.usesRedis" . }}
{{- $_ := set $said "redis" $values.redis.url }}
{{- with $values.redis.user }}{{ $_ := set $said "redis_user" . }}{{ end }}
{{- if $values.redis.ca.secret }}{{ $_ := set $said "redis_ca" (printf "%s/redis/ca.crt" $etc) }}{{ end }}
{{- end }}
{{- if not $values.kafka.binding.secret }}
{{- $_ := set $said "bootstrap" $values.kafka.bootstrap }}
{{- with $values.kafka.security }}{{ $_ := set $said "kafka_security" . }}{{ end }}
{{- if $values.kafka.ca.secret }}{{ $_ := set $said "kafka_ca" (printf "%s/kafka-ca/ca.crt" $etc) }}{{ end }}
{{- if eq $values.kafka.auth.type "certificate" }}
{{- $_ := set $said "kafka_cert" (printf "%s/kafka-user/user.crt" $etc) }}
{{- $_ := set $said "kafka_key" (printf "%s/kafka-user/user.key" $etc) }}
{{- else if ne $values.kafka.auth.type "none" }}
{{- $_ := set $said "kafka_mechanism" $values.kafka.auth.type }}
{{- $_ := set $said "kafka_user" (replace "{stage}" .name $values.kafka.auth.user | replace "{prefix}" $values.prefix) }}
{{- end }}
{{- end }}
{{- range include "touchline.documents" . | fromJsonArray }}
{{- $_ := set $said . (printf "%s/documents/%s.yaml" $etc .) }}
{{- end }}
{{- range $layer := list $values.settings .stage.settings }}
{{- range $name, $value := $layer }}{{ $_ := set $said $name $value }}{{ end }}
{{- end }}
{{- range $name, $value := $said }}
- name: TOUCHLINE_{{ upper $name }}
  value: {{ if kindIs "string" $value }}{{ $value | quote }}{{ else }}{{ $value | toJson | quote }}{{ end }}
{{- end }}
{{- range .stage.secrets }}
{{- if index $values.secrets.keys . }}
- name: TOUCHLINE_{{ upper . }}_FILE
  value: {{ $etc }}/secrets/{{ . }}
{{- end }}
{{- end }}
{{- if $values.kafka.binding.secret }}
- name: SERVICE_BINDING_ROOT
  value: {{ $etc }}/bindings
{{- else if has $values.kafka.auth.type (list "scram-sha-512" "scram-sha-256" "plain") }}
- name: TOUCHLINE_KAFKA_PASSWORD_FILE
  value: {{ $etc }}/kafka-user/password
{{- end }}
{{- if eq .stage.kind "StatefulSet" }}
- name: TOUCHLINE_MEMBER
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- end }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "touchline.usesRedis" -}}
{{- if has "redis_password" .stage.secrets }}yes{{ end }}
{{- end }}

{{- /* What a stage mounts: (name, path, source) of each. */ -}}
{{- define "touchline.volumes" -}}
{{- $values := .root.Values }}
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- if not (and .stage.persistence .stage.persistence.enabled) }}
- name: data
  emptyDir: {}
{{- end }}
{{- if include "touchline.documents" . | fromJsonArray }}
- name: documents
  configMap:
    name: {{ include "touchline.documentsConfigMap" .root }}
    items:
      {{- range include "touchline.documents" . | fromJsonArray }}
      - {key: {{ . }}.yaml, path: {{ . }}.yaml}
      {{- end }}
{{- end }}
{{- $keys := list }}
{{- range .stage.secrets }}{{ if index $values.secrets.keys . }}{{ $keys = append $keys . }}{{ end }}{{ end }}
{{- if $keys }}
- name: secrets
  secret:
    secretName: {{ $values.secrets.existingSecret }}
    defaultMode: 0440
    items:
      {{- range $keys }}
      - {key: {{ index $values.secrets.keys . }}, path: {{ . }}}
      {{- end }}
{{- end }}
{{- if and $values.redis.ca.secret (include "touchline.usesRedis" .) }}
- name: redis
  secret:
    secretName: {{ $values.redis.ca.secret }}
    items:
      - {key: {{ $values.redis.ca.key }}, path: ca.crt}
{{- end }}
{{- if $values.kafka.binding.secret }}
- name: bindings
  secret:
    secretName: {{ $values.kafka.binding.secret }}
    defaultMode: 0440
{{- else }}
{{- if $values.kafka.ca.secret }}
- name: kafka-ca
  secret:
    secretName: {{ $values.kafka.ca.secret }}
    items:
      - {key: {{ $values.kafka.ca.key }}, path: ca.crt}
{{- end }}
{{- if ne $values.kafka.auth.type "none" }}
- name: kafka-user
  secret:
    secretName: {{ replace "{stage}" .name $values.kafka.auth.secret | replace "{prefix}" $values.prefix }}
    defaultMode: 0440
    items:
      {{- if eq $values.kafka.auth.type "certificate" }}
      - {key: {{ $values.kafka.auth.certKey }}, path: user.crt}
      - {key: {{ $values.kafka.auth.keyKey }}, path: user.key}
      {{- else }}
      - {key: {{ $values.kafka.auth.passwordKey }}, path: password}
      {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "touchline.mounts" -}}
{{- range include "touchline.volumes" . | fromYamlArray }}
- name: {{ .name }}
  {{- if eq .name "tmp" }}
  mountPath: /tmp
  {{- else if eq .name "data" }}
  mountPath: /var/lib/touchline
  {{- else if eq .name "bindings" }}
  mountPath: /etc/touchline/bindings/kafka
  readOnly: true
  {{- else }}
  mountPath: /etc/touchline/{{ .name }}
  readOnly: true
  {{- end }}
{{- end }}
{{- if and .stage.persistence .stage.persistence.enabled }}
- name: data
  mountPath: /var/lib/touchline
{{- end }}
{{- end }}
