package dev.daybook.api;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.RequestId;

import jakarta.servlet.RequestDispatcher;

import org.apache.catalina.Host;
import org.apache.catalina.Valve;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.coyote.http11.Http11InputBuffer;
import org.apache.tomcat.util.http.MimeHeaders;
import org.apache.tomcat.util.res.StringManager;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Answers what Tomcat itself refuses, before any of our code sees it, with a problem document. */
final class ContainerProblems extends ErrorReportValve {

    private static final String TOO_LARGE =
            StringManager.getManager(Http11InputBuffer.class)
                    .getString("iib.requestheadertoolarge.error");

    /** Takes the place of Tomcat's own error pages. */
    static void install(Host host) {
        for (Valve valve : host.getPipeline().getValves()) {
            if (valve instanceof ErrorReportValve) {
                host.getPipeline().removeValve(valve);
            }
        }
        host.getPipeline().addValve(new ContainerProblems());
        if (host instanceof StandardHost standard) {
            standard.setErrorReportValveClass(ContainerProblems.class.getName());
        }
    }

    @Override
    protected void report(Request request, Response response, @Nullable Throwable failure) {
        int status = response.getStatus();
        if (status < 400
                || response.getContentWritten() > 0
                || !response.getCoyoteResponse().isErrorReportRequired()
                        && response.isCommitted()) {
            return;
        }
        ProblemDetail problem = problem(status, request);
        String id = RequestId.of(request.getRequest());
        try {
            byte[] body =
                    "{\"type\":\"%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\",\"%s\":\"%s\"}"
                            .formatted(
                                    problem.getType(),
                                    problem.getTitle(),
                                    problem.getStatus(),
                                    problem.getDetail(),
                                    RequestId.MEMBER,
                                    id)
                            .getBytes(StandardCharsets.UTF_8);
            response.setStatus(problem.getStatus());
            response.setHeader(RequestId.HEADER, id);
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
            response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
            response.setHeader("X-Content-Type-Options", "nosniff");
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
            response.finishResponse();
        } catch (IOException | IllegalStateException e) {
            // The client is gone, or the answer is on its way: there is nobody to tell.
        }
    }

    /** The sentences here have no quotes to escape. */
    private static ProblemDetail problem(int status, Request request) {
        if (status == 400 && tooLarge(request)) {
            boolean inRequestLine = request.getCoyoteRequest().requestURI().isNull();
            return inRequestLine
                    ? Problem.REQUEST_TOO_LONG.detail(
                            "The request line has more than 64 kB: shorten it. A row whose key is"
                                    + " longer is found by its table and a span of time, with"
                                    + " /api/v1/entries?table=…&from=…&to=….")
                    : Problem.HEADER_TOO_LONG.detail(
                            "The headers have more than 64 kB: leave out what is not needed.");
        }
        return switch (status) {
            case 404 ->
                    Problem.NOT_FOUND.detail(
                            "There is nothing at this path: /v3/api-docs says what there is.");
            case 405 ->
                    Problem.METHOD_NOT_ALLOWED.detail("This method is not possible here: use GET.");
            case 414 ->
                    Problem.REQUEST_TOO_LONG.detail("The request line is too long: shorten it.");
            case 431 ->
                    Problem.HEADER_TOO_LONG.detail(
                            "The headers are too long: leave out what is not needed.");
            default ->
                    status < 500
                            ? Problem.BAD_REQUEST.detail(
                                    withoutHost(request)
                                            ? "The request has no Host header: send one."
                                            : "The request is not well-formed HTTP, or its path is"
                                                    + " not well encoded: encode the bytes of UTF-8 as"
                                                    + " %XX, once.")
                            : Problem.INTERNAL_ERROR.detail(
                                    "The request could not be answered; the server's log says why"
                                            + " under the request's id. Nothing was changed.");
        };
    }

    /**
     * Tomcat tells a request that exceeds its buffer from one that is not HTTP by its text alone.
     */
    private static boolean tooLarge(Request request) {
        return request.getCoyoteRequest().getAttribute(RequestDispatcher.ERROR_EXCEPTION)
                        instanceof IllegalArgumentException failure
                && TOO_LARGE.equals(failure.getMessage());
    }

    private static boolean withoutHost(Request request) {
        MimeHeaders headers = request.getCoyoteRequest().getMimeHeaders();
        return !request.getCoyoteRequest().requestURI().isNull()
                && headers.getValue("host") == null;
    }
}
