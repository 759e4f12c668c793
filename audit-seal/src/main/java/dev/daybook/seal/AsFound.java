package dev.daybook.seal;

import dev.daybook.evidence.FoundKeys;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.PersonalColumns;
import dev.daybook.evidence.Place;
import dev.daybook.evidence.Segment;
import dev.daybook.evidence.SegmentRecord;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Reads the rows that were stored before anything was sealed, in a thread of its own, and makes
 * segments of them: table by table and month by month, in the order of their times. How far it is
 * stands in the log's head, so that the next one goes on there.
 */
final class AsFound implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AsFound.class);

    /** What the line in the head begins with. */
    static final String WORD = "found";

    /** The sink of such segments. */
    private static final String SINK = "as-found";

    private static final String DONE = WORD + " done";

    /** The table of rejected records, which are of no month. */
    private static final int REJECTED = 2;

    private static final long NO_MONTH = -1;

    /**
     * A segment that is made.
     *
     * @param keys what is kept beside it; null with the mark that a table has ended
     * @param record null too
     * @param line what the head says once it is sealed
     */
    record Made(@Nullable FoundKeys keys, @Nullable SegmentRecord record, String line) {}

    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final String databaseUrl;
    private final Properties user;
    private final Clock clock;
    private final BlockingQueue<Made> made = new ArrayBlockingQueue<>(4);
    private final Thread thread;
    private final SecureRandom random = new SecureRandom();
    private String line;

    // Where to read on: the table, the offset of the next row, the time of the last, and how many
    // rows of that time there were.
    private int table;
    private long next;
    private @Nullable Long since;
    private long ties;

    /**
     * @param lines the head's lines
     */
    AsFound(SealerSettings settings, Clock clock, List<String> lines) {
        this.databaseUrl = settings.databaseUrl();
        this.user = settings.database();
        this.clock = clock;
        this.line =
                lines.stream()
                        .filter(of -> of.startsWith(WORD + " "))
                        .findFirst()
                        .orElse(WORD + " 0 0 - 0");
        this.thread = new Thread(this::run, "daybook-as-found");
        thread.setDaemon(true);
        if (!line.equals(DONE)) {
            String[] words = line.split(" ");
            table = Integer.parseInt(words[1]);
            next = Long.parseLong(words[2]);
            since = words[3].equals("-") ? null : (Long) Long.parseLong(words[3]);
            ties = Long.parseLong(words[4]);
            thread.start();
        }
    }

    /** Returns the line of the head that says how far this is. */
    String line() {
        return line;
    }

    /** Takes a segment that is to be sealed now; null if none is ready. */
    @Nullable Made poll() {
        Made ready = made.poll();
        if (ready != null) {
            line = ready.line;
        }
        return ready;
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try (Connection database = DriverManager.getConnection(databaseUrl, user)) {
                database.setAutoCommit(false);
                database.setReadOnly(true);
                AuditTables.useOwnNamesOnly(database);
                while (table < AuditTables.SEALED.size()) {
                    readTable(database);
                    table++;
                    next = 0;
                    since = null;
                    ties = 0;
                    made.put(
                            new Made(
                                    null,
                                    null,
                                    table == AuditTables.SEALED.size() ? DONE : position()));
                }
                return;
            } catch (InterruptedException e) {
                return;
            } catch (SQLException | RuntimeException e) {
                LOG.warn(
                        "What was stored before sealing could not be read; retrying in {} s: {}",
                        PAUSE.toSeconds(),
                        e.getMessage());
                LOG.debug("What was stored before sealing could not be read", e);
                try {
                    Thread.sleep(PAUSE);
                } catch (InterruptedException stopped) {
                    return;
                }
            }
        }
    }

    private String position() {
        return String.join(
                " ",
                WORD,
                Integer.toString(table),
                Long.toString(next),
                since == null ? "-" : since.toString(),
                Long.toString(ties));
    }

    private void readTable(Connection database) throws SQLException, InterruptedException {
        long skipped = ties;
        try (StoredRows rows = StoredRows.withoutPlace(database, table, since)) {
            for (StoredRows.Unplaced row = rows.next(); row != null; row = rows.next()) {
                if (skipped > 0 && since != null && row.at() == since) {
                    rows.skip();
                    skipped--;
                } else {
                    skipped = 0;
                    makeSegment(rows, row);
                }
            }
        }
    }

    /** Makes a segment of the rows that follow, all of one month. */
    private void makeSegment(StoredRows rows, StoredRows.Unplaced first)
            throws SQLException, InterruptedException {
        byte[] key = new byte[FoundKeys.KEY_LENGTH];
        random.nextBytes(key);
        FoundKeys seeds = new FoundKeys(new byte[0], key, List.of());
        PersonalColumns personal = new PersonalColumns(List.of());
        List<SegmentRecord.Leaf> leaves = new ArrayList<>();
        List<Long> names = new ArrayList<>();
        Map<String, Long> sources = new TreeMap<>();
        long month = month(first.at());
        long last = first.at();
        long offset = next;
        long atLast = since != null && since == first.at() ? ties : 0;
        for (StoredRows.Unplaced row = first;
                row != null && leaves.size() < Segment.MOST_LEAVES && month(row.at()) == month;
                row = rows.next()) {
            StoredRows.Stored stored =
                    rows.takeAt(
                            Place.of(FoundKeys.stream(table), offset),
                            seeds.seed(offset),
                            personal);
            leaves.add(new SegmentRecord.Leaf(offset, stored.hash()));
            names.add(FoundKeys.row(key, row.at(), row.name()));
            sources.merge(stored.source(), 1L, Long::sum);
            atLast = row.at() == last ? atLast + 1 : 1;
            last = row.at();
            offset++;
        }
        Segment segment =
                new Segment(
                        FoundKeys.stream(table),
                        SINK,
                        AuditTables.SEALED.get(table),
                        0,
                        0,
                        next,
                        offset,
                        0,
                        1,
                        month,
                        leaves.size(),
                        SegmentRecord.root(leaves),
                        LogTime.micros(clock.instant()),
                        new Segment.Account(
                                sources.entrySet().stream()
                                        .map(
                                                of ->
                                                        new Segment.SourceCount(
                                                                of.getKey(), of.getValue()))
                                        .toList(),
                                0,
                                Hash.ofOffsets(List.of()),
                                table == REJECTED ? leaves.size() : 0,
                                0,
                                List.of(),
                                0,
                                List.of(),
                                List.of(),
                                List.of(),
                                new Segment.Found(first.at(), last)));
        byte[] header = segment.toBytes();
        next = offset;
        since = last;
        ties = atLast;
        made.put(
                new Made(
                        new FoundKeys(header, key, List.copyOf(names)),
                        new SegmentRecord(header, leaves),
                        position()));
    }

    private long month(long micros) {
        if (table == REJECTED) {
            return NO_MONTH;
        }
        OffsetDateTime time = LogTime.instant(micros).atOffset(ZoneOffset.UTC);
        return (time.getYear() - 1970L) * 12 + time.getMonthValue() - 1;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
