package dev.daybook.api.rest;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.ExportWriter.Format;
import dev.daybook.api.query.LiveQueries;
import dev.daybook.contract.JsonText;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.RecordedView;

import jakarta.servlet.http.HttpServletResponse;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Whole answers: an export of everything that a search finds, and a stream of what it will find.
 */
@RestController
@RequestMapping(path = "/api/v1/entries")
class LiveController {

    private static final String NDJSON = "application/x-ndjson";

    private final LiveQueries live;
    private final JsonMapper json;
    private final Exports exports;

    LiveController(LiveQueries live, JsonMapper json, Exports exports) {
        this.live = live;
        this.json = json;
        this.exports = exports;
    }

    @GetMapping(
            path = "/export",
            produces = {NDJSON, CsvLists.TYPE, MediaType.ALL_VALUE})
    ResponseEntity<StreamingResponseBody> export(
            Caller caller,
            EntryQuery asked,
            @RequestParam(defaultValue = "ndjson") Format format,
            @RequestParam(defaultValue = "number") Numbers numbers,
            HttpServletResponse response) {
        EntryQuery query = live.checked(caller, asked);
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, format.contentType())
                .header(HttpHeaders.CONTENT_DISPOSITION, format.disposition())
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .body(
                        output ->
                                exports.write(
                                        caller,
                                        query,
                                        format,
                                        numbers,
                                        output,
                                        response::flushBuffer));
    }

    @GetMapping(path = "/stream", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    ResponseEntity<StreamingResponseBody> stream(
            Caller caller,
            EntryQuery asked,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String last,
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(defaultValue = "number") Numbers numbers,
            HttpServletResponse response) {
        if (asked.to() != null) {
            throw new ProblemException(
                    Problem.INVALID_PARAMETER,
                    "A stream has no end: leave the parameter \"to\" out, or ask for an export.");
        }
        EntryQuery query = live.checked(caller, asked);
        String place = live.place(last == null ? after : last);
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, "text/event-stream;charset=UTF-8")
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .header("X-Accel-Buffering", "no")
                .body(
                        output -> {
                            try {
                                live.listen(
                                        caller,
                                        query,
                                        place,
                                        new Events(output, response, numbers));
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    /** Writes events as server-sent ones. */
    private final class Events implements LiveQueries.Listener {

        private final OutputStream output;
        private final HttpServletResponse response;
        private final Numbers numbers;
        private boolean begun;

        Events(OutputStream output, HttpServletResponse response, Numbers numbers) {
            this.output = output;
            this.response = response;
            this.numbers = numbers;
        }

        @Override
        public void entry(String place, RecordedView entry) throws IOException {
            output.write(
                    ("event: entry\nid: "
                                    + place
                                    + "\ndata: "
                                    + json.writeValueAsString(exports.resource(entry, numbers))
                                    + "\n\n")
                            .getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void complete(@Nullable Instant until) throws IOException {
            output.write(
                    ((begun ? "" : "retry: 2000\n")
                                    + "event: complete\ndata: {\"complete_until\":"
                                    + (until == null
                                            ? "null"
                                            : JsonText.quoted(WireTime.text(until)))
                                    + "}\n\n")
                            .getBytes(StandardCharsets.UTF_8));
            begun = true;
            // The body's own flush goes no further than Spring.
            response.flushBuffer();
        }
    }
}
