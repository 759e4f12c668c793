package dev.daybook.api.problem;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.stereotype.Component;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Completes problem documents, and writes them where no controller is reached. */
@Component
public class ProblemWriter {

    private static final String PATH = ProblemWriter.class.getName() + ".path";
    private static final int LONGEST_INSTANCE = 300;

    private final JsonMapper json;

    ProblemWriter(JsonMapper json) {
        this.json = json;
    }

    /** Keeps the path as it was asked, before a filter gives the request another. */
    public static void keepPath(HttpServletRequest request) {
        request.setAttribute(PATH, request.getRequestURI());
    }

    /** Returns the path as it was asked. */
    public static String path(HttpServletRequest request) {
        return request.getAttribute(PATH) instanceof String path ? path : request.getRequestURI();
    }

    /** Adds the path that was asked, if it is not too long, and the request's id. */
    public static ProblemDetail complete(ProblemDetail problem, HttpServletRequest request) {
        String path = path(request);
        if (path.length() <= LONGEST_INSTANCE) {
            try {
                problem.setInstance(new URI(path));
            } catch (java.net.URISyntaxException e) {
                // A path that is no URI is left out: the document must be one.
                problem.setInstance(null);
            }
        } else {
            // Or Spring would put it there.
            problem.setInstance(URI.create("/"));
        }
        problem.setProperty(RequestId.MEMBER, RequestId.of(request));
        return problem;
    }

    /** Answers with a problem, unless an answer is on its way already. */
    public void write(
            HttpServletRequest request,
            HttpServletResponse response,
            Problem problem,
            String detail)
            throws IOException {
        if (response.isCommitted()) {
            return;
        }
        ProblemDetail document = complete(problem.detail(detail), request);
        response.setStatus(document.getStatus());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        byte[] body = json.writeValueAsBytes(document);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
