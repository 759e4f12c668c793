package dev.daybook.seal;

import java.io.IOException;
import java.util.Optional;

/**
 * Keeps the files of a log. Files that are written once never change; two change, and those by
 * compare-and-set only, so that of two sealers one goes on and the other finds out.
 */
public interface LogStore {

    /** Returns a file; empty if there is none. */
    Optional<byte[]> read(String path) throws IOException;

    /** Writes a file whole, so that it outlives a crash; writing the same again changes nothing. */
    void write(String path, byte[] content) throws IOException;

    /**
     * Writes a file if it still is what it was.
     *
     * @param expected what it was; empty: there was none
     * @return whether it was, and is written
     */
    boolean replace(String path, Optional<byte[]> expected, byte[] content) throws IOException;

    /** Removes a file, if there is one. */
    void delete(String path) throws IOException;
}
