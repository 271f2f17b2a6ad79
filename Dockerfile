# The image ghcr.io/tagship/tagship: the command with all its extras, and git, which plans are made with. It plans, builds Python
# packages, probes what runs on its Python, signs, releases, publishes and verifies; toolchains of other languages are not in it.
FROM docker.io/library/python:3.14-slim@sha256:f85c5697265c178cc6887276c55fe16cf3d14ca35c3df6a5eab3b360534a55d2 AS made
WORKDIR /source
COPY requirements/uv.txt requirements/uv.txt
RUN python3 -m pip install --quiet --no-cache-dir --disable-pip-version-check --root-user-action ignore \
    --require-hashes --only-binary :all: --target /uv -r requirements/uv.txt
COPY pyproject.toml uv.lock README.md LICENSE CHANGELOG.md ./
COPY src src
# What uv.lock names, by its hashes; byte code that does not depend on when it was made.
ENV UV_PROJECT_ENVIRONMENT=/opt/tagship UV_PYTHON_DOWNLOADS=never PYC_INVALIDATION_MODE=CHECKED_HASH
RUN /uv/bin/uv sync --quiet --locked --no-cache --no-dev --extra all --no-editable --compile-bytecode --python python3

FROM docker.io/library/python:3.14-slim@sha256:f85c5697265c178cc6887276c55fe16cf3d14ca35c3df6a5eab3b360534a55d2
LABEL org.opencontainers.image.description="Push a tag; your MCP server ships everywhere, verified."
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/apt /var/log/dpkg.log
COPY --from=made /opt/tagship /opt/tagship
# Any user may own what is mounted; without a home there is nothing to leave behind.
ENV PATH=/opt/tagship/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 \
    GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*
WORKDIR /work
USER 65532:65532
ENTRYPOINT ["tagship"]
