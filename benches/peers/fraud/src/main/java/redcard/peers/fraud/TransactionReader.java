package redcard.peers.fraud;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.time.OffsetDateTime;

/**
 * Reads messages with Jackson's streaming parser, which is its fastest interface: only the fields
 * that the rules need become values, and all others are skipped. One reader belongs to one thread.
 */
public final class TransactionReader {
    private static final double UNITS_PER_DEGREE = 1e7;
    private static final int MILLISECONDS_PER_DAY = 86_400_000;

    /** One factory is shared, as Jackson advises: it keeps the table of field names. */
    private static final JsonFactory JSON =
            JsonFactory.builder().enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER).build();

    private final Rates rates;

    public TransactionReader(Path ratesFile) throws IOException {
        rates = Rates.read(ratesFile);
    }

    /**
     * Fills {@code tx} and returns true if the message is remembered as a charge: an authorization,
     * or a clearing that does not name its authorization. All others change nothing that the six
     * rules read, so they end here.
     */
    public boolean read(byte[] message, Transaction tx) throws IOException {
        tx.clear();
        long minor = 0;
        String currency = null;
        boolean hasOriginal = false;
        try (JsonParser json = JSON.createParser(message)) {
            json.nextToken();
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                JsonToken value = json.nextToken();
                switch (name) {
                    case "id" -> tx.id = json.getText();
                    case "type" -> {
                        tx.isClearing = json.getText().equals("clearing");
                        if (!tx.isClearing && !json.getText().equals("authorization")) {
                            return false;
                        }
                    }
                    case "original_id" -> hasOriginal = value != JsonToken.VALUE_NULL;
                    case "time" -> tx.time = time(json);
                    case "amount" -> minor = json.getLongValue();
                    case "currency" -> currency = json.getText();
                    case "merchant" -> readMerchant(json, tx);
                    case "card_present" -> tx.cardPresent = value == JsonToken.VALUE_TRUE;
                    case "response" -> readResponse(json, value, tx);
                    default -> json.skipChildren();
                }
            }
        }
        tx.amount = rates.convert(minor, currency);
        // An authorization with an original is a charge: a subscription, for example.
        return !(tx.isClearing && hasOriginal);
    }

    private static void readMerchant(JsonParser json, Transaction tx) throws IOException {
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            JsonToken value = json.nextToken();
            if (value == JsonToken.VALUE_NULL) {
                continue;
            }
            switch (name) {
                case "country" -> tx.country = country(json.getText());
                case "latitude" -> tx.latitude = place(json.getDoubleValue());
                case "longitude" -> tx.longitude = place(json.getDoubleValue());
                default -> json.skipChildren();
            }
        }
    }

    private static void readResponse(JsonParser json, JsonToken start, Transaction tx)
            throws IOException {
        if (start == JsonToken.VALUE_NULL) {
            return;
        }
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            JsonToken value = json.nextToken();
            if (name.equals("approved")) {
                tx.approved = value != JsonToken.VALUE_FALSE;
            } else {
                json.skipChildren();
            }
        }
    }

    private static short country(String code) {
        return (short) (code.charAt(0) << 8 | code.charAt(1));
    }

    private static int place(double degrees) {
        return (int) Math.round(degrees * UNITS_PER_DEGREE);
    }

    /** RFC 3339. The form with milliseconds in UTC, which every message has, is read in place. */
    private static long time(JsonParser json) throws IOException {
        char[] text = json.getTextCharacters();
        int at = json.getTextOffset();
        if (json.getTextLength() == 24 && text[at + 23] == 'Z' && text[at + 19] == '.') {
            long days = day(number(text, at, 4), number(text, at + 5, 2), number(text, at + 8, 2));
            int seconds = (number(text, at + 11, 2) * 60 + number(text, at + 14, 2)) * 60
                    + number(text, at + 17, 2);
            return days * MILLISECONDS_PER_DAY + seconds * 1000L + number(text, at + 20, 3);
        }
        return OffsetDateTime.parse(json.getText()).toInstant().toEpochMilli();
    }

    private static int number(char[] text, int at, int digits) {
        int value = 0;
        for (int end = at + digits; at < end; at++) {
            value = value * 10 + text[at] - '0';
        }
        return value;
    }

    /** Days since 1970-01-01. The year begins in March, so that a leap day is its last. */
    private static long day(int year, int month, int day) {
        int shifted = month > 2 ? year : year - 1;
        int monthFromMarch = month > 2 ? month - 3 : month + 9;
        int dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1;
        return 365L * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468;
    }
}
