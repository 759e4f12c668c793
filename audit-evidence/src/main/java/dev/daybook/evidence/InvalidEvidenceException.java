package dev.daybook.evidence;

/** Says why something is not the evidence that it is given for. */
public final class InvalidEvidenceException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public InvalidEvidenceException(String reason) {
        super(reason);
    }
}
