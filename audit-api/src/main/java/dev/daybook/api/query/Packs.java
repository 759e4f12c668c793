package dev.daybook.api.query;

import dev.daybook.pack.PackMaker;
import dev.daybook.pack.PackProblem;
import dev.daybook.pack.PackRequest;
import dev.daybook.pack.SealedReach;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;

/** Makes evidence packs of the log, and knows how far it is sealed. */
public interface Packs {

    /**
     * Writes a pack, of one moment of the log.
     *
     * @throws PackProblem if it cannot be made
     */
    PackMaker.Made make(PackRequest request, OutputStream out) throws IOException, PackProblem;

    /**
     * Returns how far the log is sealed; null if it is not.
     *
     * @throws PackProblem if its files cannot be read as a log
     */
    @Nullable SealedReach reach() throws IOException, PackProblem;
}
