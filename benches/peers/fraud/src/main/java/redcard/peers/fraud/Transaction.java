package redcard.peers.fraud;

/**
 * What the rules read of an authorization, or of a clearing that is remembered as a charge. Absent
 * values have the constants below, so that one object can be reused for every message.
 */
public final class Transaction {
    public static final long NO_AMOUNT = Long.MIN_VALUE;
    public static final int NO_PLACE = Integer.MIN_VALUE;
    public static final short NO_COUNTRY = 0;

    /** The message's id, which the alert names. */
    public String id;

    /** Milliseconds since 1970. */
    public long time;

    /** The rules do not run on it. */
    public boolean isClearing;

    /** In US cents. */
    public long amount;

    /** The two letters of ISO 3166-1. */
    public short country;

    /** Ten-millionths of a degree. */
    public int latitude;

    public int longitude;

    /** False if the message does not say so. */
    public boolean cardPresent;

    /** A message without a response counts as approved. */
    public boolean approved;

    void clear() {
        id = null;
        time = 0;
        isClearing = false;
        amount = NO_AMOUNT;
        country = NO_COUNTRY;
        latitude = NO_PLACE;
        longitude = NO_PLACE;
        cardPresent = false;
        approved = true;
    }

    boolean hasPlace() {
        return latitude != NO_PLACE && longitude != NO_PLACE;
    }
}
