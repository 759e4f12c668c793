package dev.daybook.api.view;

import dev.daybook.api.query.Caller;
import dev.daybook.api.query.LiveQueries;
import dev.daybook.domain.history.EntryQuery;
import dev.daybook.domain.history.RecordedView;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;
import org.thymeleaf.ITemplateEngine;
import org.thymeleaf.context.Context;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is happening: entries as they come, as soon as nothing can overtake them. */
@Controller
class LivePage implements Page {

    private static final String AFTER = "after";

    /** The filters that the page has a field for; others are kept as they are. */
    private static final List<String> IN_FORM =
            List.of("operation", "actor", "table", "field", "-actor");

    private final LiveQueries live;
    private final ITemplateEngine templates;
    private final Clock clock;

    LivePage(LiveQueries live, ITemplateEngine templates, Clock clock) {
        this.live = live;
        this.templates = templates;
        this.clock = clock;
    }

    @GetMapping("/view/live")
    String live(
            Caller caller,
            HttpServletRequest request,
            @ModelAttribute("times") Times times,
            Model model) {
        Asked asked = new Asked(request.getParameterMap(), times);
        live.checked(caller, asked.query());
        model.addAttribute("asked", asked);
        model.addAttribute("inForm", IN_FORM);
        model.addAttribute("sentence", asked.sentence());
        model.addAttribute("streamUrl", asked.url("/view/live/stream"));
        model.addAttribute("searchUrl", asked.url("/view/search"));
        return "live";
    }

    @GetMapping("/view/live/stream")
    ResponseEntity<StreamingResponseBody> stream(
            Caller caller,
            HttpServletRequest request,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String last,
            @RequestParam(name = AFTER, required = false) @Nullable String after,
            @ModelAttribute("times") Times times,
            HttpServletResponse response) {
        EntryQuery query =
                live.checked(caller, new Asked(request.getParameterMap(), times).query());
        String place = live.place(last == null ? after : last);
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, "text/event-stream;charset=UTF-8")
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .header("X-Accel-Buffering", "no")
                .body(
                        output -> {
                            try {
                                live.listen(
                                        caller, query, place, new Events(output, response, times));
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    /** Writes what comes as the page's own articles, a transaction each. */
    private final class Events implements LiveQueries.Listener {

        private final OutputStream output;
        private final HttpServletResponse response;
        private final Times times;
        private final List<RecordedView> waiting = new ArrayList<>();
        private @Nullable String place;

        Events(OutputStream output, HttpServletResponse response, Times times) {
            this.output = output;
            this.response = response;
            this.times = times;
        }

        @Override
        public void entry(String next, RecordedView entry) throws IOException {
            if (waiting.size() >= 100) {
                write();
            }
            waiting.add(entry);
            place = next;
        }

        @Override
        public void complete(@Nullable Instant until) throws IOException {
            write();
            Times now = new Times(times.zone(), clock.instant());
            event(
                    "complete",
                    null,
                    until == null
                            ? "It is not known yet until when the log is complete."
                            : "Complete until " + now.when(until).time() + ".");
            response.flushBuffer();
        }

        private void write() throws IOException {
            if (waiting.isEmpty()) {
                return;
            }
            Times now = new Times(times.zone(), clock.instant());
            List<Entries.Tx> transactions = new Entries(now).transactions(waiting);
            for (int i = 0; i < transactions.size(); i++) {
                Context context = new Context(Locale.ENGLISH, Map.of("tx", transactions.get(i)));
                event(
                        "tx",
                        i == transactions.size() - 1 ? place : null,
                        templates.process("live-entry", context));
            }
            waiting.clear();
        }

        private void event(String name, @Nullable String id, String data) throws IOException {
            String text =
                    "event: "
                            + name
                            + (id == null ? "" : "\nid: " + id)
                            + "\ndata: "
                            + data.strip().replace("\r", "").replace("\n", "\ndata: ")
                            + "\n\n";
            output.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
