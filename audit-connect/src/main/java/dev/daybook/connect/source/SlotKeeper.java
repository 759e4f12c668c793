package dev.daybook.connect.source;

import dev.daybook.connect.source.SourceState.ServerSlot;
import dev.daybook.connect.source.SourceState.Slot;
import dev.daybook.connect.source.SourceState.SnapshotPoint;
import dev.daybook.contract.GapCause;
import dev.daybook.contract.Lsn;
import dev.daybook.contract.WireTime;
import dev.daybook.source.Finding;
import dev.daybook.source.SourceCheck;
import dev.daybook.source.SourceConnections;

import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Makes a capture's replication slot, and checks the one that is there. */
final class SlotKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(SlotKeeper.class);

    /** How often a slot is made again because tables changed meanwhile, which most never do. */
    private static final int SLOT_ATTEMPTS = 20;

    private final SourceConnections connections;
    private final WalSourceConfig config;
    private final Loads loads;

    SlotKeeper(SourceConnections connections, WalSourceConfig config, Loads loads) {
        this.connections = connections;
        this.config = config;
        this.loads = loads;
    }

    /**
     * Checks that the source is prepared.
     *
     * @throws ConnectException if it is not
     */
    static void requireUsable(Connection control) throws SQLException {
        for (Finding finding : SourceCheck.requirements(control)) {
            if (finding.severity() == Finding.Severity.ERROR) {
                throw new ConnectException(finding.message() + " " + finding.remedy());
            }
        }
    }

    /**
     * Where a capture goes on.
     *
     * @param database which database of which server it is
     * @param lsn the position
     * @param time the time handed on last before it, in microseconds since 1970
     * @param anew whether it does not follow what was captured before, for which a gap is noted
     */
    record Start(String database, long lsn, long time, boolean anew) {}

    /**
     * Makes the slot, unless it is there and is the one that was read before, and tells from where
     * on it is read. What was missed meanwhile is noted as a gap, and the tables are read anew.
     *
     * @param memory what is known of the source outside of it; null if nothing is
     * @throws ConnectException if the slot is lost, or is something else's, or the source is
     *     another database than before
     */
    Start prepare(
            SourceState state,
            Connection control,
            Connection replication,
            @Nullable CaptureOffset memory)
            throws SQLException {
        SourceGaps gaps = new SourceGaps(control, config.slotName());
        String database = databaseOf(control, replication);
        CaptureOffset replaced =
                memory != null
                                && !memory.database().isEmpty()
                                && !memory.database().equals(database)
                        ? memory
                        : null;
        if (replaced != null) {
            requireMeant(state, replaced, database);
        }
        requireReadable(state, control);
        gaps.end();
        if (replaced != null) {
            gaps.begin(
                    GapCause.SOURCE_REPLACED,
                    "The database behind "
                            + config.sourceName()
                            + " was replaced: changes since then are missing. The tables are read"
                            + " anew.",
                    replaced.time(),
                    replaced.lsn());
        }
        CaptureOffset remembered =
                replaced != null || memory != null && !memory.slot().equals(config.slotName())
                        ? null
                        : memory;
        Long madeAt = ensureSlot(state, replication, gaps, remembered, memory);
        Slot slot = state.slot();
        ServerSlot server = state.serverSlot();
        if (slot == null || server == null) {
            throw new ConnectException(
                    "The replication slot " + config.slotName() + " went while it was prepared.");
        }
        long from = goOn(slot, server, gaps, remembered);
        if (madeAt == null) {
            gaps.goneOn(from);
        } else {
            gaps.slotMade(from, madeAt);
        }
        long time =
                memory == null || memory.time() == WireTime.NO_TIME
                        ? slot.confirmedAt()
                        : Math.max(slot.confirmedAt(), memory.time());
        state.confirm(from, time, false);
        return new Start(database, from, time, gaps.haveBeenNoted());
    }

    /**
     * Returns where a slot that is there goes on. The source wrote down what was confirmed before
     * the server heard of it. So a slot that is beyond that was moved by somebody else; and a
     * source that does not know of what was confirmed was put back to an earlier moment.
     */
    private long goOn(Slot slot, ServerSlot server, SourceGaps gaps, @Nullable CaptureOffset memory)
            throws SQLException {
        long confirmed = slot.confirmedLsn();
        if (confirmed == Lsn.NONE) {
            return server.confirmedLsn();
        }
        if (memory != null && memory.lsn() > confirmed) {
            gaps.note(
                    GapCause.SOURCE_RESTORED,
                    "The source "
                            + config.sourceName()
                            + " was put back to an earlier moment: changes up to position "
                            + Lsn.wide(memory.lsn())
                            + " were captured, and it knows of those up to "
                            + Lsn.wide(confirmed)
                            + ". What was captured in between is undone there. The tables are read"
                            + " anew.",
                    slot.confirmedAt(),
                    confirmed,
                    memory.lsn());
        } else if (server.confirmedLsn() > confirmed) {
            gaps.note(
                    GapCause.SLOT_MOVED,
                    "The replication slot "
                            + config.slotName()
                            + " was moved on to "
                            + Lsn.wide(server.confirmedLsn())
                            + " by something else than its capture, which had confirmed "
                            + Lsn.wide(confirmed)
                            + ": changes in between are missing. The tables are read anew.",
                    slot.confirmedAt(),
                    confirmed,
                    server.confirmedLsn());
        } else {
            return confirmed;
        }
        return Math.max(confirmed, server.confirmedLsn());
    }

    private void requireMeant(SourceState state, CaptureOffset memory, String database)
            throws SQLException {
        if (!memory.database().equals(state.replaces())) {
            throw new ConnectException(
                    "The database behind "
                            + config.sourceName()
                            + " is another one than before: it is "
                            + database
                            + " (system identifier of the server/oid of the database), and "
                            + memory.database()
                            + " was captured. Its rows would be taken for the other's. Choose"
                            + " another source.name; or, if it is meant to take the other's place,"
                            + " run SELECT daybook.replaces('"
                            + memory.database()
                            + "') on it.");
        }
    }

    private static String databaseOf(Connection control, Connection replication)
            throws SQLException {
        try (Statement server = replication.createStatement();
                Statement statement = control.createStatement();
                ResultSet system = server.executeQuery("IDENTIFY_SYSTEM");
                ResultSet database =
                        statement.executeQuery(
                                "SELECT oid::int8 FROM pg_database WHERE datname ="
                                        + " current_database()")) {
            system.next();
            database.next();
            return system.getString("systemid") + "/" + database.getLong(1);
        }
    }

    /**
     * Refuses a slot that is lost, or is something else's.
     *
     * @throws ConnectException if it is
     */
    private void requireReadable(SourceState state, Connection control) throws SQLException {
        String name = config.slotName();
        Slot known = state.slot();
        ServerSlot there = state.serverSlot();
        boolean read = known != null && known.made();
        if (there == null) {
            if (read) {
                throw new ConnectException(
                        "The replication slot "
                                + name
                                + " of "
                                + config.sourceName()
                                + " is gone, though it was read before: what was committed since is"
                                + " missing in the audit log. To accept the gap and load the tables"
                                + " anew, run SELECT daybook.forget_slot('"
                                + name
                                + "') on the source and start again.");
            }
            return;
        }
        if (!there.logical() || !there.plugin().equals("pgoutput")) {
            throw new ConnectException(
                    "The replication slot "
                            + name
                            + " belongs to something else (plugin "
                            + there.plugin()
                            + "). Choose another slot.name.");
        }
        if (!there.database().equals(control.getCatalog())) {
            throw new ConnectException(
                    "The replication slot "
                            + name
                            + " belongs to the database "
                            + there.database()
                            + " and not to "
                            + control.getCatalog()
                            + ". Choose another source.name or slot.name.");
        }
        if ((known == null || read) && there.walStatus().equals("lost")) {
            throw new ConnectException(
                    "The source removed WAL that the slot "
                            + name
                            + " still needed (wal_status lost): changes are missing in the"
                            + " audit log. Raise max_slot_wal_keep_size; to accept the gap and"
                            + " load the tables anew, run SELECT daybook.forget_slot('"
                            + name
                            + "') on the source and start again.");
        }
    }

    /**
     * Makes the slot where there is none, or none that was made to its end.
     *
     * @return the source's clock when it was made, before any table is read again, in microseconds
     *     since 1970; null if it was there
     */
    private @Nullable Long ensureSlot(
            SourceState state,
            Connection replication,
            SourceGaps gaps,
            @Nullable CaptureOffset memory,
            @Nullable CaptureOffset earlier)
            throws SQLException {
        Slot known = state.slot();
        ServerSlot there = state.serverSlot();
        boolean unfinished = known != null && !known.made();
        // Something was captured under this name, and changes since then are missing.
        boolean again = earlier != null && earlier.lsn() != Lsn.NONE || gaps.endAtSlot();
        if (there != null) {
            if (unfinished) {
                dropSlot(replication);
                return createSlot(state, replication, again);
            }
            if (known == null) {
                // Made by hand: what its stream begins with is not known.
                SnapshotPoint now = state.now();
                state.rememberSlot(now, false);
                state.confirm(there.confirmedLsn(), now.micros(), false);
                if (!config.snapshot()) {
                    state.servedAll();
                }
            }
            return null;
        }
        if (known == null && memory != null && memory.lsn() != Lsn.NONE) {
            gaps.begin(
                    GapCause.SLOT_LOST,
                    "The source "
                            + config.sourceName()
                            + " knows nothing of its capture any more: changes since then are"
                            + " missing. The tables are read anew.",
                    memory.time(),
                    memory.lsn());
        }
        return createSlot(state, replication, again);
    }

    /**
     * Gives up a slot that cannot be read on, which notes the gap; it is made again. Before version
     * 18 PostgreSQL fails at each change that was made while a publication was missing.
     */
    void giveUp(SourceState state, Connection control, Connection replication) throws SQLException {
        Slot known = state.slot();
        if (known == null || state.serverSlot() == null) {
            return;
        }
        new SourceGaps(control, config.slotName())
                .begin(
                        GapCause.SLOT_LOST,
                        "A publication of "
                                + config.sourceName()
                                + " was missing, and PostgreSQL cannot read on over that: the"
                                + " replication slot is made again, and changes since then are"
                                + " missing. The tables are read anew.",
                        known.confirmedAt(),
                        known.confirmedLsn());
        dropSlot(replication);
        state.forgetSlot();
    }

    /**
     * Makes the slot and hands the tables that it begins with over to be read.
     *
     * @param again whether it takes the place of one that was read
     * @return the source's clock when it was made, before any table is read again; in microseconds
     *     since 1970
     */
    private long createSlot(SourceState state, Connection replication, boolean again)
            throws SQLException {
        LOG.info(
                "Making the replication slot {}; this waits for the transactions that are running"
                        + " at {}.",
                config.slotName(),
                config.sourceName());
        state.announceSlot();
        SnapshotPoint before = state.now();
        MadeSlot slot = makeSlot(replication);
        // PostgreSQL makes a slot in steps. A transaction that changes a table in an early one and
        // commits in a later one is not remembered where streaming starts (as of PostgreSQL 18):
        // what others then do to that table is decoded by its old description, or fails each time.
        for (int attempt = 1; state.tablesChangedSince(before); attempt++) {
            if (attempt == SLOT_ATTEMPTS) {
                LOG.warn(
                        "Tables changed each of the {} times that the replication slot {} was made."
                                + " Changes to those tables may not be readable from it; then give"
                                + " it up with SELECT daybook.forget_slot('{}') on the source and"
                                + " start again while no DDL runs.",
                        attempt,
                        config.slotName(),
                        config.slotName());
                break;
            }
            LOG.info(
                    "Tables changed while the replication slot {} was made; making it again.",
                    config.slotName());
            dropSlot(replication);
            before = state.now();
            slot = makeSlot(replication);
        }
        Connection snapshot = connections.open();
        try {
            snapshot.setAutoCommit(false);
            try (Statement statement = snapshot.createStatement()) {
                statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
                statement.execute("SET TRANSACTION SNAPSHOT '" + slot.snapshot() + "'");
            }
            SnapshotPoint now = SourceState.now(snapshot);
            SnapshotPoint made =
                    new SnapshotPoint(
                            before.clock(), before.micros(), now.snapshot(), slot.start());
            if (again) {
                state.rememberSlotAgain(made);
                snapshot.close();
            } else {
                state.rememberSlot(made, true);
                if (config.snapshot()) {
                    loads.slotMade(snapshot, made, state.loads());
                } else {
                    state.servedAll();
                    snapshot.close();
                }
            }
            return now.micros();
        } catch (SQLException | RuntimeException e) {
            snapshot.close();
            throw e;
        }
    }

    /**
     * A slot just made.
     *
     * @param start the position from which on it decodes
     * @param snapshot the name of what was committed before, for as long as the connection that
     *     made the slot does nothing else
     */
    private record MadeSlot(long start, String snapshot) {}

    private MadeSlot makeSlot(Connection replication) throws SQLException {
        try (Statement statement = replication.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "CREATE_REPLICATION_SLOT \""
                                        + config.slotName()
                                        + "\" LOGICAL pgoutput EXPORT_SNAPSHOT")) {
            row.next();
            return new MadeSlot(
                    Lsn.parse(row.getString("consistent_point")), row.getString("snapshot_name"));
        }
    }

    private void dropSlot(Connection replication) throws SQLException {
        try (Statement statement = replication.createStatement()) {
            statement.execute("DROP_REPLICATION_SLOT \"" + config.slotName() + "\" WAIT");
        }
    }
}
