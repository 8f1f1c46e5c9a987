#!/usr/bin/env bash
# Builds the image from base images named by digest. Run by `make image`; ENGINE is docker, podman or buildah.
set -euo pipefail
cd "$(dirname "$0")/../.."

pinned() {
  local name=$1 tag=$2
  if ! [[ "${!name:-}" =~ ^[^@[:space:]]+@sha256:[0-9a-f]{64}$ ]]; then
    echo "$name must name a base image by digest. Look it up, then say it:" >&2
    echo "  docker buildx imagetools inspect $tag   # or: skopeo inspect docker://docker.io/library/$tag" >&2
    echo "  make image PYTHON_BUILD=python@sha256:... PYTHON_RUN=python@sha256:..." >&2
    exit 2
  fi
}
pinned PYTHON_BUILD python:3.11-bookworm
pinned PYTHON_RUN python:3.11-slim-bookworm

engine=${ENGINE:-$(command -v docker || command -v podman || command -v buildah || true)}
if [ -z "$engine" ]; then
  echo "no container engine on this machine: install docker, podman or buildah, or name it: ENGINE=..." >&2
  exit 2
fi
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
exec "$engine" build --file deploy/image/Dockerfile --tag "${IMAGE:-touchline:$version}" \
  --build-arg "PYTHON_BUILD=$PYTHON_BUILD" --build-arg "PYTHON_RUN=$PYTHON_RUN" \
  --build-arg "VERSION=$version" --build-arg "REVISION=$revision" .
