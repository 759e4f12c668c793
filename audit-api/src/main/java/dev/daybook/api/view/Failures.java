package dev.daybook.api.view;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.problem.RequestId;

import jakarta.servlet.http.HttpServletRequest;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpStatus;
import org.springframework.transaction.TransactionException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.ModelAndView;

import java.util.HashMap;
import java.util.Map;

/** Answers every failure of a page with a page that says what failed and what to do. */
@ControllerAdvice(assignableTypes = Page.class)
@Order(Ordered.HIGHEST_PRECEDENCE)
class Failures {

    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private final Assets assets;

    Failures(Assets assets) {
        this.assets = assets;
    }

    @ExceptionHandler
    ModelAndView known(ProblemException e, HttpServletRequest request) {
        return page(e.problem().status(), e.problem().title(), e.getMessage(), request);
    }

    @ExceptionHandler({
        MethodArgumentTypeMismatchException.class,
        MissingServletRequestParameterException.class
    })
    ModelAndView invalid(Exception e, HttpServletRequest request) {
        return page(
                HttpStatus.BAD_REQUEST,
                Problem.INVALID_PARAMETER.title(),
                "The address of this page is not complete or not well written. Go back and follow a"
                        + " link, or search.",
                request);
    }

    @ExceptionHandler({DataAccessException.class, TransactionException.class})
    ModelAndView database(Exception e, HttpServletRequest request) {
        boolean slow =
                e instanceof QueryTimeoutException
                        || String.valueOf(e.getMessage()).contains("57014");
        LOG.warn("A page could not be answered by the audit database: {}", e.getMessage());
        return slow
                ? page(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        Problem.TOO_SLOW.title(),
                        "Narrow the search by a table, an actor or a shorter time.",
                        request)
                : page(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        Problem.DATABASE_UNAVAILABLE.title(),
                        "Try again in a few seconds. Changes are not lost meanwhile.",
                        request);
    }

    @ExceptionHandler
    ModelAndView anything(Exception e, HttpServletRequest request) {
        LOG.error("A page failed", e);
        return page(
                HttpStatus.INTERNAL_SERVER_ERROR,
                Problem.INTERNAL_ERROR.title(),
                "The server's log says why, under the request's id. Nothing was changed.",
                request);
    }

    private ModelAndView page(
            HttpStatus status, String title, @Nullable String detail, HttpServletRequest request) {
        Map<String, Object> model = new HashMap<>();
        model.put("heading", title);
        model.put("detail", detail == null ? "" : Texts.visible(detail));
        model.put("request", RequestId.of(request));
        model.put("assets", assets.version());
        return new ModelAndView("failure", model, status);
    }
}
