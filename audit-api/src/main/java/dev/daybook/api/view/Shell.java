package dev.daybook.api.view;

import dev.daybook.api.query.Caller;
import dev.daybook.api.query.LogQueries;
import dev.daybook.api.view.Times.When;
import dev.daybook.contract.Scope;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;

import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.util.WebUtils;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * Gives every page what stands around it: who reads, in which zone, and how far the log reaches.
 */
@ControllerAdvice(assignableTypes = Page.class)
class Shell {

    static final String ZONE = "daybook_zone";
    static final String LETTERS = "daybook_letters";

    /** From this lag on the log is said to be behind. */
    private static final Duration BEHIND = Duration.ofSeconds(60);

    private final LogQueries log;
    private final Clock clock;
    private final Assets assets;

    Shell(LogQueries log, Clock clock, Assets assets) {
        this.log = log;
        this.clock = clock;
        this.assets = assets;
    }

    /**
     * How far the log reaches.
     *
     * @param kind {@code fresh}, {@code behind} or {@code quiet}
     * @param until the moment, or null where it is not known
     * @param lag how long ago that is, in words
     */
    record Reach(String kind, @Nullable When until, String lag) {}

    @ModelAttribute
    void add(HttpServletRequest request, Model model) {
        Times times = times(request);
        model.addAttribute("times", times);
        model.addAttribute("assets", assets.version());
        model.addAttribute("zone", times.zoneName());
        model.addAttribute("letters", !"off".equals(cookie(request, LETTERS)));
        model.addAttribute("nowWhen", times.when(times.now()));
        model.addAttribute("host", request.getScheme() + "://" + request.getHeader("Host"));
        Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
        if (authentication != null && authentication.getPrincipal() instanceof Caller caller) {
            model.addAttribute("me", caller.name());
            model.addAttribute("administers", caller.may(Scope.ADMINISTER));
            model.addAttribute("reach", reach(log.completeUntil(caller), times));
        }
    }

    private Times times(HttpServletRequest request) {
        return new Times(Times.zone(cookie(request, ZONE)), clock.instant());
    }

    static Reach reach(@Nullable Instant until, Times times) {
        if (until == null) {
            return new Reach("quiet", null, "");
        }
        Duration lag = Duration.between(until, times.now());
        return new Reach(
                lag.compareTo(BEHIND) > 0 ? "behind" : "fresh",
                times.when(until),
                lag.toSeconds() < 2 ? "1 second ago" : Texts.length(lag) + " ago");
    }

    private static @Nullable String cookie(HttpServletRequest request, String name) {
        Cookie cookie = WebUtils.getCookie(request, name);
        return cookie == null
                ? null
                : java.net.URLDecoder.decode(
                        cookie.getValue().replaceAll("%(?![0-9a-fA-F]{2})", "%25"),
                        java.nio.charset.StandardCharsets.UTF_8);
    }
}
