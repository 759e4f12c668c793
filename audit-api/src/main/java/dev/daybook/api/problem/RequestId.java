package dev.daybook.api.problem;

import jakarta.servlet.http.HttpServletRequest;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * Names a request in its answer, in problem documents and in the log's lines: by the caller's own
 * {@code X-Request-Id} if that is short and plain, else by a random one.
 */
public final class RequestId {

    /** The header of requests and answers. */
    public static final String HEADER = "X-Request-Id";

    /** The member of problem documents. */
    public static final String MEMBER = "request_id";

    /** The key in the log's diagnostic context. */
    public static final String LOG_KEY = "request";

    private static final String ATTRIBUTE = RequestId.class.getName();
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._~:/+=-]{1,128}");

    private RequestId() {}

    /** Returns the request's id, which is the same as often as it is asked for. */
    public static String of(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof String known) {
            return known;
        }
        String id = chosen(request.getHeader(HEADER));
        request.setAttribute(ATTRIBUTE, id);
        return id;
    }

    private static String chosen(@Nullable String given) {
        return given != null && PLAIN.matcher(given).matches()
                ? given
                : Long.toHexString(ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE);
    }

    /** Names the request in what this thread logs until the result is closed. */
    public static MDC.MDCCloseable logged(HttpServletRequest request) {
        return MDC.putCloseable(LOG_KEY, of(request));
    }
}
