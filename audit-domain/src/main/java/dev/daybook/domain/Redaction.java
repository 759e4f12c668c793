package dev.daybook.domain;

import dev.daybook.contract.JsonText;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keeps values out of the log: applied to a change before anything of it is stored. NULL stays
 * NULL, since that says only that there was nothing to keep out. Of the rules that match a column
 * the first counts. Not for several threads.
 *
 * <p>An entry's identity is computed from the change as it came, so that other rules, or another
 * key to hash with, do not make a second entry of it.
 */
public final class Redaction {

    /** The token that stands in for a masked value. */
    public static final String MASKED = "\"[redacted]\"";

    private static final int HASH_BYTES = 16;

    private final List<Rule> rules;
    private final @Nullable Mac mac;

    /** What becomes of the columns seen so far, by table; empty for a table that no rule names. */
    private final Map<TableName, Optional<Map<String, Action>>> byTable = new HashMap<>();

    /**
     * @param rules what is kept out
     * @param hashKey the secret with which values are hashed; null if no rule hashes
     * @throws IllegalArgumentException if a rule hashes and there is no secret
     */
    public Redaction(List<Rule> rules, byte @Nullable [] hashKey) {
        this.rules = List.copyOf(rules);
        this.mac = hashKey == null ? null : mac(hashKey);
        if (hashKey == null && rules.stream().anyMatch(rule -> rule.action() == Action.HASH)) {
            throw new IllegalArgumentException(
                    "A rule hashes values, and there is no key to hash them with.");
        }
    }

    /** What becomes of a value. */
    public enum Action {
        /** The column is left out, as if the capture had not sent it. */
        DROP,
        /** The value is replaced by {@link #MASKED}. */
        MASK,
        /** The value is replaced by a keyed hash: equal values stay equal, and a change is seen. */
        HASH,
        /** The value stays: an exception, before a broader rule. */
        KEEP
    }

    /**
     * A rule.
     *
     * @param table the tables, as {@code schema.table}
     * @param column the columns
     */
    public record Rule(NamePattern table, NamePattern column, Action action) {}

    /**
     * Returns the change without what is to be kept out. A row whose key is dropped or masked has
     * no identity any more; a hashed key stays a key.
     */
    public ChangeEvent apply(ChangeEvent change) {
        Map<String, Action> actions = rules.isEmpty() ? null : actions(change.table());
        // What became of a table holds no value of a row.
        if (actions == null || change.operation() == Operation.TABLE_CHANGE) {
            return change;
        }
        List<String> unknown = change.unknownColumns();
        RowImage before = apply(actions, change.table(), change.before());
        RowImage after = apply(actions, change.table(), change.after());
        if (after != null && change.after() != null && after.size() < change.after().size()) {
            unknown = new ArrayList<>(unknown);
            for (String column : change.after().columns()) {
                if (!after.knows(column)) {
                    unknown.add(column);
                }
            }
        }
        boolean keyTouched = false;
        boolean keyGone = false;
        for (String column : change.keyColumns()) {
            Action action = action(actions, change.table(), column);
            keyTouched |= action != Action.KEEP;
            keyGone |= action == Action.DROP || action == Action.MASK;
        }
        return new ChangeEvent(
                change.source(),
                change.table(),
                change.operation(),
                change.committedAt(),
                change.transactionId(),
                change.sequence(),
                // A snapshot's position names the row's key.
                keyTouched && change.operation() == Operation.SNAPSHOT ? null : change.position(),
                keyGone ? List.of() : change.keyColumns(),
                before == null || before.isEmpty() ? null : before,
                after,
                unknown,
                change.discriminator(),
                change.sourceCommittedAt());
    }

    private @Nullable RowImage apply(
            Map<String, Action> actions, TableName table, @Nullable RowImage image) {
        if (image == null) {
            return null;
        }
        RowImage.Builder kept = new RowImage.Builder();
        for (int i = 0; i < image.size(); i++) {
            String name = image.nameAt(i);
            String token = image.tokenAt(i);
            Action action = action(actions, table, name);
            if (action == Action.DROP) {
                continue;
            }
            kept.add(
                    name,
                    switch (action) {
                        case DROP, KEEP -> token;
                        case MASK -> token.equals(RowImage.NULL) ? token : MASKED;
                        case HASH -> token.equals(RowImage.NULL) ? token : hash(token);
                    });
        }
        return kept.build();
    }

    private @Nullable Map<String, Action> actions(TableName table) {
        return byTable.computeIfAbsent(
                        table,
                        t ->
                                rules.stream().anyMatch(rule -> rule.table().matches(t.toString()))
                                        ? Optional.of(new HashMap<>())
                                        : Optional.empty())
                .orElse(null);
    }

    private Action action(Map<String, Action> actions, TableName table, String column) {
        Action known = actions.get(column);
        if (known == null) {
            known = Action.KEEP;
            for (Rule rule : rules) {
                if (rule.table().matches(table.toString()) && rule.column().matches(column)) {
                    known = rule.action();
                    break;
                }
            }
            actions.put(column, known);
        }
        return known;
    }

    private String hash(String token) {
        Mac keyed = mac;
        if (keyed == null) {
            throw new IllegalStateException("There is no key to hash with.");
        }
        byte[] hash = keyed.doFinal(JsonText.scalar(token).getBytes(StandardCharsets.UTF_8));
        return "\"hmac:" + HexFormat.of().formatHex(Arrays.copyOf(hash, HASH_BYTES)) + "\"";
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has HmacSHA256.", e);
        }
    }
}
