# SPDX-License-Identifier: ISC
# Two stages: build the wheel, install it alone. `make docker-check` walks the same steps without a container engine.

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.11-slim-bookworm
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels resolver \
    && groupadd --system --gid 5300 resolver \
    && useradd --system --uid 5300 --gid resolver --no-create-home --shell /usr/sbin/nologin resolver \
    && install -d -o resolver -g resolver -m 0750 /run/resolver
COPY config/deploy/container.toml /etc/resolver/resolver.toml

ENV PYTHONUNBUFFERED=1 \
    RESOLVER_CONFIG=/etc/resolver/resolver.toml \
    RESOLVER_CONTROL__SOCKET=/run/resolver/control.sock
USER resolver
EXPOSE 5300/udp 5300/tcp 5380/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["resolver", "healthcheck"]
ENTRYPOINT ["resolver"]
CMD ["serve"]
