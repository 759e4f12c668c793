package dev.daybook.api.rest;

import dev.daybook.api.path.EntityPaths.KeySegment;
import dev.daybook.api.path.EntityPaths.TableSegment;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.EvidenceQueries;
import dev.daybook.api.query.Filters;

import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.UUID;

/** Packs of evidence, to be checked elsewhere; docs/evidence/pack.md. */
@RestController
@RequestMapping(
        path = "/api/v1/evidence",
        produces = {EvidenceController.ZIP, MediaType.ALL_VALUE})
class EvidenceController {

    static final String ZIP = "application/zip";

    private final EvidenceQueries evidence;

    EvidenceController(EvidenceQueries evidence) {
        this.evidence = evidence;
    }

    @GetMapping("/entries/{id}")
    ResponseEntity<StreamingResponseBody> entry(Caller caller, @PathVariable UUID id)
            throws IOException {
        return sent(evidence.entry(caller, id), id.toString());
    }

    @GetMapping("/rows/{table}/{key}")
    ResponseEntity<StreamingResponseBody> row(
            Caller caller,
            @PathVariable TableSegment table,
            @PathVariable KeySegment key,
            @RequestParam(required = false) @Nullable String source,
            @RequestParam(defaultValue = "false") Boolean whole,
            @RequestParam(required = false) @Nullable Instant from,
            @RequestParam(required = false) @Nullable Instant to)
            throws IOException {
        Filters.checkSpan(from, to);
        return sent(
                evidence.row(caller, source, table.table(), key.key(), whole, from, to),
                table.table().toString());
    }

    /** Sends a file, which is gone when it is closed. */
    private static ResponseEntity<StreamingResponseBody> sent(Path file, String about)
            throws IOException {
        long size = Files.size(file);
        InputStream content = Files.newInputStream(file, StandardOpenOption.READ);
        // What is open stays readable, and leaves nothing behind whatever becomes of the request.
        EvidenceQueries.delete(file);
        return ResponseEntity.ok()
                .contentType(MediaType.parseMediaType(ZIP))
                .contentLength(size)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        ContentDisposition.attachment()
                                .filename(
                                        "evidence-"
                                                + about.replaceAll("[^A-Za-z0-9._-]+", "_")
                                                + ".zip")
                                .build()
                                .toString())
                .body(
                        out -> {
                            try (content) {
                                content.transferTo(out);
                            }
                        });
    }
}
