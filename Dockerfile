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

FROM debian:bookworm-slim
# The certificate authorities are for TLS to the brokers.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /redcard /usr/local/bin/redcard
USER 65532:65532
EXPOSE 9464
ENTRYPOINT ["redcard"]
CMD ["--help"]
