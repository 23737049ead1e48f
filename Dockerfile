# tui-selector in a container.
#
#   docker build -t tui-selector .
#   docker run -it --rm --init -e TERM -e COLORTERM -v ~/Photos:/photos -v tui-selector:/data tui-selector
#
# For NVIDIA GPUs the base brings what the container toolkit looks for; CUDA itself comes with PyTorch:
#
#   docker build -t tui-selector:cuda --build-arg BASE=nvidia/cuda:12.6.3-base-ubuntu24.04 .
#   docker run -it --rm --init --gpus all … tui-selector:cuda
#
# BASE is any Debian or Ubuntu with Python 3.11 or newer. PIP_OPTIONS goes to pip, for instance an
# --extra-index-url that has a build of PyTorch for CPUs alone, which saves gigabytes.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/tui-selector
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY tui_selector tui_selector
ARG EXTRAS=ocr
ARG PIP_OPTIONS=
# PIP_OPTIONS is several words.
# hadolint ignore=SC2086
RUN /opt/tui-selector/bin/pip install --no-cache-dir ${PIP_OPTIONS} ".[${EXTRAS}]"

FROM ${BASE}
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/*
# Whoever the photos belong to: files are moved to the trash as this user.
ARG UID=1000
ARG GID=1000
RUN groupadd --non-unique --gid "${GID}" owner \
 && useradd --non-unique --no-log-init --uid "${UID}" --gid "${GID}" --create-home owner \
 && install --directory --owner "${UID}" --group "${GID}" /photos \
    /data /data/config /data/share /data/state /data/cache
COPY --from=build /opt/tui-selector /opt/tui-selector
ENV PATH=/opt/tui-selector/bin:$PATH \
    LANG=C.UTF-8 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    XDG_CONFIG_HOME=/data/config \
    XDG_DATA_HOME=/data/share \
    XDG_STATE_HOME=/data/state \
    XDG_CACHE_HOME=/data/cache
# Settings, pulled models, catalogs and thumbnails; photos are mounted where `docker run` says.
VOLUME ["/data"]
USER ${UID}:${GID}
WORKDIR /photos
ENTRYPOINT ["tui-selector"]
CMD ["/photos"]
