package dev.daybook.local;

/**
 * Something that the person at the keyboard can put right: said in one line, without a stack trace,
 * with the exit code 2.
 */
public final class UserError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param problem what is wrong, naming the input and the rule
     * @param remedy what to do about it
     */
    public UserError(String problem, String remedy) {
        super(problem + " " + remedy);
    }
}
