{{- define "touchline.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "touchline.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "touchline.name" .) .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name (include "touchline.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "touchline.labels" -}}
{{ include "touchline.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/part-of: touchline
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "touchline.selector" -}}
app.kubernetes.io/name: {{ include "touchline.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "touchline.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "touchline.fullname" .) .Values.serviceAccount.name }}
{{- else }}{{ default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "touchline.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- /* The documents of a stage that there are, as JSON: of the chart's own ConfigMap, or of yours. */ -}}
{{- define "touchline.documents" -}}
{{- $found := list }}
{{- range .stage.documents }}
{{- if $.root.Values.documents.existing.configMap }}
{{- if has . $.root.Values.documents.existing.has }}{{ $found = append $found . }}{{ end }}
{{- else if index $.root.Values.documents . }}{{ $found = append $found . }}
{{- end }}
{{- end }}
{{- $found | toJson }}
{{- end }}

{{- define "touchline.documentsConfigMap" -}}
{{- .Values.documents.existing.configMap | default (printf "%s-documents" (include "touchline.fullname" .)) }}
{{- end }}
