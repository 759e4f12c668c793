package dev.daybook.pack;

import dev.daybook.evidence.Anchored;
import dev.daybook.evidence.InvalidEvidenceException;
import dev.daybook.evidence.LogLeaf;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far the log is sealed and anchored, as its leaves say.
 *
 * @param leaves how many leaves the log has
 * @param sealedAt when the last one was made
 * @param sealed until when each source is sealed as complete
 * @param anchoredLeaves how many leaves are known outside
 * @param anchoredAt when an anchor was told; null if none was
 * @param anchored until when each source is complete in what is known outside
 */
public record SealedReach(
        long leaves,
        Instant sealedAt,
        Map<String, Instant> sealed,
        long anchoredLeaves,
        @Nullable Instant anchoredAt,
        Map<String, Instant> anchored) {

    /** A heartbeat comes each minute, and leaves of segments at most each second. */
    private static final int MOST_LEAVES = 1_000;

    /**
     * Reads how far the log is sealed.
     *
     * @return null if nothing is sealed
     */
    public static @Nullable SealedReach read(LogFiles files) throws IOException, PackProblem {
        SealedLog log;
        try {
            log = SealedLog.open(files);
        } catch (PackProblem e) {
            if (e.kind() == PackProblem.Kind.NO_LOG) {
                return null;
            }
            throw e;
        }
        try {
            byte[] note = files.read(Anchored.FILE);
            Anchored anchored = note == null ? null : Anchored.parse(note);
            long known = anchored == null ? 0 : Math.min(anchored.leaves(), log.size());
            return new SealedReach(
                    log.size(),
                    time(log.at(log.size() - 1)),
                    complete(log, log.size()),
                    known,
                    anchored == null ? null : time(anchored.at()),
                    complete(log, known));
        } catch (InvalidEvidenceException e) {
            throw SealedLog.broken(String.valueOf(e.getMessage()));
        }
    }

    /** Returns what the last heartbeat says among so many leaves. */
    private static Map<String, Instant> complete(SealedLog log, long leaves)
            throws IOException, PackProblem {
        for (long leaf = leaves - 1; leaf >= Math.max(0, leaves - MOST_LEAVES); leaf--) {
            if (LogLeaf.parse(log.data(leaf)).content() instanceof LogLeaf.Heartbeat heartbeat) {
                Map<String, Instant> until = new TreeMap<>();
                heartbeat.complete().forEach(of -> until.put(of.source(), time(of.until())));
                return until;
            }
        }
        return Map.of();
    }

    private static Instant time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
