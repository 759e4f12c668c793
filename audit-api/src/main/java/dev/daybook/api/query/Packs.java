package dev.daybook.api.query;

import dev.daybook.pack.PackMaker;
import dev.daybook.pack.PackProblem;
import dev.daybook.pack.PackRequest;

import java.io.IOException;
import java.io.OutputStream;

/** Makes evidence packs of the log. */
public interface Packs {

    /**
     * Writes a pack, of one moment of the log.
     *
     * @throws PackProblem if it cannot be made
     */
    PackMaker.Made make(PackRequest request, OutputStream out) throws IOException, PackProblem;
}
