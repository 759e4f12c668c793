package dev.daybook.verifier;

/** Says what is wrong with a pack, and where: a member, and its line where it has lines. */
final class PackException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String where;
    private final String what;

    PackException(String where, String what) {
        super(where + ": " + what);
        this.where = where;
        this.what = what;
    }

    String where() {
        return where;
    }

    String what() {
        return what;
    }
}
