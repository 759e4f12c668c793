package dev.daybook.api.view;

import dev.daybook.api.query.Caller;
import dev.daybook.api.query.Filters;
import dev.daybook.api.query.SavedViews.View;
import dev.daybook.api.query.ViewQueries;

import jakarta.servlet.http.HttpServletRequest;

import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps searches, and what is left out for good. Both are parameters of a URL: what a page shows is
 * in its address alone, and what is left out is part of the links that lead to it.
 */
@Controller
class ViewsPage implements Page {

    private final ViewQueries views;

    ViewsPage(ViewQueries views) {
        this.views = views;
    }

    /** A search that is kept, as it is listed. */
    record Listed(String name, String url, String owner, String raw) {

        static List<Listed> of(List<View> views) {
            return views.stream()
                    .map(
                            view ->
                                    new Listed(
                                            Texts.visible(view.name()),
                                            "/view/search" + view.query(),
                                            Texts.visible(view.owner()),
                                            view.name()))
                    .toList();
        }
    }

    @PostMapping("/view/views")
    ResponseEntity<Void> save(
            Caller caller,
            HttpServletRequest request,
            @RequestParam(defaultValue = "") String as,
            @RequestParam(defaultValue = "false") boolean shared,
            @ModelAttribute("times") Times times) {
        Asked asked = new Asked(request.getParameterMap(), times);
        views.save(caller, as, asked.url(""), shared);
        return to(asked.url("/view/search"));
    }

    @PostMapping("/view/views/remove")
    ResponseEntity<Void> remove(Caller caller, @RequestParam(defaultValue = "") String as) {
        if (!as.isEmpty()) {
            views.remove(caller, as);
        }
        return to("/view");
    }

    @PostMapping("/view/noise")
    ResponseEntity<Void> leaveOut(
            Caller caller, HttpServletRequest request, @ModelAttribute("times") Times times) {
        Asked asked = new Asked(request.getParameterMap(), times);
        views.leaveOut(caller, Links.with("", leftOut(asked)));
        return to(asked.url("/view/search"));
    }

    /** Returns what a search leaves out. */
    static Map<String, List<String>> leftOut(Asked asked) {
        Map<String, List<String>> out = new LinkedHashMap<>();
        asked.parameters()
                .forEach(
                        (name, values) -> {
                            if (name.charAt(0) == Filters.WITHOUT) {
                                out.put(name, values);
                            }
                        });
        return out;
    }

    private static ResponseEntity<Void> to(String url) {
        return ResponseEntity.status(HttpStatus.SEE_OTHER).location(URI.create(url)).build();
    }
}
