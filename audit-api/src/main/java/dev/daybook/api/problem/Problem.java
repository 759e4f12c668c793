package dev.daybook.api.problem;

import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

import java.net.URI;

/** The kinds of problems of the interface; documented in docs/reference/problems.md. */
public enum Problem {
    INVALID_PARAMETER("invalid-parameter", HttpStatus.BAD_REQUEST, "A parameter is not valid"),
    UNKNOWN_PARAMETER("unknown-parameter", HttpStatus.BAD_REQUEST, "There is no such parameter"),
    INVALID_CURSOR("invalid-cursor", HttpStatus.BAD_REQUEST, "The cursor does not fit"),
    AMBIGUOUS_SOURCE("ambiguous-source", HttpStatus.BAD_REQUEST, "Several sources have this row"),
    BAD_REQUEST("bad-request", HttpStatus.BAD_REQUEST, "The request cannot be read"),
    UNAUTHENTICATED("unauthenticated", HttpStatus.UNAUTHORIZED, "A key or token is needed"),
    FORBIDDEN("forbidden", HttpStatus.FORBIDDEN, "Not allowed"),
    NOT_FOUND("not-found", HttpStatus.NOT_FOUND, "Not found"),
    METHOD_NOT_ALLOWED("method-not-allowed", HttpStatus.METHOD_NOT_ALLOWED, "Method not allowed"),
    NOT_ACCEPTABLE("not-acceptable", HttpStatus.NOT_ACCEPTABLE, "No such representation"),
    TOO_SLOW("too-slow", HttpStatus.SERVICE_UNAVAILABLE, "The search took too long"),
    DATABASE_UNAVAILABLE(
            "database-unavailable",
            HttpStatus.SERVICE_UNAVAILABLE,
            "The audit database cannot be reached"),
    INTERNAL_ERROR("internal-error", HttpStatus.INTERNAL_SERVER_ERROR, "Something failed here");

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

    /** The problem document. */
    public ProblemDetail detail(String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail);
        problem.setType(URI.create("urn:daybook:problem:" + word));
        problem.setTitle(title);
        return problem;
    }
}
