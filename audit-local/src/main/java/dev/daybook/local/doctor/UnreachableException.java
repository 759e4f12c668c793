package dev.daybook.local.doctor;

/** Something that was to be looked at does not answer, or does not let one in. */
public final class UnreachableException extends Exception {

    private static final long serialVersionUID = 1L;

    UnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
