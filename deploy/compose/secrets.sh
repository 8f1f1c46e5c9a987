#!/bin/sh
# Makes the secrets that are not there yet. Keep identity_key: with another one everybody is somebody new.
set -eu
cd "$(dirname "$0")"
# Nobody else on this machine gets through the folder; the files are mounted one by one, for users of the containers.
mkdir -p secrets
chmod 700 secrets
for name in identity_key write_key grafana_password; do
  [ -s "secrets/$name" ] || openssl rand -hex 32 > "secrets/$name"
  chmod 644 "secrets/$name"
done
echo "secrets/identity_key (keep it), secrets/write_key (your website shows it), secrets/grafana_password (of admin)"
