package dev.daybook.infra.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a provider does with a type of resource, read from {@code provider-kinds.txt}.
 *
 * @param auto the property that Pulumi gives a name to, or empty
 * @param autoLongest the longest name that Pulumi gives
 * @param longest the longest name that the provider accepts
 * @param unique the property that must be unique, or empty
 * @param upsert whether a second one of the same name is taken for the first
 * @param replacing paths whose change replaces
 * @param adds outputs that are known only once it is there
 * @param id how its id is made
 * @param holds whether it holds data, passwords or a log
 */
record Kind(
        String auto,
        int autoLongest,
        int longest,
        String unique,
        boolean upsert,
        List<String> replacing,
        List<String> adds,
        String id,
        boolean holds) {

    private static final Map<String, Kind> ALL = read();

    static Optional<Kind> of(String type) {
        return Optional.ofNullable(ALL.get(type));
    }

    /** Whether a change of a path replaces the resource. */
    boolean replaces(String path) {
        return replacing.stream()
                .anyMatch(
                        one ->
                                one.equals("*")
                                        || path.equals(one)
                                        || path.startsWith(one + ".")
                                        || one.startsWith(path + "."));
    }

    private static Map<String, Kind> read() {
        Map<String, Kind> kinds = new HashMap<>();
        try (InputStream in = Kind.class.getResourceAsStream("/provider-kinds.txt")) {
            if (in == null) {
                throw new IllegalStateException("There is no provider-kinds.txt.");
            }
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(
                            line -> {
                                String[] words = line.split(" ", -1);
                                kinds.put(words[0], parse(line, words));
                            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.copyOf(kinds);
    }

    private static Kind parse(String line, String[] words) {
        Map<String, String> facts = new HashMap<>();
        Arrays.stream(words)
                .skip(1)
                .forEach(
                        word -> {
                            int is = word.indexOf('=');
                            facts.put(
                                    is < 0 ? word : word.substring(0, is),
                                    is < 0 ? "" : word.substring(is + 1));
                        });
        if (!facts.containsKey("from")) {
            throw new IllegalStateException("This line does not say where it was read: " + line);
        }
        String auto = facts.getOrDefault("auto", "/0");
        int slash = auto.indexOf('/');
        return new Kind(
                auto.substring(0, slash),
                Integer.parseInt(auto.substring(slash + 1)),
                Integer.parseInt(facts.getOrDefault("max", "0")),
                facts.getOrDefault("unique", ""),
                facts.containsKey("upsert"),
                list(facts.getOrDefault("new", "")),
                list(facts.getOrDefault("adds", "")),
                facts.getOrDefault("id", ""),
                facts.containsKey("holds"));
    }

    private static List<String> list(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
    }
}
