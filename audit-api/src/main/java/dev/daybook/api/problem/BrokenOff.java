package dev.daybook.api.problem;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.apache.catalina.connector.ClientAbortException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

import java.util.concurrent.CancellationException;

/**
 * Breaks an answer off that fails after it has begun: no problem document can follow what was sent,
 * and an answer that ended in order would be taken for complete.
 */
@Component
public final class BrokenOff implements HandlerExceptionResolver, Ordered {

    private static final Logger LOG = LoggerFactory.getLogger(BrokenOff.class);
    private static final String CLOSE = BrokenOff.class.getName();

    /** Says how a request's connection is closed at once. */
    public static void allow(HttpServletRequest request, Runnable close) {
        request.setAttribute(CLOSE, close);
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request,
            HttpServletResponse response,
            @Nullable Object handler,
            Exception failure) {
        if (!response.isCommitted()) {
            return null;
        }
        log(request, failure);
        if (request.getAttribute(CLOSE) instanceof Runnable close) {
            close.run();
        }
        return new ModelAndView();
    }

    private static void log(HttpServletRequest request, Exception failure) {
        Throwable deepest = failure;
        boolean expected = failure instanceof ProblemException;
        boolean gone = isGone(failure);
        while (deepest.getCause() != null) {
            expected |=
                    deepest instanceof DataAccessException
                            || deepest instanceof TransactionException;
            deepest = deepest.getCause();
            gone |= isGone(deepest);
        }
        if (gone) {
            LOG.debug("A caller went away before the answer was written");
        } else if (expected) {
            LOG.warn(
                    "The answer to {} was broken off after it had begun, and its connection closed:"
                            + " {}",
                    ProblemWriter.path(request),
                    deepest.getMessage());
        } else {
            LOG.error(
                    "The answer to {} was broken off after it had begun, and its connection closed",
                    ProblemWriter.path(request),
                    failure);
        }
    }

    private static boolean isGone(Throwable failure) {
        return failure instanceof AsyncRequestNotUsableException
                || failure instanceof ClientAbortException
                || failure instanceof CancellationException;
    }
}
