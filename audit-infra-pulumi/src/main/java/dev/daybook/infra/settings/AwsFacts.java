package dev.daybook.infra.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Reads what AWS takes and refuses from {@code aws-facts.tsv}, which {@code bin/aws-facts} makes
 * and describes.
 */
public final class AwsFacts {

    /** What versions and classes of the audited and the audit database are listed under. */
    public static final String AURORA = "aurora-postgresql";

    /** What versions and classes of MSK's brokers are listed under. */
    public static final String KAFKA = "kafka";

    private static final AwsFacts FACTS = read();

    private final List<List<String>> lines;

    private AwsFacts(List<List<String>> lines) {
        this.lines = lines;
    }

    /** Returns the facts. */
    public static AwsFacts get() {
        return FACTS;
    }

    private static AwsFacts read() {
        try (InputStream file = AwsFacts.class.getResourceAsStream("aws-facts.tsv")) {
            if (file == null) {
                throw new IllegalStateException(
                        "aws-facts.tsv is not on the class path: run bin/aws-facts.");
            }
            return new AwsFacts(
                    new String(file.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .filter(line -> !line.startsWith("#"))
                            .map(line -> List.of(line.split("\t", -1)))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the day on which the facts were read, such as {@code 2026-11-28}. */
    public String date() {
        return of("date").getFirst().getFirst();
    }

    /** Returns the facts of one kind, each without the kind. */
    public List<List<String>> of(String kind) {
        return lines.stream()
                .filter(line -> line.getFirst().equals(kind))
                .map(line -> line.subList(1, line.size()))
                .toList();
    }

    /** Returns the versions of an engine that AWS creates. */
    public List<String> created(String engine) {
        return versions(engine, "created");
    }

    /** Returns the versions of an engine that AWS creates no more, or not of the kind used here. */
    public List<String> refused(String engine) {
        return versions(engine, "refused");
    }

    private List<String> versions(String engine, String state) {
        return of("version").stream()
                .filter(fact -> fact.get(0).equals(engine) && fact.get(1).equals(state))
                .flatMap(fact -> words(fact.get(2)).stream())
                .toList();
    }

    /** Tells whether some region has an instance class. */
    public boolean knowsClass(String engine, String name) {
        return of("class").stream()
                .anyMatch(fact -> fact.get(0).equals(engine) && words(fact.get(1)).contains(name));
    }

    /** Tells whether a region has an instance class; a region that is not known has every one. */
    public boolean hasClass(String engine, String name, String region) {
        List<List<String>> known =
                of("regions").stream().filter(fact -> fact.get(0).equals(engine)).toList();
        boolean unknownRegion =
                known.stream().noneMatch(fact -> words(fact.get(1)).contains(region));
        return of("class").stream()
                .filter(fact -> fact.get(0).equals(engine) && words(fact.get(1)).contains(name))
                .anyMatch(
                        fact ->
                                fact.get(2).equals("all")
                                        || unknownRegion
                                        || words(fact.get(2)).contains(region));
    }

    /** Returns what a property may be, or nothing where any value is taken. */
    public List<String> values(String type, String path) {
        return of("property").stream()
                .filter(fact -> fact.subList(0, 3).equals(List.of(type, path, "values")))
                .flatMap(fact -> List.of(fact.get(3).split("\\|", -1)).stream())
                .toList();
    }

    private static List<String> words(String text) {
        return List.of(text.split(" ", -1));
    }
}
