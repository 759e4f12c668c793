package dev.daybook.seal;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Keeps checkpoints where the sealer's operator cannot change them. {@code toString} names it, with
 * no secret in it.
 */
public interface Anchor {

    /** Returns how often a checkpoint is added, if there is a newer one. */
    Duration interval();

    /** Adds a checkpoint; adding the same again does no harm. */
    void add(String checkpoint) throws IOException;

    /**
     * Returns the newest checkpoints, the oldest of them first; none from an anchor that cannot be
     * asked.
     */
    List<String> checkpoints() throws IOException;
}
