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

    /** The token that stands in for a value masked by a rule without a name. */
    public static final String MASKED = "\"[redacted]\"";

    private static final String MASKED_BY = "\"[redacted: ";
    private static final String MASKED_END = "]\"";

    private static final Rule NO_RULE =
            new Rule(new NamePattern("*"), new NamePattern("*"), Action.KEEP);

    private static final int HASH_BYTES = 16;

    private final List<Rule> rules;
    private final @Nullable Mac mac;

    /** The rules of the columns seen so far, by table; empty for a table that no rule names. */
    private final Map<TableName, Optional<Map<String, Rule>>> byTable = new HashMap<>();

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
        /**
         * The value is replaced by a keyed hash, and the rule's name beside it: equal values stay
         * equal, and a change is seen. A key has the hash alone: it stays the same whatever the
         * rule is called.
         */
        HASH,
        /** The value stays: an exception, before a broader rule. */
        KEEP
    }

    /**
     * A rule.
     *
     * @param table the tables, as {@code schema.table}
     * @param column the columns
     * @param name what the rule is called where it has masked or hashed a value; may be empty
     */
    public record Rule(NamePattern table, NamePattern column, Action action, String name) {

        /** A rule without a name. */
        public Rule(NamePattern table, NamePattern column, Action action) {
            this(table, column, action, "");
        }
    }

    /** Returns whether a token stands in for a masked value. */
    public static boolean isMasked(String token) {
        return token.equals(MASKED) || token.startsWith(MASKED_BY) && token.endsWith(MASKED_END);
    }

    /** Returns the rule of a column, or null if none matches it. */
    public @Nullable Rule rule(TableName table, String column) {
        Map<String, Rule> known = rules(table);
        Rule rule = known == null ? NO_RULE : rule(known, table, column);
        return rule.equals(NO_RULE) ? null : rule;
    }

    /**
     * Returns a row that is no change, such as who and why, without what is to be kept out; columns
     * that are dropped are left out.
     */
    public RowImage apply(TableName table, RowImage image) {
        Map<String, Rule> known = rules.isEmpty() ? null : rules(table);
        RowImage kept = known == null ? image : apply(known, table, List.of(), image);
        return kept == null ? RowImage.empty() : kept;
    }

    /**
     * Returns the change without what is to be kept out. A row whose key is dropped or masked has
     * no identity any more; a hashed key stays a key.
     */
    public ChangeEvent apply(ChangeEvent change) {
        Map<String, Rule> known = rules.isEmpty() ? null : rules(change.table());
        // What became of a table holds no value of a row.
        if (known == null || change.operation() == Operation.TABLE_CHANGE) {
            return change;
        }
        List<String> unknown = change.unknownColumns();
        RowImage before = apply(known, change.table(), change.keyColumns(), change.before());
        RowImage after = apply(known, change.table(), change.keyColumns(), change.after());
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
            Action action = rule(known, change.table(), column).action();
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

    /**
     * Returns whether a rule may keep out a value of a table, by the table's name alone.
     *
     * @param table the table, or null if it is not known
     */
    public static boolean mayTouch(List<Rule> rules, @Nullable TableName table) {
        return rules.stream()
                .anyMatch(
                        rule ->
                                rule.action() != Action.KEEP
                                        && (table == null
                                                || rule.table().matches(table.toString())));
    }

    private @Nullable RowImage apply(
            Map<String, Rule> known, TableName table, List<String> key, @Nullable RowImage image) {
        if (image == null) {
            return null;
        }
        RowImage.Builder kept = new RowImage.Builder();
        for (int i = 0; i < image.size(); i++) {
            String name = image.nameAt(i);
            String token = image.tokenAt(i);
            Rule rule = rule(known, table, name);
            Action action = rule.action();
            if (action == Action.DROP) {
                continue;
            }
            kept.add(
                    name,
                    switch (action) {
                        case DROP, KEEP -> token;
                        case MASK -> token.equals(RowImage.NULL) ? token : masked(rule);
                        case HASH ->
                                token.equals(RowImage.NULL)
                                        ? token
                                        : hash(token, key.contains(name) ? "" : rule.name());
                    });
        }
        return kept.build();
    }

    private @Nullable Map<String, Rule> rules(TableName table) {
        return byTable.computeIfAbsent(
                        table,
                        t ->
                                rules.stream().anyMatch(rule -> rule.table().matches(t.toString()))
                                        ? Optional.of(new HashMap<>())
                                        : Optional.empty())
                .orElse(null);
    }

    private Rule rule(Map<String, Rule> known, TableName table, String column) {
        Rule found = known.get(column);
        if (found == null) {
            found = NO_RULE;
            for (Rule rule : rules) {
                if (rule.table().matches(table.toString()) && rule.column().matches(column)) {
                    found = rule;
                    break;
                }
            }
            known.put(column, found);
        }
        return found;
    }

    private static String masked(Rule rule) {
        return rule.name().isEmpty() ? MASKED : JsonText.quoted("[redacted: " + rule.name() + "]");
    }

    private String hash(String token, String by) {
        Mac keyed = mac;
        if (keyed == null) {
            throw new IllegalStateException("There is no key to hash with.");
        }
        byte[] hash = keyed.doFinal(JsonText.scalar(token).getBytes(StandardCharsets.UTF_8));
        String hex = "hmac:" + HexFormat.of().formatHex(Arrays.copyOf(hash, HASH_BYTES));
        return by.isEmpty() ? "\"" + hex + "\"" : JsonText.quoted(hex + " [" + by + "]");
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
