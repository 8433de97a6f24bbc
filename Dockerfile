# docker build -t capricorn .                        what serves, with the demo in it
# docker build --target sdk -t capricorn-sdk:0.1.0 .   what modules are built in
# docker build --build-arg PROFILE=no -t capricorn .   in half the time, a fifth slower in user space
#
# Where ./dev setup has fetched build-assets/, /docs and /redoc need no internet.
ARG BASE=debian:trixie-slim
FROM ${BASE} AS build
ENV DEBIAN_FRONTEND=noninteractive CXX=clang++-19
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      clang-19 libclang-rt-19-dev llvm-19 meson ninja-build pkg-config python3 wrk openssl \
      libllhttp-dev nlohmann-json3-dev libssl-dev libcli11-dev libtomlplusplus-dev \
      zlib1g-dev libbrotli-dev libzstd-dev libre2-dev libidn2-dev libkainjow-mustache-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# With the profile of a load: it is built twice, and the load test runs between.
ARG PROFILE=yes
RUN meson setup /build --buildtype=release --prefix=/usr --libdir=lib -Dtests=false \
 && if [ "$PROFILE" = yes ]; then build=loadtest/train; else build="ninja -C"; fi \
 && $build /build capricorn examples/demo/demo.so \
 && strip --strip-unneeded /build/capricorn /build/examples/demo/demo.so
# Exactly the shared libraries the two files name, by package, for the next stage; the C and C++
# runtimes are among them.
RUN ldd /build/capricorn /build/examples/demo/demo.so \
      | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u | xargs -r -n 1 realpath | sort -u \
      | while read -r file; do dpkg -S "$file" || dpkg -S "${file#/usr}"; done \
      | sed 's/:.*//' | sort -u > /build/packages \
 && cat /build/packages && test -s /build/packages

# The compiler and the installed library: a module built in here is one that the image takes. /src and
# /build are left to it.
FROM build AS sdk
WORKDIR /
RUN meson install -C /build --no-rebuild --quiet && rm -rf /build /src
WORKDIR /src

FROM ${BASE}
COPY --from=build /build/packages /usr/share/capricorn/packages
# Nobody in here becomes root: no program keeps its set-user-ID or set-group-ID bit.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive xargs -a /usr/share/capricorn/packages \
      apt-get install -y --no-install-recommends \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/ldconfig/aux-cache \
      /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/log/apt /var/log/dpkg.log \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
COPY --from=build /src/LICENSE /usr/share/doc/capricorn/copyright
COPY --from=build /src/examples/demo/static /usr/share/capricorn/demo/static
COPY --from=build /build/examples/demo/demo.so /usr/lib/capricorn/demo.so
COPY --from=build /build/capricorn /usr/bin/capricorn
# A library that the list above missed stops the build, not the first start.
RUN ldd /usr/bin/capricorn /usr/lib/capricorn/demo.so | (! grep 'not found') && capricorn --version
ENV DEMO_STATIC_DIR=/usr/share/capricorn/demo/static

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="capricorn" \
      org.opencontainers.image.description="asyncio, Uvicorn and FastAPI as one C++ program, serving its demo" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/debian:trixie-slim"

USER 65532:65532
EXPOSE 8000
# SIGTERM answers every accepted request, then ends.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=2s --retries=3 \
  CMD ["capricorn", "healthcheck", "--url", "http://127.0.0.1:8000/plain"]
ENTRYPOINT ["capricorn"]
CMD ["/usr/lib/capricorn/demo.so", "--host", "0.0.0.0", "--port", "8000"]
