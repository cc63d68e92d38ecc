package redcard.peers.fraud;

/**
 * The six rules of rules/peers.toml, in one pass over the past, newest charge first.
 *
 * <p>A window ends with the transaction and excludes its beginning: {@code now - w < t <= now}.
 */
public final class Rules {
    private static final long MINUTE_MS = 60_000;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final long DAY_MS = 24 * HOUR_MS;

    private static final int CHARGES_10M = 5;
    private static final long SPEND_24H = 3_000_00;
    private static final int DECLINES_1H = 3;
    private static final int OTHER_COUNTRIES_24H = 2;
    private static final double KM_MIN = 200;
    private static final double KMH_MAX = 1000;
    private static final long PROBE_MAX = 2_00;
    private static final long SPEND_AFTER_PROBE = 50_00;

    /** Mean radius of the Earth (IUGG R1). */
    private static final double EARTH_RADIUS_KM = 6371.0088;

    private Rules() {}

    /** The set of rules that fire: one bit for each, in the order of {@link Rule}. */
    public static int evaluate(Transaction tx, byte[] past) {
        if (tx.isClearing) {
            return 0;
        }
        int charges10m = 0;
        int declines1h = 0;
        long spend24h = 0;
        boolean isProbed = false;
        int place = -1;
        short another = Transaction.NO_COUNTRY;
        int countries = 0;

        for (int at = past.length - Past.CHARGE_BYTES; at >= 0; at -= Past.CHARGE_BYTES) {
            long age = tx.time - Past.time(past, at);
            if (age >= DAY_MS) {
                break;
            }
            long amount = Past.amount(past, at);
            boolean isApproved = Past.isApproved(past, at);
            if (isApproved && amount != Transaction.NO_AMOUNT) {
                spend24h += amount;
            }
            if (age < HOUR_MS) {
                declines1h += isApproved ? 0 : 1;
                isProbed |= amount != Transaction.NO_AMOUNT && amount <= PROBE_MAX;
                charges10m += age < 10 * MINUTE_MS ? 1 : 0;
            }
            if (place < 0 && Past.isPlaced(past, at)) {
                place = at;
            }
            // Two countries other than the transaction's are enough, so a set is not needed.
            short country = Past.country(past, at);
            if (country != Transaction.NO_COUNTRY && country != tx.country && country != another) {
                another = countries == 0 ? country : another;
                countries++;
            }
        }

        boolean isAmountKnown = tx.amount != Transaction.NO_AMOUNT;
        int fired = 0;
        fired |= charges10m >= CHARGES_10M ? Rule.CHARGES_10M.bit() : 0;
        fired |= isAmountKnown && spend24h + tx.amount >= SPEND_24H ? Rule.SPEND_24H.bit() : 0;
        fired |= declines1h >= DECLINES_1H ? Rule.DECLINES_1H.bit() : 0;
        fired |= tx.country != Transaction.NO_COUNTRY && countries >= OTHER_COUNTRIES_24H
                ? Rule.COUNTRIES_24H.bit() : 0;
        fired |= place >= 0 && isTooFast(tx, past, place) ? Rule.IMPOSSIBLE_SPEED.bit() : 0;
        fired |= isProbed && isAmountKnown && tx.amount >= SPEND_AFTER_PROBE
                ? Rule.PROBE_THEN_SPEND.bit() : 0;
        return fired;
    }

    /** A place older than 24 hours is never too far away for {@link #KMH_MAX}. */
    private static boolean isTooFast(Transaction tx, byte[] past, int at) {
        if (!tx.cardPresent || !tx.hasPlace()) {
            return false;
        }
        double km = distanceKm(
                Past.latitude(past, at) / 1e7, Past.longitude(past, at) / 1e7,
                tx.latitude / 1e7, tx.longitude / 1e7);
        long elapsed = Math.max(MINUTE_MS, tx.time - Past.time(past, at));
        return km > KM_MIN && km / ((double) elapsed / HOUR_MS) > KMH_MAX;
    }

    /** Great-circle distance (haversine formula). */
    private static double distanceKm(double latitude1, double longitude1, double latitude2,
            double longitude2) {
        double phi1 = Math.toRadians(latitude1);
        double phi2 = Math.toRadians(latitude2);
        double sinPhi = Math.sin((phi2 - phi1) / 2);
        double sinLambda = Math.sin(Math.toRadians(longitude2 - longitude1) / 2);
        double a = sinPhi * sinPhi + Math.cos(phi1) * Math.cos(phi2) * sinLambda * sinLambda;
        return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(Math.min(1, Math.max(0, a))));
    }
}
