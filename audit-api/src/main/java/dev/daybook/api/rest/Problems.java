package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;

import jakarta.servlet.http.HttpServletRequest;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

import java.sql.SQLException;
import java.util.Set;

/** Every failure as a problem document (RFC 9457). */
@RestControllerAdvice
class Problems {

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    /** SQLSTATE of a statement that ran into its time limit. */
    private static final String CANCELED = "57014";

    @ExceptionHandler
    ResponseEntity<ProblemDetail> known(ProblemException e) {
        return response(e.document());
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> invalid(MethodArgumentTypeMismatchException e) {
        return response(
                Problem.INVALID_PARAMETER.detail(
                        "The parameter \"%s\": %s".formatted(e.getName(), sentence(e))));
    }

    private static String sentence(MethodArgumentTypeMismatchException e) {
        Throwable cause = e.getCause();
        while (cause instanceof ConversionFailedException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause instanceof IllegalArgumentException ? cause.getMessage() : null;
        return message == null ? "\"" + e.getValue() + "\" cannot be read." : message;
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> missing(MissingServletRequestParameterException e) {
        return response(
                Problem.INVALID_PARAMETER.detail(
                        "The parameter \"%s\" is missing: add it."
                                .formatted(e.getParameterName())));
    }

    @ExceptionHandler({NoHandlerFoundException.class, NoResourceFoundException.class})
    ResponseEntity<ProblemDetail> nothingThere(HttpServletRequest request) {
        return response(
                Problem.NOT_FOUND.detail(
                        "There is nothing at %s: /v3/api-docs says what there is."
                                .formatted(request.getRequestURI())));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> method(HttpRequestMethodNotSupportedException e) {
        Set<HttpMethod> supported = e.getSupportedHttpMethods();
        HttpHeaders headers = new HttpHeaders();
        if (supported != null) {
            headers.setAllow(supported);
        }
        return response(
                Problem.METHOD_NOT_ALLOWED.detail(
                        "%s is not possible here: the log is read with GET, and written by its sink alone."
                                .formatted(e.getMethod())),
                headers);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> representation(HttpMediaTypeNotAcceptableException e) {
        return response(
                Problem.NOT_ACCEPTABLE.detail(
                        "There is only application/json here (problems are"
                                + " application/problem+json): accept it, or leave the Accept header"
                                + " out."));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> database(DataAccessException e) {
        return response(e);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> anything(Exception e) {
        if (e instanceof org.springframework.web.ErrorResponse known
                && known.getStatusCode().is4xxClientError()) {
            return response(
                    Problem.BAD_REQUEST.detail(String.valueOf(known.getBody().getDetail())));
        }
        if (e.getCause() instanceof DataAccessException cause) {
            return response(cause);
        }
        LOG.error("A request failed", e);
        return response(
                Problem.INTERNAL_ERROR.detail(
                        "The request could not be answered; the server's log says why. Nothing was"
                                + " changed."));
    }

    private static ResponseEntity<ProblemDetail> response(DataAccessException e) {
        String state = sqlState(e);
        if (CANCELED.equals(state)) {
            return response(
                    Problem.TOO_SLOW.detail(
                            "The search ran into the time limit of a statement: narrow it by table,"
                                    + " actor, transaction, or a span of time with \"from\" and"
                                    + " \"to\"."));
        }
        if (state != null && !unavailable(state)) {
            LOG.error("The database refused a statement", e);
            return response(
                    Problem.INTERNAL_ERROR.detail(
                            "The database refused a statement; the server's log says why. Nothing"
                                    + " was changed."));
        }
        LOG.warn("The audit database cannot be reached: {}", e.getMostSpecificCause().getMessage());
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.RETRY_AFTER, "5");
        return response(
                Problem.DATABASE_UNAVAILABLE.detail(
                        "The audit database cannot be reached at the moment: try again in a few"
                                + " seconds. Changes are not lost meanwhile."),
                headers);
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

    static ResponseEntity<ProblemDetail> response(ProblemDetail problem) {
        return response(problem, new HttpHeaders());
    }

    private static ResponseEntity<ProblemDetail> response(
            ProblemDetail problem, HttpHeaders headers) {
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        return new ResponseEntity<>(problem, headers, HttpStatusCode.valueOf(problem.getStatus()));
    }
}
