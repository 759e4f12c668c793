package dev.daybook.ingest;

import dev.daybook.contract.RecordMember;
import dev.daybook.contract.TableName;
import dev.daybook.contract.Topic;
import dev.daybook.domain.Redaction;
import dev.daybook.ingest.change.WireFormat;
import dev.daybook.ingest.debezium.DebeziumFormat;
import dev.daybook.service.InvalidSettingException;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * The settings {@code daybook.ingest.*}; each is described in {@code docs/reference/ingest.md}.
 * Binding fails with an {@link InvalidSettingException} that names the key, the rule and the
 * remedy.
 *
 * @param applicationId the Kafka Streams application id, and so the consumer group
 * @param instanceId a name that stays the same over restarts of this instance, or null; with one, a
 *     restart takes its partitions back at once
 * @param sources the sources by name, each with the topic its changes come in
 * @param topics the topics written
 * @param createTopics whether topics that are not there are created
 * @param replicationFactor of topics that are created, internal ones included
 * @param keys the key columns of tables, by {@code schema.table}, comma-separated in key order;
 *     goes before all that records and definitions say
 * @param definitionWait how long a change by DMS waits for its table's definition; zero does not
 *     wait
 * @param actorColumns columns that name who changed a row: {@code column}, or {@code
 *     schema.table.column}; {@code *} stands for any part of a name
 * @param redaction what is kept out of the log; of the rules that match a column the first counts
 * @param redactionKey the secret with which values are hashed, or null if no rule hashes
 * @param rejectedValues whether a rejected record is kept with its original value, unredacted
 * @param maxRecordBytes the largest record read and written
 * @param guarantee how often an entry may reach the topic
 * @param threads how many threads work
 * @param commitInterval how often progress is kept; does not delay entries
 * @param linger how long an entry waits for its batch to fill
 * @param stateDir where Kafka Streams keeps its stores; null for a directory below java.io.tmpdir
 * @param brokerWait how long the start waits for the broker
 * @param chainWait how long a record that DMS names as sent before is waited for
 * @param replay the audit database, asked for rejected records that are to be replayed, or null
 */
@ConfigurationProperties("daybook.ingest")
public record IngestProperties(
        @DefaultValue("daybook-ingest") String applicationId,
        @Nullable String instanceId,
        @DefaultValue Map<String, Source> sources,
        @DefaultValue Topics topics,
        @DefaultValue("true") boolean createTopics,
        @DefaultValue("1") short replicationFactor,
        @DefaultValue Map<String, List<String>> keys,
        @DefaultValue("10s") Duration definitionWait,
        @DefaultValue List<String> actorColumns,
        @DefaultValue List<RedactionRule> redaction,
        @Nullable Secret redactionKey,
        @DefaultValue("true") boolean rejectedValues,
        @DefaultValue("16MB") DataSize maxRecordBytes,
        @DefaultValue("at-least-once") Guarantee guarantee,
        @DefaultValue("1") int threads,
        @DefaultValue("1s") Duration commitInterval,
        @DefaultValue("5ms") Duration linger,
        @Nullable String stateDir,
        @DefaultValue("60s") Duration brokerWait,
        @DefaultValue("60s") Duration chainWait,
        @Nullable Database replay) {

    public IngestProperties {
        require(
                !applicationId.isBlank(),
                "application-id",
                "is empty",
                "name the Kafka Streams application.");
        require(
                !sources.isEmpty(),
                "sources",
                "names no source",
                "set daybook.ingest.sources.<name>.topic to the topic that its changes come in.");
        sources.forEach(
                (name, source) -> {
                    require(
                            name.chars().noneMatch(c -> c < ' '),
                            "sources",
                            "has a source whose name holds a control character",
                            "choose a printable name.");
                    require(
                            !source.topic().isBlank() || !source.topicPattern().isBlank(),
                            "sources." + name + ".topic",
                            "is empty",
                            "name the topic, such as changes." + name + ".");
                    require(
                            source.topic().isBlank() || source.topicPattern().isBlank(),
                            "sources." + name + ".topic-pattern",
                            "is set beside topic",
                            "name one topic or a pattern of several.");
                });
        List<String> named =
                sources.values().stream()
                        .map(Source::topic)
                        .filter(topic -> !topic.isBlank())
                        .toList();
        require(
                Set.copyOf(named).size() == named.size(),
                "sources",
                "names one topic for two sources",
                "give each source a topic of its own, or entries could not say where they come"
                        + " from.");
        List<String> others = Stream.concat(named.stream(), topics.names().stream()).toList();
        sources.forEach(
                (name, source) ->
                        others.forEach(
                                topic ->
                                        require(
                                                !topic.matches(source.topicPattern()),
                                                "sources." + name + ".topic-pattern",
                                                "matches the topic " + topic,
                                                "write a pattern of the source's own topics"
                                                        + " only.")));
        require(
                definitionWait.isZero()
                        || sources.values().stream().allMatch(s -> s.topicPattern().isBlank())
                        || sources.values().stream()
                                .allMatch(s -> s.format() == WireFormat.DEBEZIUM),
                "definition-wait",
                "is not 0s, and of the sources one has a topic-pattern and one DMS's format",
                "set it to 0s, or read the two with an ingest each, under another application-id:"
                        + " what waits needs a fixed number of partitions.");
        keys.keySet().forEach(table -> tableId("keys", table));
        Database.check(replay, "replay");
        actorColumns.forEach(column -> pattern("actor-columns", column));
        for (RedactionRule rule : redaction) {
            require(
                    rule.action() != Redaction.Action.HASH || redactionKey != null,
                    "redaction",
                    "hashes "
                            + rule.columns()
                            + " of "
                            + rule.tables()
                            + ", and daybook.ingest.redaction-key is not set",
                    "set it to a secret of 16 characters or more, from the environment or a secret"
                            + " store.");
        }
        require(
                redactionKey == null || redactionKey.value().length() >= 16,
                "redaction-key",
                "is shorter than 16 characters",
                "choose a longer secret: short ones can be guessed.");
        require(
                replicationFactor >= 1,
                "replication-factor",
                "is below 1",
                "set it to 1, or 3 on a cluster.");
        require(threads >= 1, "threads", "is below 1", "set at least one.");
        require(
                !definitionWait.isNegative(),
                "definition-wait",
                "is negative",
                "set 0s not to wait.");
        require(!chainWait.isNegative(), "chain-wait", "is negative", "set it to 60s, for one.");
        require(!linger.isNegative(), "linger", "is negative", "set 0ms not to wait.");
        require(
                commitInterval.toMillis() >= 1,
                "commit-interval",
                "is below a millisecond",
                "set it to 1s, for one.");
        require(
                maxRecordBytes.toBytes() >= 1024 && maxRecordBytes.toBytes() <= 512L * 1024 * 1024,
                "max-record-bytes",
                "is not between 1KB and 512MB",
                "set the size that the broker accepts.");
    }

    /** How often an entry may reach the topic {@code entries}. */
    public enum Guarantee {
        /** A crash may write entries again; the sink knows them by their identity. */
        AT_LEAST_ONCE,
        /** Kafka transactions; for those who read {@code entries} directly. */
        EXACTLY_ONCE
    }

    /**
     * A source of changes.
     *
     * @param topic the topic its changes come in; empty where a pattern names several
     * @param topicPattern a regular expression that the names of its topics match, or empty
     * @param format the format of its records
     * @param unavailableValue what Debezium writes for a value that the WAL did not carry ({@code
     *     unavailable.value.placeholder})
     * @param partitions with how many partitions that topic is created, should it not be there
     * @param beforeImageMembers the names under which a before-image may come
     * @param beforeImagePrefix the prefix of before-image columns within the data, or null
     * @param fullIdentity whether the tables have REPLICA IDENTITY FULL, so that a null in a delete
     *     by DMS is a value
     * @param contextTable the table whose inserts say who and why
     * @param controlSchema the schema of DMS's control tables (DMS: {@code ControlSchema})
     * @param followChain whether records that DMS names as sent before, or that Debezium counts in
     *     its transactions, and that do not come are gaps
     * @param catalog the source database, asked for the keys of tables that nothing else defines,
     *     or null
     */
    public record Source(
            @DefaultValue("") String topic,
            @DefaultValue("") String topicPattern,
            @DefaultValue("dms") WireFormat format,
            @DefaultValue(DebeziumFormat.UNAVAILABLE_VALUE) String unavailableValue,
            @DefaultValue("4") int partitions,
            @DefaultValue({RecordMember.Change.BEFORE_IMAGE, "beforeImage"})
                    Set<String> beforeImageMembers,
            @Nullable String beforeImagePrefix,
            @DefaultValue("false") boolean fullIdentity,
            @DefaultValue("daybook.transaction_context") String contextTable,
            @DefaultValue("") String controlSchema,
            @DefaultValue("false") boolean followChain,
            @Nullable Database catalog) {

        public Source {
            require(partitions >= 1, "sources.*.partitions", "is below 1", "set at least one.");
            require(
                    isRegularExpression(topicPattern),
                    "sources.*.topic-pattern",
                    "is \"" + topicPattern + "\", which is no regular expression",
                    "write one, such as shop\\.public\\..*");
            require(
                    !unavailableValue.isEmpty(),
                    "sources.*.unavailable-value",
                    "is empty",
                    "write the connector's unavailable.value.placeholder.");
            tableId("sources.*.context-table", contextTable);
            require(
                    !followChain || topicPattern.isBlank() || format == WireFormat.DEBEZIUM,
                    "sources.*.follow-chain",
                    "is set for a source in DMS's format of several topics",
                    "set it where there is one topic: only there is a chain whole.");
            Database.check(catalog, "sources.*.catalog");
        }
    }

    /**
     * A database that is asked, and never written to.
     *
     * @param url a {@code jdbc:postgresql:} URL
     * @param user a role that may connect; every role may read a source's catalog, {@code
     *     daybook_reader} the audit log
     * @param password its password, or null
     */
    public record Database(
            @DefaultValue("") String url,
            @DefaultValue("") String user,
            @Nullable Secret password) {

        private static void check(@Nullable Database database, String key) {
            require(
                    database == null || database.url.startsWith("jdbc:postgresql:"),
                    key + ".url",
                    "is not a PostgreSQL URL",
                    "write jdbc:postgresql://host:5432/database.");
        }
    }

    /**
     * A rule that keeps values out of the log.
     *
     * @param tables the tables, {@code schema.table}, in which {@code *} stands for any part of a
     *     name
     * @param columns the columns, likewise
     * @param action what becomes of the value
     * @param name what the rule is called where it masks a value; may be empty
     */
    public record RedactionRule(
            @DefaultValue("") String name,
            @DefaultValue("*") String tables,
            @DefaultValue List<String> columns,
            Redaction.@Nullable Action action) {

        public RedactionRule {
            require(
                    name.matches("[A-Za-z0-9 ._-]{0,64}"),
                    "redaction[].name",
                    "is \"" + name + "\"",
                    "use up to 64 letters, digits, blanks, dots, dashes and underscores.");
            pattern("redaction[].tables", tables);
            require(
                    !columns.isEmpty(),
                    "redaction[].columns",
                    "names no column",
                    "name columns, or * for all, for " + tables + ".");
            columns.forEach(column -> pattern("redaction[].columns", column));
            require(
                    action != null,
                    "redaction[].action",
                    "is not set",
                    "set drop, mask, hash or keep for " + columns + " of " + tables + ".");
        }
    }

    /** The topics written. */
    public record Topics(
            @DefaultValue Entries entries,
            @DefaultValue Transactions transactions,
            @DefaultValue Tables tables,
            @DefaultValue Rejected rejected) {

        private List<String> names() {
            return List.of(entries.name(), transactions.name(), tables.name(), rejected.name());
        }

        /** Entries and watermarks. */
        public record Entries(
                @DefaultValue(Topic.Names.ENTRIES) String name,
                @DefaultValue("4") int partitions,
                @DefaultValue("7d") Duration retention) {}

        /** Who and why. */
        public record Transactions(
                @DefaultValue(Topic.Names.TRANSACTIONS) String name,
                @DefaultValue("4") int partitions,
                @DefaultValue("7d") Duration retention) {}

        /** Table definitions, compacted. */
        public record Tables(@DefaultValue(Topic.Names.TABLES) String name) {}

        /** What could not be recorded. */
        public record Rejected(
                @DefaultValue(Topic.Names.REJECTED) String name,
                @DefaultValue("1") int partitions,
                @DefaultValue("30d") Duration retention) {}
    }

    private static boolean isRegularExpression(String text) {
        try {
            Pattern.compile(text);
            return true;
        } catch (PatternSyntaxException noExpression) {
            return false;
        }
    }

    private static void pattern(String key, String text) {
        require(!text.isBlank(), key, "holds an empty pattern", "write a name, or * for any.");
    }

    private static TableName tableId(String key, String text) {
        try {
            return TableName.parse(text);
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException(
                    "daybook.ingest." + key,
                    "names \"" + text + "\", which is not a table",
                    "write schema.table, and in a properties or YAML key put it in brackets:"
                            + " [schema.table].");
        }
    }

    private static void require(boolean holds, String key, String rule, String remedy) {
        if (!holds) {
            throw new InvalidSettingException("daybook.ingest." + key, rule, remedy);
        }
    }
}
