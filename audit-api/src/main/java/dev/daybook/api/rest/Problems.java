package dev.daybook.api.rest;

import static java.util.stream.Collectors.joining;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.problem.ProblemWriter;
import dev.daybook.api.query.InvalidValueException;

import jakarta.servlet.http.HttpServletRequest;

import org.apache.catalina.connector.ClientAbortException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.transaction.TransactionException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.CancellationException;

/** Answers every failure with a problem document (RFC 9457). */
@RestControllerAdvice
class Problems {

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    /** SQLSTATE of a statement that ran into its time limit. */
    private static final String CANCELED = "57014";

    /** Tells a caller when to come again. */
    private static final String RETRY_SECONDS = "5";

    @ExceptionHandler
    ResponseEntity<ProblemDetail> known(ProblemException e, HttpServletRequest request) {
        return e.problem() == Problem.BUSY
                ? answer(e.document(), request, HttpHeaders.RETRY_AFTER, "1")
                : answer(e.document(), request);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> invalid(
            MethodArgumentTypeMismatchException e, HttpServletRequest request) {
        return answer(
                Problem.INVALID_PARAMETER.detail(
                        "The parameter \"%s\": %s".formatted(e.getName(), sentence(e))),
                request);
    }

    /** Returns what our own readers said; nobody else's words reach an answer. */
    private static String sentence(MethodArgumentTypeMismatchException e) {
        Throwable cause = e;
        while (cause != null) {
            if (cause instanceof InvalidValueException invalid) {
                return invalid.sentence();
            }
            cause = cause.getCause();
        }
        return "\"" + e.getValue() + "\" cannot be read.";
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> missing(
            MissingServletRequestParameterException e, HttpServletRequest request) {
        return answer(
                Problem.INVALID_PARAMETER.detail(
                        "The parameter \"%s\" is missing: add it.".formatted(e.getParameterName())),
                request);
    }

    /**
     * Spring Security's firewall refuses control characters in names of parameters and in headers.
     */
    @ExceptionHandler(RequestRejectedException.class)
    ResponseEntity<ProblemDetail> controlCharacters(HttpServletRequest request) {
        return answer(
                Problem.BAD_REQUEST.detail(
                        "A parameter's name or a header holds a control character: leave it out."),
                request);
    }

    @ExceptionHandler(HttpMessageNotReadableException.class)
    ResponseEntity<ProblemDetail> body(HttpServletRequest request) {
        return answer(
                Problem.BAD_REQUEST.detail(
                        "The body is not the JSON object that /v3/api-docs describes: send one as"
                                + " application/json."),
                request);
    }

    @ExceptionHandler({NoHandlerFoundException.class, NoResourceFoundException.class})
    ResponseEntity<ProblemDetail> nothingThere(HttpServletRequest request) {
        return answer(
                Problem.NOT_FOUND.detail(
                        "There is nothing at %s: /v3/api-docs says what there is."
                                .formatted(ProblemWriter.path(request))),
                request);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> method(
            HttpRequestMethodNotSupportedException e, HttpServletRequest request) {
        ProblemDetail problem =
                Problem.METHOD_NOT_ALLOWED.detail(
                        "%s is not possible here: the log is read with GET, and written by its sink alone."
                                .formatted(e.getMethod()));
        Set<HttpMethod> supported = e.getSupportedHttpMethods();
        return supported == null
                ? answer(problem, request)
                : answer(
                        problem,
                        request,
                        HttpHeaders.ALLOW,
                        supported.stream().map(HttpMethod::name).collect(joining(", ")));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> representation(
            HttpMediaTypeNotAcceptableException e, HttpServletRequest request) {
        return answer(
                Problem.NOT_ACCEPTABLE.detail(
                        "There is application/json here, and text/csv for lists (problems are"
                                + " application/problem+json): accept it, or leave the Accept header"
                                + " out."),
                request);
    }

    @ExceptionHandler({DataAccessException.class, TransactionException.class})
    ResponseEntity<ProblemDetail> database(Exception e, HttpServletRequest request) {
        return ofDatabase(e, request);
    }

    /** A caller who is gone is told nothing, and is no fault. */
    @ExceptionHandler({AsyncRequestNotUsableException.class, CancellationException.class})
    void gone() {
        LOG.debug("A caller went away before the answer was written");
    }

    @ExceptionHandler
    @Nullable ResponseEntity<ProblemDetail> anything(Exception e, HttpServletRequest request) {
        if (e instanceof ErrorResponse known && known.getStatusCode().is4xxClientError()) {
            return answer(
                    Problem.BAD_REQUEST.detail(
                            "The request is not one of this interface's: send GET with the"
                                    + " parameters that /v3/api-docs lists."),
                    request);
        }
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof DataAccessException) {
                return ofDatabase(e, request);
            }
            if (cause instanceof ClientAbortException) {
                return null;
            }
        }
        LOG.error("A request failed", e);
        return answer(
                Problem.INTERNAL_ERROR.detail(
                        "The request could not be answered; the server's log says why under the"
                                + " request's id. Nothing was changed."),
                request);
    }

    private static ResponseEntity<ProblemDetail> ofDatabase(
            Exception e, HttpServletRequest request) {
        String state = sqlState(e);
        if (CANCELED.equals(state)) {
            return answer(
                    Problem.TOO_SLOW.detail(
                            "The search ran into the time limit of a statement: narrow it by table,"
                                    + " actor, transaction, or a span of time with \"from\" and"
                                    + " \"to\"."),
                    request);
        }
        if (state != null && !unavailable(state)) {
            LOG.error("The database refused a statement", e);
            return answer(
                    Problem.INTERNAL_ERROR.detail(
                            "The database refused a statement; the server's log says why under the"
                                    + " request's id. Nothing was changed."),
                    request);
        }
        LOG.warn("The audit database cannot be reached: {}", deepest(e));
        return answer(
                Problem.DATABASE_UNAVAILABLE.detail(
                        "The audit database cannot be reached at the moment: try again in a few"
                                + " seconds. Changes are not lost meanwhile."),
                request,
                HttpHeaders.RETRY_AFTER,
                RETRY_SECONDS);
    }

    private static @Nullable String deepest(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }

    /** Connection failures, missing resources, and shutdowns, by SQLSTATE class. */
    private static boolean unavailable(String state) {
        return state.startsWith("08") || state.startsWith("53") || state.startsWith("57P");
    }

    private static @Nullable String sqlState(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return sql.getSQLState();
            }
        }
        return null;
    }

    private static ResponseEntity<ProblemDetail> answer(
            ProblemDetail problem, HttpServletRequest request, String... header) {
        HttpHeaders headers = new HttpHeaders();
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        for (int i = 0; i < header.length; i += 2) {
            headers.set(header[i], header[i + 1]);
        }
        return new ResponseEntity<>(
                ProblemWriter.complete(problem, request),
                headers,
                HttpStatusCode.valueOf(problem.getStatus()));
    }
}
