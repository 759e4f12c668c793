package dev.daybook.api.problem;

import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

import java.net.URI;

/** The kinds of problems of the interface; documented in docs/reference/problems.md. */
public enum Problem {
    INVALID_PARAMETER("invalid-parameter", HttpStatus.BAD_REQUEST, "A parameter is not valid"),
    UNKNOWN_PARAMETER("unknown-parameter", HttpStatus.BAD_REQUEST, "There is no such parameter"),
    UNKNOWN_SOURCE("unknown-source", HttpStatus.NOT_FOUND, "The log has no such source"),
    UNKNOWN_TABLE("unknown-table", HttpStatus.NOT_FOUND, "The log has no such table"),
    UNKNOWN_COLUMN("unknown-column", HttpStatus.NOT_FOUND, "The table has no such column"),
    UNKNOWN_CODE("unknown-code", HttpStatus.NOT_FOUND, "Nothing was rejected for that"),
    INVALID_CURSOR("invalid-cursor", HttpStatus.BAD_REQUEST, "The cursor does not fit"),
    AMBIGUOUS_SOURCE("ambiguous-source", HttpStatus.BAD_REQUEST, "Several sources have this row"),
    BAD_REQUEST("bad-request", HttpStatus.BAD_REQUEST, "The request cannot be read"),
    UNAUTHENTICATED("unauthenticated", HttpStatus.UNAUTHORIZED, "A key or token is needed"),
    FORBIDDEN("forbidden", HttpStatus.FORBIDDEN, "Not allowed"),
    NOT_FOUND("not-found", HttpStatus.NOT_FOUND, "Not found"),
    NOT_REPLAYABLE("not-replayable", HttpStatus.CONFLICT, "The record cannot be replayed"),
    NOT_SEALED("not-sealed", HttpStatus.CONFLICT, "It is not sealed"),
    NOT_AS_SEALED("not-as-sealed", HttpStatus.CONFLICT, "It is not what was sealed"),
    METHOD_NOT_ALLOWED("method-not-allowed", HttpStatus.METHOD_NOT_ALLOWED, "Method not allowed"),
    NOT_ACCEPTABLE("not-acceptable", HttpStatus.NOT_ACCEPTABLE, "No such representation"),
    REQUEST_TOO_LONG("request-too-long", HttpStatus.URI_TOO_LONG, "The request line is too long"),
    HEADER_TOO_LONG(
            "header-too-long", HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "A header is too long"),
    TOO_MANY_REQUESTS(
            "too-many-requests", HttpStatus.TOO_MANY_REQUESTS, "Too many requests of this caller"),
    BUSY("busy", HttpStatus.SERVICE_UNAVAILABLE, "Too many requests wait"),
    TOO_SLOW("too-slow", HttpStatus.SERVICE_UNAVAILABLE, "The search took too long"),
    DATABASE_UNAVAILABLE(
            "database-unavailable",
            HttpStatus.SERVICE_UNAVAILABLE,
            "The audit database cannot be reached"),
    INTERNAL_ERROR("internal-error", HttpStatus.INTERNAL_SERVER_ERROR, "Something failed here");

    /** So that a document, with its other members, has less than 2 kB. */
    private static final int MOST_DETAIL_BYTES = 1_000;

    private final String word;
    private final HttpStatus status;
    private final String title;

    Problem(String word, HttpStatus status, String title) {
        this.word = word;
        this.status = status;
        this.title = title;
    }

    public HttpStatus status() {
        return status;
    }

    /** Returns what {@code type} is in its documents. */
    public URI type() {
        return URI.create("urn:daybook:problem:" + word);
    }

    public String title() {
        return title;
    }

    /**
     * Returns the problem document.
     *
     * @param detail names the input, the rule and the remedy; what is too long of it is cut
     */
    public ProblemDetail detail(String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, shortened(detail));
        problem.setType(type());
        problem.setTitle(title);
        return problem;
    }

    /** Cuts a text to what fits into a document, in JSON's escapes. */
    private static String shortened(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x20 ? 6 : c < 0x80 ? c == '"' || c == '\\' ? 2 : 1 : 3;
            if (bytes > MOST_DETAIL_BYTES) {
                int end = Character.isHighSurrogate(text.charAt(i - 1)) ? i - 1 : i;
                return text.substring(0, end) + "…";
            }
        }
        return text;
    }
}
