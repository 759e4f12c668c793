package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.evidence.EntryRow;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.LeafHasher;
import dev.daybook.evidence.LogLeaf;
import dev.daybook.evidence.NoteKey;
import dev.daybook.evidence.NoteSigner;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.Salts;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;
import dev.daybook.evidence.Slice;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A verification needs no more memory for a longer log. Each entry here is a segment of its own, as
 * where little happens; {@code daybook.verify.entries} says how many there are.
 */
class VerificationMemoryTest {

    private static final int ENTRIES = Integer.getInteger("daybook.verify.entries", 60_000);
    private static final String HEAP = System.getProperty("daybook.verify.heap", "40m");
    private static final long COMMITTED_AT = LogTime.micros(Instant.parse("2026-11-22T09:30:00Z"));

    @TempDir private Path directory;

    @Test
    void verifiesALongLogInASmallHeap() throws Exception {
        NoteSigner signer = NoteSigner.generate("daybook.test");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start()) {
            try (Connection database = postgres.getPostgresDatabase().getConnection()) {
                migrate(database);
                fill(database, new EvidenceLog(new DirectoryStore(directory), signer), signer);
            }
            Process child =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-Xmx" + HEAP,
                                    "-XX:+UseSerialGC",
                                    "-Ddaybook.verify.memory.bytes=2000000",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    Verify.class.getName(),
                                    directory.toString(),
                                    signer.key().toString(),
                                    postgres.getJdbcUrl("postgres", "postgres"))
                            .redirectErrorStream(true)
                            .start();
            String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            System.out.println(said.strip());

            assertThat(child.waitFor()).as(said).isZero();
            assertThat(said).contains(ENTRIES + " rows: INTACT");
        }
    }

    /** Verifies in a process of its own. */
    static final class Verify {

        private Verify() {}

        public static void main(String[] arguments) throws Exception {
            long began = System.nanoTime();
            Properties user = new Properties();
            Report report =
                    new Verification(
                                    new DirectoryStore(Path.of(arguments[0])),
                                    NoteKey.parse(arguments[1]),
                                    List.of(),
                                    Duration.ofSeconds(1))
                            .run(arguments[2], user, rows -> {});
            long peak = 0;
            for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
                if (pool.getType() == MemoryType.HEAP) {
                    peak += pool.getPeakUsage().getUsed();
                }
            }
            report.findings().stream().limit(5).forEach(of -> System.out.println(of.inWords()));
            report.unsure().forEach(System.out::println);
            System.out.printf(
                    "%d rows: %s, in %.1f s, with %d MiB of heap at most%n",
                    report.verified(),
                    report.outcome(),
                    (System.nanoTime() - began) / 1e9,
                    peak >> 20);
        }
    }

    private static void migrate(Connection database) throws IOException, SQLException {
        List<Path> migrations;
        try (Stream<Path> files = Files.list(Path.of("../db/migrations"))) {
            migrations =
                    files.filter(file -> file.toString().endsWith(".sql"))
                            .sorted(
                                    Comparator.comparingInt(
                                            file ->
                                                    Integer.parseInt(
                                                            file.getFileName()
                                                                    .toString()
                                                                    .replaceAll(
                                                                            "^V(\\d+)__.*", "$1"))))
                            .toList();
        }
        database.setAutoCommit(false);
        try (Statement statement = database.createStatement()) {
            for (Path migration : migrations) {
                statement.execute(Files.readString(migration));
                database.commit();
            }
        }
    }

    private static void fill(Connection database, EvidenceLog log, NoteSigner signer)
            throws IOException, SQLException {
        log.append(
                List.of(
                        new EvidenceLog.Addition(
                                new LogLeaf(
                                        COMMITTED_AT,
                                        new LogLeaf.Beginning(signer.key().toString(), List.of())),
                                List.of())),
                0,
                Map.of(),
                List.of());
        try (Statement statement = database.createStatement()) {
            statement.execute("SELECT audit.ensure_partition('2026-11-22')");
            statement.execute(
                    "INSERT INTO audit.stream (number, sink, topic, partition, generation, first_offset)"
                            + " OVERRIDING SYSTEM VALUE VALUES (1, 'audit-log', 'entries', 0, 0, 0)");
            statement.execute(
                    "INSERT INTO audit.sink_offset (sink, topic, partition, next_offset) VALUES"
                            + " ('audit-log', 'entries', 0, "
                            + ENTRIES
                            + ")");
        }
        LeafHasher hasher = new LeafHasher();
        StringBuilder rows = new StringBuilder();
        StringBuilder segments = new StringBuilder();
        List<EvidenceLog.Addition> additions = new ArrayList<>();
        List<byte[]> headers = new ArrayList<>();
        List<SegmentRecord> records = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            byte[] seed = ByteBuffer.allocate(16).putLong(i).putLong(7).array();
            String id = new UUID(i, 1).toString();
            Hash hash =
                    hasher.entry(
                            new EntryRow(
                                    Place.of(1, i),
                                    UUID.fromString(id),
                                    "shop",
                                    "public.t",
                                    "insert",
                                    COMMITTED_AT + i,
                                    null,
                                    null,
                                    null,
                                    i,
                                    null,
                                    String.valueOf(i),
                                    null,
                                    null,
                                    null,
                                    new Slice(
                                            ("{\"id\":" + i + "}")
                                                    .getBytes(StandardCharsets.UTF_8))),
                            Salts.ofSeed(seed),
                            Set.of());
            rows.append(id)
                    .append('\t')
                    .append(LogTime.instant(COMMITTED_AT + i))
                    .append("\tshop\tpublic.t\t")
                    .append(i)
                    .append("\tinsert\t")
                    .append(i)
                    .append("\t{\"id\":")
                    .append(i)
                    .append("}\t")
                    .append(Place.of(1, i))
                    .append("\t\\\\x")
                    .append(HexFormat.of().formatHex(seed))
                    .append('\n');
            SegmentRecord record = record(i, hash);
            headers.add(record.header());
            records.add(record);
            segments.append("1\t0\t")
                    .append(i)
                    .append('\t')
                    .append(i + 1)
                    .append("\t\\\\x")
                    .append(HexFormat.of().formatHex(record.header()))
                    .append('\n');
            boolean last = i == ENTRIES - 1;
            if (headers.size() == 200 || last) {
                additions.add(
                        new EvidenceLog.Addition(
                                new LogLeaf(
                                        COMMITTED_AT + i,
                                        new LogLeaf.Segments(List.copyOf(headers))),
                                List.copyOf(records)));
                headers.clear();
                records.clear();
            }
            if (additions.size() == 50 || last) {
                log.append(additions, i, Map.of(1L, i + 1L), List.of());
                additions.clear();
            }
            if (rows.length() > 4_000_000 || last) {
                copy(
                        database,
                        "audit.entry (id, committed_at, source, table_name, entity_key, operation, sequence,"
                                + " after, place, seed)",
                        rows);
                copy(
                        database,
                        "audit.segment (stream, part, first_offset, next_offset, content)",
                        segments);
                database.commit();
            }
        }
    }

    private static SegmentRecord record(int offset, Hash hash) {
        List<SegmentRecord.Leaf> leaves = List.of(new SegmentRecord.Leaf(offset, hash));
        Segment segment =
                new Segment(
                        1,
                        "audit-log",
                        "entries",
                        0,
                        0,
                        offset,
                        offset + 1,
                        0,
                        1,
                        682,
                        1,
                        SegmentRecord.root(leaves),
                        COMMITTED_AT + offset,
                        new Segment.Account(
                                List.of(new Segment.SourceCount("shop", 1)),
                                0,
                                Hash.ofOffsets(List.of()),
                                0,
                                0,
                                List.of(),
                                0,
                                List.of(),
                                List.of(),
                                List.of(),
                                null));
        return new SegmentRecord(segment.toBytes(), leaves);
    }

    private static void copy(Connection database, String into, StringBuilder rows)
            throws SQLException {
        CopyIn copy =
                database.unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn("COPY " + into + " FROM STDIN");
        byte[] bytes = rows.toString().getBytes(StandardCharsets.UTF_8);
        copy.writeToCopy(bytes, 0, bytes.length);
        copy.endCopy();
        rows.setLength(0);
    }
}
