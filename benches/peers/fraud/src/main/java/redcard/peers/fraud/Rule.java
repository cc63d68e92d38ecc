package redcard.peers.fraud;

/** The rules, with the ids of rules/peers.toml. A rule's bit in a set is its place here. */
public enum Rule {
    CHARGES_10M("charges-10m"),
    SPEND_24H("spend-24h"),
    DECLINES_1H("declines-1h"),
    COUNTRIES_24H("countries-24h"),
    IMPOSSIBLE_SPEED("impossible-speed"),
    PROBE_THEN_SPEND("probe-then-spend");

    public final String id;

    Rule(String id) {
        this.id = id;
    }

    int bit() {
        return 1 << ordinal();
    }
}
