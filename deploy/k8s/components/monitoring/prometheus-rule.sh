#!/bin/sh
# Prints the alert rules, of which there is one copy, as the PrometheusRule that the Prometheus operator takes.
set -eu
rules="$(dirname "$0")/../../../prometheus/rules/bridgecore.yml"
cat <<'HEAD'
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: bridgecore
  labels:
    app.kubernetes.io/name: bridgecore
spec:
HEAD
sed 's/^/  /' "$rules"
