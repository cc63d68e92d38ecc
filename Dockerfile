# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
# Compilers, make and perl build the Kafka client library and OpenSSL, which are linked in.
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ make perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
# Dependencies stay in the two caches: a change of redcard's source builds redcard alone.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin redcard \
    && cp target/release/redcard /redcard

# The C and C++ libraries and the certificate authorities, for TLS to the brokers; no shell, no packages.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /redcard /usr/local/bin/redcard
USER 65532:65532
EXPOSE 9464
# Of `redcard run`: REDCARD__ variables and the defaults say where it listens. With a configuration file,
# give a probe of your own that names it, as docker-compose.yml does.
HEALTHCHECK --interval=5s --timeout=5s --start-period=15s --retries=6 \
    CMD ["/usr/local/bin/redcard", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/redcard"]
CMD ["--help"]
