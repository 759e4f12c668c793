package dev.daybook.api;

import dev.daybook.api.problem.Problem;

import org.apache.catalina.Host;
import org.apache.catalina.Valve;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What Tomcat itself refuses, before any of our code sees it, as a problem document and not a page.
 */
final class ContainerProblems extends ErrorReportValve {

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
        ProblemDetail problem = problem(status);
        try {
            byte[] body =
                    "{\"type\":\"%s\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\"}"
                            .formatted(
                                    problem.getType(),
                                    problem.getTitle(),
                                    status,
                                    problem.getDetail())
                            .getBytes(StandardCharsets.UTF_8);
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
    private static ProblemDetail problem(int status) {
        return switch (status) {
            case 404 ->
                    Problem.NOT_FOUND.detail(
                            "There is nothing at this path: /v3/api-docs says what there is.");
            case 405 ->
                    Problem.METHOD_NOT_ALLOWED.detail("This method is not possible here: use GET.");
            default ->
                    status < 500
                            ? Problem.BAD_REQUEST.detail(
                                    "The request is not well-formed HTTP, or its path is not well"
                                            + " encoded: encode the bytes of UTF-8 as %XX, once.")
                            : Problem.INTERNAL_ERROR.detail(
                                    "The request could not be answered; the log of the server says"
                                            + " why. Nothing was changed.");
        };
    }
}
