package dev.daybook.ingest;

import dev.daybook.contract.TableName;
import dev.daybook.domain.Redaction;
import dev.daybook.service.InvalidSettingException;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
        @DefaultValue("60s") Duration brokerWait) {

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
                            !source.topic().isBlank(),
                            "sources." + name + ".topic",
                            "is empty",
                            "name the topic, such as changes." + name + ".");
                });
        require(
                sources.values().stream().map(Source::topic).distinct().count() == sources.size(),
                "sources",
                "names one topic for two sources",
                "give each source a topic of its own, or entries could not say where they come"
                        + " from.");
        keys.keySet().forEach(table -> tableId("keys", table));
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
     * @param topic the topic its changes come in
     * @param partitions with how many partitions that topic is created, should it not be there
     * @param beforeImageMembers the names under which a before-image may come
     * @param beforeImagePrefix the prefix of before-image columns within the data, or null
     * @param fullIdentity whether the tables have REPLICA IDENTITY FULL, so that a null in a delete
     *     by DMS is a value
     * @param contextTable the table whose inserts say who and why
     * @param controlSchema the schema of DMS's control tables (DMS: {@code ControlSchema})
     * @param catalog the source database, asked for the keys of tables that nothing else defines,
     *     or null
     */
    public record Source(
            @DefaultValue("") String topic,
            @DefaultValue("4") int partitions,
            @DefaultValue({"before-image", "beforeImage"}) Set<String> beforeImageMembers,
            @Nullable String beforeImagePrefix,
            @DefaultValue("false") boolean fullIdentity,
            @DefaultValue("daybook.transaction_context") String contextTable,
            @DefaultValue("") String controlSchema,
            @Nullable Catalog catalog) {

        public Source {
            require(partitions >= 1, "sources.*.partitions", "is below 1", "set at least one.");
            tableId("sources.*.context-table", contextTable);
        }
    }

    /**
     * A source database as a catalog of its tables.
     *
     * @param url a {@code jdbc:postgresql:} URL
     * @param user a role that may connect; every role may read the catalog
     * @param password its password, or null
     */
    public record Catalog(
            @DefaultValue("") String url,
            @DefaultValue("") String user,
            @Nullable Secret password) {

        public Catalog {
            require(
                    url.startsWith("jdbc:postgresql:"),
                    "sources.*.catalog.url",
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
     */
    public record RedactionRule(
            @DefaultValue("*") String tables,
            @DefaultValue List<String> columns,
            Redaction.@Nullable Action action) {

        public RedactionRule {
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

        /** Entries and watermarks. */
        public record Entries(
                @DefaultValue("entries") String name,
                @DefaultValue("4") int partitions,
                @DefaultValue("7d") Duration retention) {}

        /** Who and why. */
        public record Transactions(
                @DefaultValue("transactions") String name,
                @DefaultValue("4") int partitions,
                @DefaultValue("7d") Duration retention) {}

        /** Table definitions, compacted. */
        public record Tables(@DefaultValue("tables") String name) {}

        /** What could not be recorded. */
        public record Rejected(
                @DefaultValue("rejected") String name,
                @DefaultValue("1") int partitions,
                @DefaultValue("30d") Duration retention) {}
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
