{{- /* Who may scrape; a list with nobody in it lets nobody in. */ -}}
{{- define "touchline.metricsIngress" -}}
ingress:
{{- with .root.Values.networkPolicy.metricsFrom }}
  - from:
      {{- toYaml . | nindent 6 }}
    ports:
      - {port: {{ $.port }}, protocol: TCP}
{{- end }}
{{- end }}

{{- define "touchline.egress" -}}
egress:
  - ports:
      - {port: 53, protocol: UDP}
      - {port: 53, protocol: TCP}
  {{- with .Values.networkPolicy.egress }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with .Values.networkPolicy.extraEgress }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
