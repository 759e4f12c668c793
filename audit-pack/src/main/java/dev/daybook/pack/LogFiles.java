package dev.daybook.pack;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the files of a sealed log. */
public interface LogFiles {

    /** Returns a file's content; null if there is none. */
    byte @Nullable [] read(String path) throws IOException;

    /** Returns the files of a log in a directory. */
    static LogFiles in(Path directory) {
        return path -> {
            try {
                return Files.readAllBytes(directory.resolve(path));
            } catch (NoSuchFileException e) {
                return null;
            }
        };
    }
}
