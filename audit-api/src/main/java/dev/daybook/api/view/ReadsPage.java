package dev.daybook.api.view;

import dev.daybook.api.query.Caller;
import dev.daybook.api.query.LogQueries;
import dev.daybook.api.query.Reads;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestParam;

/** Who looked: what was asked of the log, and how much was answered. */
@Controller
class ReadsPage implements Page {

    private static final int SHOWN = 100;
    private static final int LONGEST_QUESTION = 400;

    private final LogQueries log;

    ReadsPage(LogQueries log) {
        this.log = log;
    }

    /** A read. */
    record Row(
            Times.When when,
            String caller,
            String url,
            String credential,
            String question,
            String items) {}

    @GetMapping("/view/reads")
    String reads(
            Caller caller,
            @RequestParam(name = "caller", required = false) @Nullable String of,
            @RequestParam(required = false) @Nullable String cursor,
            @ModelAttribute("times") Times times,
            Model model) {
        String asked = of == null || of.isEmpty() ? null : of;
        dev.daybook.api.query.Page<Reads.Read> page = log.reads(caller, asked, cursor, SHOWN);
        model.addAttribute("reads", page.items().stream().map(read -> row(read, times)).toList());
        model.addAttribute("of", asked == null ? null : Texts.visible(asked));
        model.addAttribute(
                "older",
                page.nextCursor() == null
                        ? null
                        : Links.with("/view/reads", "caller", asked, "cursor", page.nextCursor()));
        return "reads";
    }

    private static Row row(Reads.Read read, Times times) {
        return new Row(
                times.when(read.at()),
                Texts.visible(read.caller()),
                Links.with("/view/reads", "caller", read.caller()),
                read.credential(),
                Texts.visible(Texts.beginning(read.question(), LONGEST_QUESTION)),
                Texts.number(read.items()));
    }
}
