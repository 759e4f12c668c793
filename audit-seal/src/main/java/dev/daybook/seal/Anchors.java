package dev.daybook.seal;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes anchors from how they are named. */
public final class Anchors {

    /** Names the anchors, with blanks between. */
    public static final String PLACES = "DAYBOOK_ANCHOR";

    static final String SMTP = "DAYBOOK_ANCHOR_SMTP";
    static final String FROM = "DAYBOOK_ANCHOR_FROM";
    static final String RETENTION_DAYS = "DAYBOOK_ANCHOR_RETENTION_DAYS";

    private static final long TEN_YEARS = 3_653;

    private Anchors() {}

    /**
     * Returns the anchors that the environment names.
     *
     * @param otherwise the file where it names none
     * @throws IllegalArgumentException if one cannot be made so
     */
    public static List<Anchor> of(Map<String, String> environment, Path otherwise, Clock clock) {
        List<Anchor> anchors = of(environment, clock);
        return anchors.isEmpty() ? List.of(new FileAnchor(otherwise)) : anchors;
    }

    /**
     * Returns the anchors that the environment names, none where it names none.
     *
     * @throws IllegalArgumentException if one cannot be made so
     */
    public static List<Anchor> of(Map<String, String> environment, Clock clock) {
        String places = environment.getOrDefault(PLACES, "").strip();
        List<Anchor> anchors = new ArrayList<>();
        if (!places.isEmpty()) {
            for (String place : places.split("\\s+")) {
                anchors.add(anchor(place, environment, clock));
            }
        }
        return anchors;
    }

    private static Anchor anchor(String place, Map<String, String> environment, Clock clock) {
        if (place.startsWith("mailto:")) {
            return new MailAnchor(
                    uri(required(environment, SMTP, place)),
                    required(environment, FROM, place),
                    place.substring("mailto:".length()),
                    clock);
        }
        if (place.startsWith("s3://")) {
            String[] parts = place.substring("s3://".length()).split("/", 2);
            return new ObjectLockAnchor(
                    S3Client.builder().httpClient(UrlConnectionHttpClient.create()).build(),
                    parts[0],
                    parts.length < 2 ? "" : parts[1],
                    Duration.ofDays(days(environment.get(RETENTION_DAYS))),
                    clock);
        }
        return new FileAnchor(Path.of(place));
    }

    /** Parses the mail server's URI; what is wrong with it is said without the password in it. */
    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    SMTP
                            + " is no URI, at character "
                            + e.getIndex()
                            + ": "
                            + e.getReason()
                            + ". Percent-encode user and password.");
        }
    }

    private static long days(@Nullable String text) {
        try {
            long days = text == null || text.isBlank() ? TEN_YEARS : Long.parseLong(text.strip());
            if (days > 0) {
                return days;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new IllegalArgumentException(
                RETENTION_DAYS + " is " + text + "; it must be a number of days, 1 or more.");
    }

    private static String required(Map<String, String> environment, String name, String place) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(
                    "The anchor " + place + " needs " + name + ", which is not set.");
        }
        return value.strip();
    }
}
