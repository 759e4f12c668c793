package dev.daybook.connect.source;

import dev.daybook.connect.source.SourceState.ServerSlot;
import dev.daybook.connect.source.SourceState.Slot;
import dev.daybook.connect.source.SourceState.SnapshotPoint;
import dev.daybook.contract.Lsn;
import dev.daybook.source.Finding;
import dev.daybook.source.SourceConnections;
import dev.daybook.source.SourcePreparation;

import org.apache.kafka.connect.errors.ConnectException;
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
        for (Finding finding : SourcePreparation.requirements(control)) {
            if (finding.severity() == Finding.Severity.ERROR) {
                throw new ConnectException(finding.message() + " " + finding.remedy());
            }
        }
    }

    /**
     * Makes the slot, unless it is there and is the one that was read before.
     *
     * @throws ConnectException if it is lost, or is something else's
     */
    void prepare(SourceState state, Connection control, Connection replication)
            throws SQLException {
        String name = config.slotName();
        Slot known = state.slot();
        ServerSlot there = state.serverSlot();
        boolean unfinished = known != null && !known.made();
        if (there == null && known != null && !unfinished) {
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
        if (there != null) {
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
            if (unfinished) {
                dropSlot(replication);
                createSlot(state, replication);
                return;
            }
            if (there.walStatus().equals("lost")) {
                throw new ConnectException(
                        "The source removed WAL that the slot "
                                + name
                                + " still needed (wal_status lost): changes are missing in the"
                                + " audit log. Raise max_slot_wal_keep_size; to accept the gap and"
                                + " load the tables anew, run SELECT daybook.forget_slot('"
                                + name
                                + "') on the source and start again.");
            }
            if (known == null) {
                // Made by hand: what its stream begins with is not known.
                state.rememberSlot(state.now(), false);
                if (!config.snapshot()) {
                    state.servedAll();
                }
            }
            return;
        }
        createSlot(state, replication);
    }

    /** Makes the slot and hands the tables that it begins with over to be read. */
    private void createSlot(SourceState state, Connection replication) throws SQLException {
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
            SnapshotPoint made =
                    new SnapshotPoint(
                            before.clock(),
                            before.micros(),
                            SourceState.now(snapshot).snapshot(),
                            slot.start());
            state.rememberSlot(made, true);
            if (config.snapshot()) {
                loads.slotMade(snapshot, made, state.loads());
                return;
            }
            state.servedAll();
            snapshot.close();
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
