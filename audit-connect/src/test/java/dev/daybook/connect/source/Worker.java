package dev.daybook.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.JmxName;
import dev.daybook.source.SourceDatabase;
import dev.daybook.source.SourcePreparation;

import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

import javax.management.JMException;

/** Drives a source task as a Connect worker would, and keeps what it wrote. */
final class Worker implements AutoCloseable {

    final List<Change> written = new ArrayList<>();
    private final WalSourceTask task = new WalSourceTask(Clock.systemUTC());
    private boolean acknowledging = true;

    /** What Connect would keep: the offset of the last record. */
    private Map<String, ?> offset;

    Worker(Map<String, String> settings) {
        this(settings, Map.of());
    }

    private Worker(Map<String, String> settings, Map<String, ?> offset) {
        this.offset = offset;
        task.initialize(new Context(settings, offset));
        task.start(settings);
    }

    /** Returns a worker that goes on from what Connect has kept of another. */
    static Worker after(Worker other, SourceDatabase database) {
        return new Worker(settings(database), other.offset);
    }

    /** Returns the settings of a connector to a prepared database. */
    static Map<String, String> settings(SourceDatabase database) {
        Map<String, String> settings = new HashMap<>();
        settings.put("database.url", database.url);
        settings.put("database.user", SourcePreparation.ROLE);
        settings.put("database.password", SourceDatabase.PASSWORD);
        settings.put("source.name", database.name);
        settings.put("heartbeat.interval.ms", "100");
        settings.put("tables.refresh.interval.ms", "200");
        settings.put("status.interval.ms", "50");
        settings.put("reconnect.backoff.ms", "50");
        settings.put("reconnect.backoff.max.ms", "200");
        return settings;
    }

    static Worker of(SourceDatabase database) {
        return new Worker(settings(database));
    }

    static Worker of(SourceDatabase database, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(settings(database));
        settings.putAll(more);
        return new Worker(settings);
    }

    /** From now on, Kafka answers nothing. */
    Worker withoutAcknowledgement() {
        acknowledging = false;
        return this;
    }

    /** One poll; acknowledged at once, unless told otherwise. */
    List<SourceRecord> poll() {
        try {
            List<SourceRecord> records = task.poll();
            if (records == null) {
                return List.of();
            }
            for (SourceRecord record : records) {
                written.add(Change.of(record));
                offset = record.sourceOffset();
                if (acknowledging) {
                    task.commitRecord(record, null);
                }
            }
            return records;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Polls until something that was written fits, and returns it. */
    Change until(Predicate<Change> fits) {
        return until(fits, Duration.ofSeconds(20));
    }

    Change until(Predicate<Change> fits, Duration patience) {
        int seen = 0;
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            for (; seen < written.size(); seen++) {
                if (fits.test(written.get(seen))) {
                    return written.get(seen);
                }
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError(
                        "It did not come within " + patience + "; what came:\n" + tail());
            }
            poll();
        }
    }

    /** Polls until a heartbeat covers everything committed before now. */
    void caughtUp(SourceDatabase database) throws java.sql.SQLException {
        String now =
                database.query(
                                "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
                                        + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
                        .get(0);
        until(c -> c.operation().equals("heartbeat") && c.completeUntil().compareTo(now) >= 0);
    }

    /** Data records of a table. */
    List<Change> of(String table) {
        return written.stream().filter(c -> c.isData() && c.table().equals(table)).toList();
    }

    /** What the data records of a table say happened. */
    List<String> operations(String table) {
        return of(table).stream().map(Change::operation).toList();
    }

    /** What was written to have become of tables. */
    List<String> tableChanges() {
        return written.stream().map(Change::tableChange).filter(c -> !c.isEmpty()).toList();
    }

    /** The control objects of what became of a table. */
    List<Map<String, Object>> controls(String table) {
        return written.stream()
                .filter(c -> c.tableChange().endsWith("." + table))
                .map(Change::control)
                .toList();
    }

    private String tail() {
        StringBuilder text = new StringBuilder();
        for (Change change : written.subList(Math.max(0, written.size() - 30), written.size())) {
            text.append(change.json()).append('\n');
        }
        return text.toString();
    }

    @Override
    public void close() {
        task.stop();
    }

    /** A record as a consumer sees it. */
    record Change(
            String topic,
            Integer partition,
            String key,
            String json,
            Map<String, Object> body,
            Map<String, String> headers) {

        static Change of(SourceRecord record) {
            String json = new String((byte[]) record.value(), StandardCharsets.UTF_8);
            Map<String, String> headers = new LinkedHashMap<>();
            record.headers().forEach(h -> headers.put(h.key(), (String) h.value()));
            return new Change(
                    record.topic(),
                    record.kafkaPartition(),
                    (String) record.key(),
                    json,
                    TestJson.object(json),
                    headers);
        }

        Map<String, Object> member(String name) {
            return TestJson.asObject(body.get(name));
        }

        String metadata(String name) {
            Object value = body.containsKey("metadata") ? member("metadata").get(name) : null;
            return value == null ? "" : value.toString();
        }

        boolean isData() {
            return metadata("record-type").equals("data");
        }

        String operation() {
            return metadata("operation");
        }

        String table() {
            return metadata("table-name");
        }

        Map<String, Object> data() {
            return member("data");
        }

        Map<String, Object> before() {
            return member("before-image");
        }

        String completeUntil() {
            return String.valueOf(member("control").get("complete-until"));
        }

        /** What became of which table, if the record says so. */
        String tableChange() {
            return table().equals("table_change")
                    ? data().get("operation")
                            + " "
                            + data().get("schema_name")
                            + "."
                            + data().get("table_name")
                    : "";
        }

        /** The control object of such a record. */
        Map<String, Object> control() {
            return TestJson.object(String.valueOf(data().get("control")));
        }

        /** What a consumer keeps that knows a change by its identity. */
        static List<Change> distinct(List<Change> changes) {
            Map<String, Change> byIdentity = new LinkedHashMap<>();
            for (Change change : changes) {
                Change known = byIdentity.putIfAbsent(change.identity(), change);
                if (known != null) {
                    assertThat(change.data())
                            .as("what has one identity is one record")
                            .isEqualTo(known.data());
                }
            }
            return new ArrayList<>(byIdentity.values());
        }

        /** The rows as the changes leave them, in the order of commit times and record numbers. */
        static Map<String, String> stateOf(List<Change> changes, String key) {
            List<Change> ordered = new ArrayList<>(changes);
            ordered.removeIf(c -> !c.headers().get("daybook.key").equals("[\"" + key + "\"]"));
            ordered.sort(
                    (a, b) -> {
                        int byTime =
                                a.metadata("commit-timestamp")
                                        .compareTo(b.metadata("commit-timestamp"));
                        return byTime != 0 ? byTime : Long.compare(number(a), number(b));
                    });
            Map<String, String> state = new TreeMap<>();
            for (Change change : ordered) {
                state.put(change.data().get(key).toString(), change.data().toString());
            }
            return state;
        }

        private static long number(Change change) {
            String number = change.metadata("transaction-record-id");
            return number.isEmpty() ? 0 : Long.parseLong(number);
        }

        /** What identifies the change downstream. */
        String identity() {
            return key
                    + "|"
                    + operation()
                    + "|"
                    + metadata("stream-position")
                    + "|"
                    + metadata("commit-timestamp")
                    + "|"
                    + metadata("transaction-id")
                    + "|"
                    + metadata("transaction-record-id");
        }
    }

    /** What the capture says keeps it from going on; empty if nothing does. */
    static String problem(SourceDatabase database) {
        try {
            return (String)
                    ManagementFactory.getPlatformMBeanServer()
                            .getAttribute(JmxName.ofSource(database.name), "Problem");
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Polls until the capture says what keeps it. */
    String untilProblem(SourceDatabase database) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (problem(database).isEmpty()) {
            assertThat(System.nanoTime()).as("a problem is said in time").isLessThan(deadline);
            poll();
        }
        return problem(database);
    }

    private record Context(Map<String, String> configs, Map<String, ?> offset)
            implements SourceTaskContext {
        @Override
        public OffsetStorageReader offsetStorageReader() {
            return new OffsetStorageReader() {
                @Override
                public <T> Map<String, Object> offset(Map<String, T> partition) {
                    return Map.copyOf(offset);
                }

                @Override
                public <T> Map<Map<String, T>, Map<String, Object>> offsets(
                        Collection<Map<String, T>> partitions) {
                    return Map.of();
                }
            };
        }
    }
}
