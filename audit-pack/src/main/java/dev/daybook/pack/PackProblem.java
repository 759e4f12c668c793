package dev.daybook.pack;

/** Says why a pack cannot be made: what failed, what follows, what to do. */
public final class PackProblem extends Exception {

    private static final long serialVersionUID = 1;

    /** The kinds of problems. */
    public enum Kind {
        /** The log has no such entry or row. */
        NOT_FOUND,
        /** There is one, from before the log was sealed. */
        NOT_SEALED,
        /** There is one, and the sealer has not sealed it yet. */
        NOT_YET,
        /** Nothing is sealed here. */
        NO_LOG,
        /** The database or the log's files are not what was sealed. */
        BROKEN,
        /** It would be larger than a pack may be. */
        TOO_LARGE
    }

    private final Kind kind;

    PackProblem(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
