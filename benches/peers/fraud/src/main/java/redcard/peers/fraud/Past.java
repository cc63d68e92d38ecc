package redcard.peers.fraud;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What is remembered of a card: its charges of the last 24 hours, oldest first, 32 bytes each.
 *
 * <p>The state stores hold these bytes as they are. The rules read them in place and no charge is ever
 * an object, so that neither peer spends time on serialization or garbage.
 */
public final class Past {
    public static final byte[] EMPTY = {};
    public static final long RETENTION_MS = 24 * 3_600_000L;

    /** redcard's default. */
    private static final int CHARGES_MAX = 256;

    static final int CHARGE_BYTES = 32;

    private static final int TIME = 0;
    private static final int AMOUNT = 8;
    private static final int LATITUDE = 16;
    private static final int LONGITUDE = 20;
    private static final int COUNTRY = 24;
    private static final int FLAGS = 26;
    private static final byte APPROVED = 1;
    private static final byte CARD_PRESENT = 2;
    private static final byte CLEARING = 4;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private Past() {}

    /** The transaction as it is remembered. */
    public static byte[] pack(Transaction tx) {
        byte[] charge = new byte[CHARGE_BYTES];
        LONGS.set(charge, TIME, tx.time);
        LONGS.set(charge, AMOUNT, tx.amount);
        INTS.set(charge, LATITUDE, tx.latitude);
        INTS.set(charge, LONGITUDE, tx.longitude);
        SHORTS.set(charge, COUNTRY, tx.country);
        charge[FLAGS] = (byte) ((tx.approved ? APPROVED : 0)
                | (tx.cardPresent ? CARD_PRESENT : 0)
                | (tx.isClearing ? CLEARING : 0));
        return charge;
    }

    /** The inverse of {@link #pack}; leaves the id as it is. */
    public static void unpack(byte[] charge, Transaction tx) {
        tx.time = time(charge, 0);
        tx.amount = amount(charge, 0);
        tx.latitude = latitude(charge, 0);
        tx.longitude = longitude(charge, 0);
        tx.country = country(charge, 0);
        tx.approved = isApproved(charge, 0);
        tx.cardPresent = isCardPresent(charge, 0);
        tx.isClearing = (charge[FLAGS] & CLEARING) != 0;
    }

    /** The past after a charge, without the charges that no later transaction can count. */
    public static byte[] with(byte[] past, byte[] charge) {
        long expired = time(charge, 0) - RETENTION_MS;
        int from = Math.max(0, past.length - (CHARGES_MAX - 1) * CHARGE_BYTES);
        while (from < past.length && time(past, from) <= expired) {
            from += CHARGE_BYTES;
        }
        int kept = past.length - from;
        byte[] grown = Arrays.copyOfRange(past, from, past.length + CHARGE_BYTES);
        System.arraycopy(charge, 0, grown, kept, CHARGE_BYTES);
        return grown;
    }

    static long time(byte[] past, int at) {
        return (long) LONGS.get(past, at + TIME);
    }

    static long amount(byte[] past, int at) {
        return (long) LONGS.get(past, at + AMOUNT);
    }

    static int latitude(byte[] past, int at) {
        return (int) INTS.get(past, at + LATITUDE);
    }

    static int longitude(byte[] past, int at) {
        return (int) INTS.get(past, at + LONGITUDE);
    }

    static short country(byte[] past, int at) {
        return (short) SHORTS.get(past, at + COUNTRY);
    }

    static boolean isApproved(byte[] past, int at) {
        return (past[at + FLAGS] & APPROVED) != 0;
    }

    static boolean isCardPresent(byte[] past, int at) {
        return (past[at + FLAGS] & CARD_PRESENT) != 0;
    }

    static boolean isPlaced(byte[] past, int at) {
        return isCardPresent(past, at)
                && latitude(past, at) != Transaction.NO_PLACE
                && longitude(past, at) != Transaction.NO_PLACE;
    }
}
