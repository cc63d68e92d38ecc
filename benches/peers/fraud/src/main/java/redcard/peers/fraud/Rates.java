package redcard.peers.fraud;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Currency;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** Converts amounts to US cents, with the same table and the same rounding as redcard. */
final class Rates {
    private static final String BASE = "USD";

    /** US cents per minor unit of the currency. */
    private final Map<String, Double> factors = new HashMap<>();

    private Rates() {}

    /** Reads lines such as {@code EUR = 1.117}, which are TOML and Java properties alike. */
    static Rates read(Path file) throws IOException {
        Properties table = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            table.load(reader);
        }
        Rates rates = new Rates();
        double own = Double.parseDouble(table.getProperty(BASE));
        int places = digits(BASE);
        for (String code : table.stringPropertyNames()) {
            double rate = Double.parseDouble(table.getProperty(code));
            double factor = rate / own * Math.pow(10, places - digits(code));
            rates.factors.put(code, factor);
        }
        return rates;
    }

    /** Rounds half to even; {@link Transaction#NO_AMOUNT} without a rate. */
    long convert(long minor, String currency) {
        if (currency.equals(BASE)) {
            return minor;
        }
        Double factor = factors.get(currency);
        return factor == null ? Transaction.NO_AMOUNT : (long) Math.rint(minor * factor);
    }

    private static int digits(String code) {
        return Currency.getInstance(code).getDefaultFractionDigits();
    }
}
