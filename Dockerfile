# The exporter's image (the default) and the demo station's (--target demo). Both run as an ordinary user, with a
# read-only root and no capability: the exporter writes into its volume alone, the demo station into /tmp.
ARG PYTHON=python:3.13.13-slim-trixie

# Builds a virtualenv that holds the exporter and its pinned, hash-checked dependencies: no pip, no compiler, no tool.
FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY constraints.txt deploy/pins.py ./
RUN python pins.py constraints.txt > runtime.txt \
 && python pins.py constraints.txt build > tools.txt \
 && python -m venv --without-pip /opt/radio-exporter \
 && pip --python /opt/radio-exporter install --require-hashes --only-binary :all: -r runtime.txt \
 && pip install --require-hashes --only-binary :all: -r tools.txt
COPY pyproject.toml README.md LICENSE ./
COPY exporter exporter
RUN pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
 && pip --python /opt/radio-exporter install --no-deps --no-index wheels/*.whl \
 && pip --python /opt/radio-exporter check \
 && /opt/radio-exporter/bin/python -m compileall -q /opt/radio-exporter

# What both images share.
FROM ${PYTHON} AS runtime
# The listening probe decodes with it. Without dead-air detection the image is 500 MB smaller: --build-arg FFMPEG=
ARG FFMPEG=ffmpeg
RUN if [ -n "$FFMPEG" ]; then \
      apt-get update -qq \
      && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$FFMPEG" \
      && rm -rf /var/lib/apt/lists/*; \
    fi
# The folders give the volumes their owner: the exporter's database and key, and the demo's passwords.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin radio \
 && install -d -o radio -g radio -m 0700 /var/lib/radio-exporter /var/lib/radio-demo
COPY --from=build /opt/radio-exporter /opt/radio-exporter
ENV PATH=/opt/radio-exporter/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001

# The demo station: a real Icecast, ffmpeg as its studio, and listeners.
FROM runtime AS demo
USER root
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends icecast2 ffmpeg tzdata \
 && rm -rf /var/lib/apt/lists/*
COPY demo /opt/demo/demo
WORKDIR /opt/demo
USER 10001:10001
CMD ["python", "-m", "demo.station", "--help"]

# One station needs no file, and works with --read-only too; -v radio:/var/lib/radio-exporter keeps its listeners' history:
# docker run -e ICECAST_URL=http://radio.example:8000 -p 127.0.0.1:10880:10880 radio-exporter
FROM runtime AS exporter
LABEL org.opencontainers.image.title="radio-exporter" \
      org.opencontainers.image.description="Internet radio as Prometheus metrics" \
      org.opencontainers.image.licenses="Apache-2.0"
EXPOSE 10880
VOLUME /var/lib/radio-exporter
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["radio-exporter", "health"]
ENTRYPOINT ["radio-exporter"]
CMD ["serve", "--web.listen-address=0.0.0.0:10880"]
