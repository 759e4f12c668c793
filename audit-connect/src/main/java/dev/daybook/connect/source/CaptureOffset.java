package dev.daybook.connect.source;

import dev.daybook.contract.Lsn;
import dev.daybook.contract.WireTime;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/**
 * What a capture remembers of its source outside of it, as Connect's offset. Where streaming goes
 * on is the source's word; this tells whether the source is still the one that was read, and
 * whether it knows of what was read.
 *
 * @param slot the replication slot
 * @param database which database of which server it was; empty if that is not known
 * @param lsn what was confirmed last
 * @param time the time that went with it, in microseconds since 1970; {@link WireTime#NO_TIME} if
 *     none did
 * @param claim up to when the log was said to be complete, in microseconds since 1970; {@link
 *     WireTime#NO_TIME} if that was not said
 * @param claimLsn the position that had been read by then
 */
record CaptureOffset(String slot, String database, long lsn, long time, long claim, long claimLsn) {

    private static final String SLOT = "slot";
    private static final String DATABASE = "database";
    private static final String LSN = "lsn";
    private static final String TIME = "time";
    private static final String CLAIM = "claim";
    private static final String CLAIM_LSN = "claim-lsn";

    /** Reads what Connect has kept; null if it has kept nothing that can be read. */
    static @Nullable CaptureOffset of(@Nullable Map<String, ?> offset) {
        if (offset == null
                || !(offset.get(SLOT) instanceof String slot)
                || !(offset.get(LSN) instanceof String lsn)
                || !(offset.get(DATABASE) instanceof String database)
                || !(offset.get(TIME) instanceof String time)) {
            return null;
        }
        long claim = WireTime.NO_TIME;
        long claimLsn = Lsn.NONE;
        if (offset.get(CLAIM) instanceof String until
                && offset.get(CLAIM_LSN) instanceof String reached) {
            claim = WireTime.parseUtc(until);
            claimLsn = Lsn.parse(reached);
        }
        return new CaptureOffset(
                slot, database, Lsn.parse(lsn), WireTime.parseUtc(time), claim, claimLsn);
    }

    /** Returns what Connect is to keep. */
    Map<String, String> kept() {
        Map<String, String> kept = new HashMap<>(Map.of(SLOT, slot, LSN, Lsn.wide(lsn)));
        if (time != WireTime.NO_TIME) {
            kept.put(DATABASE, database);
            kept.put(TIME, WireTime.text(time));
            if (claim != WireTime.NO_TIME) {
                kept.put(CLAIM, WireTime.text(claim));
                kept.put(CLAIM_LSN, Lsn.wide(claimLsn));
            }
        }
        return kept;
    }
}
