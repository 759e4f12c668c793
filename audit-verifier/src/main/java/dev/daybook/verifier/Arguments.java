package dev.daybook.verifier;

import dev.daybook.evidence.NoteKey;
import dev.daybook.evidence.Policy;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What was asked for.
 *
 * @param trusted the key that must have signed; null: nobody has said
 * @param kept checkpoints that the reader has kept
 * @param page where to write the page; null: nowhere
 */
record Arguments(
        boolean help,
        Path pack,
        @Nullable NoteKey trusted,
        List<String> kept,
        @Nullable Path page,
        boolean json) {

    /** What stands between two checkpoints in a file of several. */
    private static final String BETWEEN = "\f\n";

    /**
     * Reads the arguments, and the files that they name.
     *
     * @throws IllegalArgumentException if they cannot be understood
     */
    static Arguments parse(String[] arguments) throws IOException {
        Path pack = null;
        NoteKey trusted = null;
        List<String> kept = new ArrayList<>();
        Path page = null;
        boolean noPage = false;
        boolean json = false;
        for (int i = 0; i < arguments.length; i++) {
            String argument = arguments[i];
            switch (argument) {
                case "-h", "--help" -> {
                    return new Arguments(true, Path.of(""), null, List.of(), null, false);
                }
                case "--json" -> json = true;
                case "--no-page" -> noPage = true;
                case "--key", "--policy" -> {
                    if (trusted != null) {
                        throw new IllegalArgumentException("Two keys are given: give one.");
                    }
                    String value = value(arguments, ++i);
                    trusted =
                            argument.equals("--key")
                                    ? NoteKey.parse(value)
                                    : Policy.parse(Files.readString(Path.of(value)));
                }
                case "--anchor" -> kept.addAll(checkpoints(Path.of(value(arguments, ++i))));
                case "--page" -> page = Path.of(value(arguments, ++i));
                default -> {
                    if (argument.startsWith("-") || pack != null) {
                        throw new IllegalArgumentException("'" + argument + "' is not understood.");
                    }
                    pack = Path.of(argument);
                }
            }
        }
        if (pack == null) {
            throw new IllegalArgumentException("No pack is named.");
        }
        return new Arguments(
                false,
                pack,
                trusted,
                kept,
                noPage ? null : page == null ? beside(pack) : page,
                json);
    }

    private static String value(String[] arguments, int i) {
        if (i == arguments.length) {
            throw new IllegalArgumentException(arguments[i - 1] + " lacks its value.");
        }
        return arguments[i];
    }

    private static Path beside(Path pack) {
        String name = pack.toString();
        return Path.of(
                (name.endsWith(".zip") ? name.substring(0, name.length() - 4) : name) + ".html");
    }

    private static List<String> checkpoints(Path file) throws IOException {
        List<String> checkpoints = new ArrayList<>();
        for (String note : Files.readString(file).split(BETWEEN)) {
            if (!note.isBlank()) {
                checkpoints.add(note);
            }
        }
        if (checkpoints.isEmpty()) {
            throw new IllegalArgumentException(file + " has no checkpoint.");
        }
        return checkpoints;
    }
}
