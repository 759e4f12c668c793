package dev.daybook.evidence;

/**
 * Names the members of an evidence pack, in the order in which they are written, and bounds their
 * sizes; docs/evidence/pack.md describes them.
 */
public enum PackMember {
    /** The newest checkpoint, signed. */
    CHECKPOINT("checkpoint", 1 << 16),

    /** Earlier checkpoints, each with the proof that the newest continues it. */
    CHECKPOINTS("checkpoints.jsonl", 1 << 24),

    /** Leaves of the log, each with its proof. */
    LOG("log.jsonl", 1 << 27),

    /** Rows of the audit database, each with its place in a leaf's segment. */
    ROWS("rows.jsonl", 3L << 30),

    /** What the pack is about, and how much it holds. */
    PACK("pack.json", 1 << 16);

    /** The format's name, with its version. */
    public static final String FORMAT = "daybook/pack/v1";

    /** The most bytes that a line has. */
    public static final int LONGEST_LINE = 1 << 26;

    private final String fileName;
    private final long most;

    PackMember(String fileName, long most) {
        this.fileName = fileName;
        this.most = most;
    }

    public String fileName() {
        return fileName;
    }

    /** Returns the most bytes that the member has when it is unpacked. */
    public long most() {
        return most;
    }
}
