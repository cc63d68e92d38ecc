package redcard.peers.fraud;

import java.nio.charset.StandardCharsets;

/** An alert as JSON: those keys of redcard's alerts that the comparison reads. */
public final class Alert {
    private static final Rule[] RULES = Rule.values();

    private Alert() {}

    /** {@code fired} is a set as {@link Rules#evaluate} returns it. Ids need no escapes. */
    public static byte[] of(Transaction tx, int fired) {
        StringBuilder json = new StringBuilder(160);
        json.append("{\"transaction_id\":\"").append(tx.id).append("\",\"rules\":[");
        for (Rule rule : RULES) {
            if ((fired & rule.bit()) != 0) {
                json.append("{\"id\":\"").append(rule.id).append("\"},");
            }
        }
        json.setCharAt(json.length() - 1, ']');
        return json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    }
}
