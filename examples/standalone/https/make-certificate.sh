#!/bin/sh
# Makes a certificate for www.example.com that no browser trusts, and writes it as a Secret to the file named first (default: secret.yaml
# beside this script). Needs openssl.
set -eu
secret=${1:-$(dirname "$0")/secret.yaml}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
  -subj /CN=www.example.com -addext subjectAltName=DNS:www.example.com \
  -keyout "$work/tls.key" -out "$work/tls.crt" 2>/dev/null
umask 077
cat >"$secret" <<YAML
apiVersion: v1
kind: Secret
metadata:
  name: www-example-com
  namespace: default
type: kubernetes.io/tls
data:
  tls.crt: $(base64 <"$work/tls.crt" | tr -d '\n')
  tls.key: $(base64 <"$work/tls.key" | tr -d '\n')
YAML
echo "wrote $secret"
