package dev.daybook.api.view;

import dev.daybook.api.security.SignIn;

import jakarta.servlet.http.HttpServletRequest;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.ModelAndView;

import java.net.URI;
import java.util.Map;

/** Signs in with a key, and out. */
@Controller
class SignInPage implements Page {

    private final SignIn signIn;

    SignInPage(SignIn signIn) {
        this.signIn = signIn;
    }

    @GetMapping("/view/sign-in")
    String form(@RequestParam(required = false) @Nullable String next, Model model) {
        model.addAttribute("next", here(next));
        return "sign-in";
    }

    @PostMapping("/view/sign-in")
    Object signIn(
            HttpServletRequest request,
            @RequestParam(defaultValue = "") String key,
            @RequestParam(required = false) @Nullable String next) {
        if (signIn.signIn(request, key)) {
            return ResponseEntity.status(HttpStatus.SEE_OTHER)
                    .location(URI.create(here(next)))
                    .build();
        }
        return new ModelAndView(
                "sign-in", Map.of("next", here(next), "failed", true), HttpStatus.UNAUTHORIZED);
    }

    @PostMapping("/view/sign-out")
    ResponseEntity<Void> signOut(HttpServletRequest request) {
        signIn.signOut(request);
        return ResponseEntity.status(HttpStatus.SEE_OTHER)
                .location(URI.create("/view/sign-in"))
                .build();
    }

    /** Returns a page of the viewer, whatever was asked for: nobody is sent elsewhere. */
    private static String here(@Nullable String next) {
        boolean ours =
                next != null
                        && (next.equals("/view")
                                || next.startsWith("/view/")
                                || next.startsWith("/view?"))
                        && !next.startsWith("/view/sign-")
                        && next.chars()
                                .allMatch(
                                        c ->
                                                c > 0x20 && c < 0x7F && c != '\\' && c != '"'
                                                        && c != '<' && c != '>' && c != '^'
                                                        && c != '`' && c != '{' && c != '|'
                                                        && c != '}');
        return ours && next != null ? next : "/view";
    }
}
